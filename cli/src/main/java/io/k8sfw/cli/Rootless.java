package io.k8sfw.cli;

import io.k8sfw.fixtures.lab.Lab;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// This very command once more, as root of a user namespace of its own.
final class Rootless {
  /// Set for the second start, so that there is never a third.
  private static final String MARK = "K8SFW_DEMO_ROOTLESS";

  private static final long LOOK_MILLIS = 50;

  private final Streams streams;

  Rootless(Streams streams) {
    this.streams = streams;
  }

  /// @return the other's exit code
  int run() throws Refusal, IOException, InterruptedException {
    if (streams.environment().containsKey(MARK)) {
      throw Refusal.cannotRun("root of a user namespace, and still not allowed to build a cluster");
    }
    ProcessBuilder builder = new ProcessBuilder(Lab.rootlessCommand(ownCommand())).inheritIO();
    builder.environment().put(MARK, "1");
    try (var _ = streams.stop().orderly()) {
      return follow(builder.start());
    }
  }

  /// A terminal sends Ctrl-C to both of us; SIGTERM comes to one, and is handed on.
  private int follow(Process process) throws InterruptedException {
    boolean told = false;
    while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (!told && streams.stop().requested().filter(s -> s == Stop.Signal.TERM).isPresent()) {
        process.destroy();
        told = true;
      }
    }
    return process.exitValue();
  }

  /// As the kernel has it (proc(5), cmdline): with every option of the Java runtime.
  private static List<String> ownCommand() throws IOException {
    String line =
        new String(
            Files.readAllBytes(Path.of("/proc/self/cmdline")),
            Charset.forName(System.getProperty("native.encoding", "UTF-8")));
    List<String> words = new ArrayList<>(List.of(line.split("\0", -1)));
    words.removeLast();
    words.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
    return words;
  }
}
