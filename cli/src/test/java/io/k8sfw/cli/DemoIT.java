package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.k8sfw.fixtures.lab.Fault;
import io.k8sfw.fixtures.lab.Lab;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The demo, in this process. Needs what its cluster needs: Linux, `ip`, `nft`, and root.
class DemoIT {
  @TempDir Path directory = Path.of("");

  private final Terminal terminal = new Terminal();

  @BeforeEach
  void needTheCluster() throws Exception {
    assumeThat(Lab.missing()).as("needs the demo's cluster").isEmpty();
    assumeThat(Lab.privileged()).as("needs root").isTrue();
  }

  @Test
  void everyPlantedFaultIsFoundAndNothingElse() {
    int code =
        terminal.run(
            "demo",
            "-o",
            "json=" + directory.resolve("results.json"),
            "-o",
            "text=" + directory.resolve("report.txt"));

    assertThat(code).as(terminal.err()).isEqualTo(1);
    for (Fault fault : Fault.DEMO) {
      assertThat(terminal.err())
          .containsPattern("planted " + fault.word() + ": .*: found as F-[0-9]+");
    }
    assertThat(terminal.err()).contains("nothing else was found").doesNotContain("NOT FOUND");
    assertThat(directory.resolve("report.txt")).content().startsWith("NOT COMPLIANT");
  }
}
