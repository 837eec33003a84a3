package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.k8sfw.fixtures.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Signals to a demo in a process of its own. Needs what the demo's cluster needs: Linux, `ip`,
/// `nft`, and root.
class SignalIT {
  private static final String PROBING = "faults planted; probing";

  @TempDir Path directory = Path.of("");

  private final List<ProcessHandle> started = new ArrayList<>();

  @AfterEach
  void leaveNothingRunning() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void sigtermEndsARunWithItsReportsAndLeavesNothing() throws Exception {
    Process demo = demo();
    String said = sayingUntil(demo, PROBING);
    List<ProcessHandle> children = demo.descendants().toList();
    assertThat(children).as(said).isNotEmpty();

    demo.destroy();

    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isEqualTo(143);
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(directory.resolve("k8sfw-demo"))
        .isDirectoryContaining("glob:**/report.html")
        .isDirectoryContaining("glob:**/results.json")
        .isDirectoryContaining("glob:**/junit.xml")
        .isDirectoryNotContaining("glob:**/.*");
    Terminal again = new Terminal();
    int code =
        again.run("report", "--from", directory.resolve("k8sfw-demo/results.json").toString());
    assertThat(code).isIn(1, 3);
    assertThat(again.out()).containsIgnoringCase("incomplete");
  }

  @Test
  void aSecondSignalEndsItThereAndThen() throws Exception {
    Process demo = demo();
    sayingUntil(demo, "building");

    demo.destroy();
    if (!demo.waitFor(1, TimeUnit.SECONDS)) {
      demo.destroy();
    }

    assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(demo.exitValue()).isEqualTo(143);
  }

  private Process demo() throws Exception {
    assumeThat(Lab.missing()).as("needs the demo's cluster").isEmpty();
    assumeThat(Lab.privileged()).as("needs root").isTrue();
    Process demo =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "demo")
            .directory(directory.toFile())
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    started.add(demo.toHandle());
    return demo;
  }

  private static String sayingUntil(Process process, String words) throws IOException {
    BufferedReader talk = process.errorReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    String line = talk.readLine();
    while (line != null) {
      said.append(line).append('\n');
      if (line.contains(words)) {
        return said.toString();
      }
      line = talk.readLine();
    }
    throw new AssertionError("ended without saying \"" + words + "\": " + said);
  }
}
