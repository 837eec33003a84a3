package io.k8sfw.cli;

import picocli.CommandLine.Option;

/// `-m`.
final class MatrixOption {
  @Option(
      names = {"-m", "--matrix"},
      required = true,
      paramLabel = "MATRIX",
      description = "The policy: builtin:NAME, a file, or - for standard input.")
  String matrix = "";
}
