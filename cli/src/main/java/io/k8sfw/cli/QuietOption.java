package io.k8sfw.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `-q`.
final class QuietOption {
  @Option(
      names = {"-q", "--quiet"},
      negatable = true,
      description = "Say nothing on stderr but what is wrong.")
  @Nullable Boolean quiet;

  boolean quiet(Environment environment) throws Refusal {
    return environment.flag(quiet, "--quiet");
  }
}
