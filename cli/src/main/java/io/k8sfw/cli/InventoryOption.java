package io.k8sfw.cli;

import picocli.CommandLine.Option;

/// `-i`.
final class InventoryOption {
  @Option(
      names = {"-i", "--inventory"},
      required = true,
      paramLabel = "FILE",
      description = "Nodes and vantage points: a file, or - for standard input.")
  String inventory = "";
}
