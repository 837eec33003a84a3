package io.k8sfw.cli;

import io.k8sfw.kubernetes.ClusterChoice;
import io.k8sfw.kubernetes.DiscoveryOptions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `-i`, or a live cluster in its place.
final class InventoryOption {
  @Option(
      names = {"-i", "--inventory"},
      paramLabel = "FILE",
      description =
          "Nodes and vantage points: a file, or - for standard input. Without it, those of the live"
              + " cluster.")
  @Nullable String inventory;

  @Mixin ClusterOption cluster = new ClusterOption();

  @Mixin DiscoveryOption discovery = new DiscoveryOption();

  @Option(
      names = "--scope",
      paramLabel = "FILE",
      description =
          "With a live cluster: what the audit leaves out, and why. A file with an inventory's"
              + " outOfScope and nothing else.")
  @Nullable String scope;

  /// Whether anything says where the inventory is.
  boolean given() throws Refusal {
    return inventory != null || cluster.choice().isPresent();
  }

  /// With a live cluster, looks at it; of a file, nothing is read yet.
  ///
  /// @param quiet whether to keep to oneself what a cluster does not tell
  InventorySource source(Inputs inputs, Streams streams, boolean quiet) throws Refusal {
    Optional<ClusterChoice> choice = cluster.choice();
    DiscoveryOptions options = discovery.options();
    if (inventory != null) {
      if (discovery.given()) {
        throw Refusal.usage(
            "--zone-label, --etcd and --vantage are for a live cluster without -i; write it into {}",
            Inputs.source(inventory));
      }
      if (scope != null) {
        throw Refusal.usage(
            "--scope is for a live cluster without -i; write its outOfScope into {}",
            Inputs.source(inventory));
      }
      String file = inventory;
      return new InventorySource(
          matrix -> inputs.inventory(file, matrix), Optional.empty(), List.of(file));
    }
    if (scope == null) {
      return live(choice, options, streams, quiet);
    }
    byte[] left = inputs.bytes(scope);
    return live(choice, options, streams, quiet).leavingOut(scope, left);
  }

  private static InventorySource live(
      Optional<ClusterChoice> choice, DiscoveryOptions options, Streams streams, boolean quiet)
      throws Refusal {
    return LiveInventory.source(
        choice.orElseThrow(() ->
            Refusal.usage(
                "an inventory is missing: name a file with -i, or a live cluster with --kubeconfig,"
                    + " --context or --in-cluster")),
        options,
        streams,
        quiet);
  }
}
