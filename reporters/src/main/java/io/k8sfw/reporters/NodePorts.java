package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Sighting;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.inventory.NodePortService.TrafficPolicy;
import io.k8sfw.matrix.Condition.Holds;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Summary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What was found of the NodePorts of each Service, and who forwards them.
final class NodePorts {
  /// The default range (Kubernetes documentation, "Service", type NodePort).
  private static final PortSet RANGE = PortSet.of(30000, 32767);

  /// Nodes that a sentence can hold.
  private static final int MAX_NODES = 8;

  private NodePorts() {}

  /// One Service.
  ///
  /// @param name `namespace/name`
  /// @param port `tcp/30080`
  /// @param policy `Local`; `Cluster` where nobody said
  /// @param findings labels of the findings on its port, worst first
  /// @param outcome what came of all checks of its port, in words
  /// @param notes what is not the firewall's doing, or not known
  record OfService(
      String name,
      String port,
      String policy,
      List<String> findings,
      String outcome,
      List<String> notes) {}

  /// Services with findings first, then by name and port.
  static List<OfService> of(AuditResult result, List<Finding> findings) {
    Map<Row, List<Assessment>> assessments = new HashMap<>();
    result.services().forEach(s -> assessments.put(row(s), new ArrayList<>()));
    for (Assessment assessment : result.assessments()) {
      List<Assessment> ofRow = assessments.get(assessment.check().row());
      if (ofRow != null) {
        ofRow.add(assessment);
      }
    }
    return result.services().stream()
        .map(s -> of(s, result, findings, assessments.getOrDefault(row(s), List.of())))
        .sorted(
            Comparator.<OfService, Boolean>comparing(s -> s.findings().isEmpty())
                .thenComparing(OfService::name)
                .thenComparing(OfService::port))
        .toList();
  }

  private static OfService of(
      NodePortService service,
      AuditResult result,
      List<Finding> findings,
      List<Assessment> assessments) {
    return new OfService(
        service.name(),
        service.protocol() + "/" + service.nodePort(),
        service.externalTrafficPolicy().orElse(TrafficPolicy.CLUSTER).word(),
        findings.stream().filter(f -> isOf(service, f.row())).map(Finding::label).toList(),
        outcome(assessments),
        notes(service, result, assessments));
  }

  private static boolean isOf(NodePortService service, Row row) {
    return row.equals(row(service));
  }

  private static Row row(NodePortService service) {
    return new Row(service.protocol(), PortSet.of(service.nodePort()));
  }

  /// `3 of 8 checks not as wanted, 1 not proven`.
  private static String outcome(List<Assessment> assessments) {
    long found = count(assessments, Verdict.Finding.class);
    long open =
        count(assessments, Verdict.Unverified.class)
            + count(assessments, Verdict.ClosedUnproven.class);
    String of = Words.count(assessments.size(), "check", "checks");
    if (assessments.isEmpty()) {
      return "not looked at";
    }
    if (found == 0 && open == 0) {
      return of + ", as the matrix wants";
    }
    List<String> parts = new ArrayList<>();
    if (found > 0) {
      parts.add(found + " not as the matrix wants");
    }
    if (open > 0) {
      parts.add(open + " not proven");
    }
    return of + ": " + String.join(", ", parts);
  }

  private static long count(List<Assessment> assessments, Class<? extends Verdict> verdict) {
    return assessments.stream().filter(a -> verdict.isInstance(Summary.worst(a))).count();
  }

  private static List<String> notes(
      NodePortService service, AuditResult result, List<Assessment> assessments) {
    List<String> notes = new ArrayList<>();
    if (service.endpointNodes().filter(List::isEmpty).isPresent()) {
      notes.add(
          "it has no endpoints, so kube-proxy refuses it on every node: nothing is demanded of its"
              + " port");
    } else {
      nodes(service, result, Holds.NO)
          .ifPresent(nodes ->
              notes.add("nothing is demanded of " + nodes + ": no endpoint to forward to there"));
      nodes(service, result, Holds.UNKNOWN)
          .ifPresent(nodes -> notes.add("whether there are endpoints is not known of " + nodes));
    }
    if (assessments.stream()
            .allMatch(a ->
                a.check().expectation() == Expectation.FORBIDDEN && a.check().rules().isEmpty())
        && !assessments.isEmpty()) {
      notes.add("no rule of the matrix lets anybody in");
    }
    return notes;
  }

  private static Optional<String> nodes(NodePortService service, AuditResult result, Holds served) {
    Function<String, Holds> serving = service.serving();
    List<String> nodes =
        result.nodes().stream()
            .map(Node::name)
            .filter(n -> serving.apply(n) == served)
            .sorted()
            .toList();
    return nodes.isEmpty() ? Optional.empty() : Optional.of(Words.list(nodes, MAX_NODES));
  }

  /// The Service whose NodePort a line of the matrix is about.
  static Optional<NodePortService> service(Row row, AuditResult result) {
    return result.services().stream().filter(s -> isOf(s, row)).findFirst();
  }

  /// Whether `ports` are, or may be, NodePorts.
  static boolean areAmong(Row row, PortSet ports, AuditResult result) {
    return ports.intersects(RANGE) || service(row, result).isPresent();
  }

  /// Whose rules decide on a NodePort, by kube-proxy's mode (the fact `proxy`). Kubernetes
  /// documentation, "Virtual IPs and Service Proxies"; Cilium documentation, "Kubernetes Without
  /// kube-proxy".
  static String forwarding(Facts facts) {
    return switch (facts.value("proxy").orElse("")) {
      case "iptables", "nftables" ->
          "kube-proxy ("
              + facts.value("proxy").orElseThrow()
              + ") rewrites NodePorts before the input chain: the forward chain decides, on each node"
              + " that is asked.";
      case "ipvs" ->
          "kube-proxy (ipvs) takes NodePorts in the input chain: it decides, on each node that is"
              + " asked.";
      case "ebpf", "cilium" ->
          "NodePorts are forwarded by eBPF before nftables sees them: neither chain decides, but the"
              + " CNI's own host policy, or a firewall in front of the node.";
      default ->
          "Who forwards NodePorts is not known (state the fact proxy): by iptables or nftables the"
              + " forward chain of the node that is asked decides, by ipvs its input chain, by eBPF"
              + " neither.";
    };
  }

  /// Where pods of other nodes are behind a NodePort, and the way to them is broken.
  static Optional<String> flaky(Finding finding, AuditResult result) {
    Optional<NodePortService> service = service(finding.row(), result);
    boolean anywhere =
        service
            .filter(s -> !s.externalTrafficPolicy().equals(Optional.of(TrafficPolicy.LOCAL)))
            .isPresent();
    boolean blocked =
        anywhere
            && result.assessments().stream()
                .filter(a -> a.check().flow().protocol().equals(Protocol.UDP))
                .flatMap(a -> a.judgements().stream())
                .anyMatch(j -> j.sighting() == Sighting.OVERLAY_BLOCKED);
    return blocked
        ? Optional.of(
            "The overlay between the nodes is blocked somewhere too (see its UDP port): a NodePort"
                + " then answers or not by which pod is chosen, on whichever node. Repair that first.")
        : Optional.empty();
  }
}
