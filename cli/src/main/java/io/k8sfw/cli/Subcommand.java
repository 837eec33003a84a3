package io.k8sfw.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/// What every command has: its streams, and `--help`.
abstract class Subcommand implements Callable<Integer> {
  private final Streams streams;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  Subcommand(Streams streams) {
    this.streams = streams;
  }

  final Streams streams() {
    return streams;
  }

  final Environment environment() {
    return new Environment(streams.environment());
  }

  /// @return the exit code
  /// @throws IOException where standard output cannot be written
  @Override
  public abstract Integer call() throws Refusal, IOException, InterruptedException;
}
