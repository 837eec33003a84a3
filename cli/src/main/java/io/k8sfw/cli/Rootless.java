package io.k8sfw.cli;

import io.k8sfw.fixtures.lab.Lab;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /// Hands a signal on. A terminal has sent Ctrl-C to both of us already; [Stop] takes that for the
  /// same.
  private int follow(Process process) throws InterruptedException {
    Optional<Stop.Signal> heard = Optional.empty();
    while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (heard.isEmpty() && streams.stop().requested().isPresent()) {
        heard = streams.stop().requested();
        process.destroy();
      }
    }
    return heard.map(Stop.Signal::exitCode).orElse(process.exitValue());
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
