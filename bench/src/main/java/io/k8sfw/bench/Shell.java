package io.k8sfw.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Runs other programs.
final class Shell {
  /// Ended with this process, however it ends.
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  private Shell() {}

  /// Ends all that was started and still runs.
  static void endAll() {
    for (Process process : RUNNING) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /// @param exit -1 where it was ended because its time was over
  record Ended(int exit, String output, Duration took) {
    boolean timedOut() {
      return exit < 0;
    }
  }

  /// Runs a command that has to succeed.
  ///
  /// @return what it printed
  /// @throws IOException with what it printed, where it fails
  static String run(String input, List<String> command) throws IOException, InterruptedException {
    Path in = Files.createTempFile("k8sfw-bench", ".in");
    try {
      Files.writeString(in, input);
      Process process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectInput(in.toFile()).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output.strip());
      }
      return output;
    } finally {
      Files.deleteIfExists(in);
    }
  }

  static String run(String... command) throws IOException, InterruptedException {
    return run("", List.of(command));
  }

  /// Runs a command that takes its time, and ends it when that is over.
  ///
  /// @param log gets what it prints
  /// @param started is told of the process as soon as it runs
  static Ended timed(
      List<String> command,
      Map<String, String> environment,
      Path log,
      Duration most,
      Consumer<Process> started)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    long from = System.nanoTime();
    Process process = builder.start();
    RUNNING.add(process);
    try {
      started.accept(process);
      boolean done = process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
      Duration took = Duration.ofNanos(System.nanoTime() - from);
      return new Ended(done ? process.exitValue() : -1, Files.readString(log), took);
    } finally {
      end(process);
      RUNNING.remove(process);
    }
  }

  /// Ends a process and what it has started, and waits for it.
  static void end(Process process) throws InterruptedException {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
    }
  }
}
