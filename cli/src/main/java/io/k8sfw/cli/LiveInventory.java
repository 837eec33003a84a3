package io.k8sfw.cli;

import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.kubernetes.ClusterChoice;
import io.k8sfw.kubernetes.ClusterConnection;
import io.k8sfw.kubernetes.ClusterUnavailable;
import io.k8sfw.kubernetes.Discovered;
import io.k8sfw.kubernetes.Discovery;
import io.k8sfw.kubernetes.DiscoveryOptions;
import io.k8sfw.matrix.Facts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// The inventory that a live cluster gives. Nobody else loads the client's classes for it.
final class LiveInventory {
  private LiveInventory() {}

  static Discovered discover(ClusterChoice choice, DiscoveryOptions options, Streams streams)
      throws Refusal {
    try (ClusterConnection cluster = ClusterConnection.open(choice, streams.environment())) {
      return Discovery.of(cluster, options);
    } catch (ClusterUnavailable e) {
      throw Refusal.cannotRun("{}", e.getMessage());
    }
  }

  /// For an audit, which a node that cannot be in it would make look better than it is.
  ///
  /// @param quiet whether to keep what is not known to oneself
  static InventorySource source(
      ClusterChoice choice, DiscoveryOptions options, Streams streams, boolean quiet)
      throws Refusal {
    Discovered found = discover(choice, options, streams);
    if (!quiet) {
      found.notes().forEach(note -> streams.say("{}", note));
    }
    if (!found.unaudited().isEmpty()) {
      throw Refusal.cannotRun(
          "{} cannot be audited: without an address that can be probed; write the rest to a file"
              + " with inventory discover, and audit that with -i",
          String.join(", ", found.unaudited()));
    }
    String source = "cluster " + found.cluster();
    byte[] text = found.text().getBytes(StandardCharsets.UTF_8);
    Facts facts = found.facts();
    return new InventorySource(
        matrix -> Inputs.parsed(() -> InventoryReader.read(source, text, matrix)).withFacts(facts),
        Optional.of(facts),
        choice.kubeconfig().map(file -> List.of(file.toString())).orElse(List.of()));
  }
}
