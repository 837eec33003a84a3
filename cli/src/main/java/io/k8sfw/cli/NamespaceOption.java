package io.k8sfw.cli;

import picocli.CommandLine.Option;

/// `--namespace`.
final class NamespaceOption {
  @Option(
      names = "--namespace",
      paramLabel = "NAMESPACE",
      defaultValue = "k8sfw-audit",
      description = "Where agents as pods live; made beforehand. Default: k8sfw-audit.")
  String namespace = "";
}
