package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/// Looks at a cluster, and writes down what an audit needs to know of it. Reads only; what it has
/// no right to read is missing, and said, but without the nodes there is nothing.
public final class Discovery {
  /// Kubernetes names nodes by DNS subdomains (RFC 1123 section 2.1).
  private static final String NODE_NAME = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?";

  private Discovery() {}

  public static Discovered of(ClusterConnection cluster, DiscoveryOptions options)
      throws ClusterUnavailable {
    KubernetesClient client = cluster.client();
    Reads reads = new Reads(cluster);
    List<Node> nodes = nodes(cluster, reads, client);
    Findings findings = new Findings(reads);
    Documents documents = new Documents(reads, client);
    new CniSurvey(reads, documents, findings, client, nodes).survey();
    boolean etcdStacked =
        new ControlPlaneSurvey(reads, documents, findings, client, nodes).survey();
    NodeSurvey survey = new NodeSurvey(reads, options.zoneLabel(), overlayPort(findings));
    List<FoundNode> found = new ArrayList<>();
    List<String> unaudited = new ArrayList<>();
    for (Node node : nodes) {
      FoundNode each = survey.found(node, etcdStacked);
      if (each.addresses().isEmpty()) {
        reads.note(
            "node " + each.name() + " has no address that can be probed: nothing of it is audited");
        unaudited.add(each.name());
      } else {
        found.add(each);
      }
      NodeSurvey.podNetworks(node)
          .forEach(network -> findings.network(network.toString(), "pods: podCIDRs of nodes"));
    }
    if (found.isEmpty()) {
      throw new ClusterUnavailable(
          "no node of " + cluster.name() + " has an address that can be probed");
    }
    List<FoundService> services =
        new ServiceSurvey(reads, findings, client, names(found)).survey(addresses(found));
    if (found.stream().noneMatch(node -> node.isOf(Zone.CONTROL_PLANE))) {
      reads.note("no node is of the control plane (a managed one?): its rows are gaps");
    }
    if (findings.networks().values().stream().noneMatch(from -> from.startsWith("Services"))) {
      reads.note(
          "the network of Services is not known: add it to clusterNetworks, lest an address of it"
              + " stands for outside");
    }
    String text =
        new InventoryText(cluster, options, findings, found, services, reads.notes()).text();
    return new Discovered(cluster.name(), text, findings.detected(), reads.notes(), unaudited);
  }

  private static List<Node> nodes(ClusterConnection cluster, Reads reads, KubernetesClient client)
      throws ClusterUnavailable {
    Optional<List<Node>> nodes =
        reads.list("list nodes", "everything", options -> client.nodes().list(options));
    if (nodes.isEmpty()) {
      throw new ClusterUnavailable(
          "no right to list nodes of "
              + cluster.name()
              + " at "
              + cluster.server()
              + ": nothing is known without it; k8sfw-audit cluster rbac prints what is needed");
    }
    if (nodes.get().isEmpty()) {
      throw new ClusterUnavailable(cluster.name() + " at " + cluster.server() + " has no nodes");
    }
    for (Node node : nodes.get()) {
      if (!Annotations.name(node).matches(NODE_NAME)) {
        throw new ClusterUnavailable(
            cluster.server()
                + " is no Kubernetes: it has a node of the name "
                + Annotations.name(node));
      }
    }
    return nodes.get().stream().sorted(Comparator.comparing(Annotations::name)).toList();
  }

  private static OptionalInt overlayPort(Findings findings) {
    return findings
        .value("overlay-port")
        .filter(text -> text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65535)
        .map(text -> OptionalInt.of(Integer.parseInt(text)))
        .orElse(OptionalInt.empty());
  }

  private static Set<String> names(List<FoundNode> nodes) {
    return nodes.stream().map(FoundNode::name).collect(Collectors.toSet());
  }

  private static Set<String> addresses(List<FoundNode> nodes) {
    return nodes.stream()
        .flatMap(node -> node.addresses().stream())
        .map(address -> AddressText.of(address.address()))
        .collect(Collectors.toSet());
  }
}
