package io.k8sfw.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// `-o`.
final class OutputOption {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT[=PATH]",
      description = {
        "A report; may be repeated. FORMAT is text, json, junit, html or prometheus; without PATH, or"
            + " with -, it goes to standard output."
            + " {time} in the name of the file is the time of the start: 20260131T235959Z.",
        "Default: text."
      })
  List<String> outputs = new ArrayList<>();

  /// As given, or as `K8SFW_OUTPUT` has them, separated by white space.
  List<String> words(Environment environment) {
    return outputs.isEmpty()
        ? environment
            .variable("--output")
            .map(v -> List.of(v.strip().split("\\s+")))
            .orElse(List.of())
        : outputs;
  }
}
