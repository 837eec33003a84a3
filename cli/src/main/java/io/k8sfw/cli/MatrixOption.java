package io.k8sfw.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// `-m`.
final class MatrixOption {
  @Option(
      names = {"-m", "--matrix"},
      paramLabel = "MATRIX",
      description =
          "The policy: builtin:NAME, a file, or - for standard input. Several add up:"
              + " -m builtin:kubeadm -m builtin:flannel. Default: with a live cluster, what fits its"
              + " facts.")
  List<String> matrices = new ArrayList<>();

  /// As given, or as `K8SFW_MATRIX` has them, separated by white space; may be empty.
  List<String> words(Environment environment) {
    return words(matrices, environment);
  }

  static List<String> words(List<String> given, Environment environment) {
    return given.isEmpty()
        ? environment
            .variable("--matrix")
            .map(v -> List.of(v.strip().split("\\s+")))
            .orElse(List.of())
        : List.copyOf(given);
  }
}
