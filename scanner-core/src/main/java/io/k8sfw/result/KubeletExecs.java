package io.k8sfw.result;

import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.Row;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What execs tell of the ways from API servers to kubelets. It belongs beside what is asked of
/// those ways from the control plane, and is no verdict (docs/adr/0021).
public final class KubeletExecs {
  private static final Comparator<ExecReport> ORDER =
      Comparator.comparing(ExecReport::node).thenComparing(ExecReport::toString);

  private final Map<String, List<ExecReport>> byNode;

  private KubeletExecs(Map<String, List<ExecReport>> byNode) {
    this.byNode = byNode;
  }

  public static KubeletExecs of(AuditResult result) {
    return new KubeletExecs(
        result.places().stream()
            .flatMap(place -> place.report().exec().stream())
            .distinct()
            .sorted(ORDER)
            .collect(Collectors.groupingBy(ExecReport::node, TreeMap::new, Collectors.toList())));
  }

  /// Of the kubelet that a check asks for from the control plane; empty for every other check.
  public List<ExecReport> about(Check check) {
    return check.from().contains(Zone.CONTROL_PLANE)
        ? about(check.flow().node(), new Row(check.flow().protocol(), check.flow().ports()))
        : List.of();
  }

  /// Of the kubelet that nobody could look at from the control plane; empty for every other gap.
  public List<ExecReport> about(Gap gap) {
    return gap.from().equals(Zone.CONTROL_PLANE) ? about(gap.node(), gap.row()) : List.of();
  }

  private List<ExecReport> about(String node, Row row) {
    if (!row.protocol().equals(Protocol.TCP) || row.ports().isAll()) {
      return List.of();
    }
    return byNode.getOrDefault(node, List.of()).stream()
        .filter(exec -> row.ports().contains(exec.port()))
        .toList();
  }
}
