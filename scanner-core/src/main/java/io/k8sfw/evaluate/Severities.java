package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;

/// How much a finding matters.
final class Severities {
  /// TCP ports whose service gives away the cluster, a node, or data of either, to whoever reaches
  /// it. etcd, kubelet, kubelet read-only and their kin: Kubernetes documentation, "Kubernetes API
  /// Server Bypass Risks", and CIS Kubernetes Benchmark 2.2, 2.5, 4.2.1, 4.2.4; 2375 and 2376:
  /// Docker's remote API; 8080 and 8001: an API server or `kubectl proxy` without authentication;
  /// 10251 and 10252: scheduler and controller manager of old, without TLS; 22623 and 22624:
  /// OpenShift's machine configuration; 50051: GoBGP's; 4194: cAdvisor; 22: ssh.
  private static final PortSet DANGEROUS_TCP =
      PortSet.parse(
          "22, 2375-2376, 2379-2380, 4194, 8001, 8080, 10250-10252, 10255, 22623-22624, 50051");

  /// Overlay encapsulation has no authentication: who reaches it can send into the pod network (k3s
  /// and RKE2 requirements pages).
  private static final PortSet DANGEROUS_UDP = PortSet.parse("4789, 6081, 8285, 8472");

  private Severities() {}

  static Severity of(Finding finding, Protocol protocol, PortSet ports) {
    if (finding.deviation().isPresent()) {
      return ofDeviation(finding.deviation().get());
    }
    return switch (finding.kind()) {
      case MISSING -> Severity.HIGH;
      case OVER_EXPOSED -> isDangerous(protocol, ports) ? Severity.CRITICAL : Severity.HIGH;
      case DEVIATES -> Severity.MEDIUM;
    };
  }

  private static Severity ofDeviation(Deviation deviation) {
    return switch (deviation) {
      case SERVICE_DOWN, UNSTABLE, FORBIDDEN_PORT, SOURCE_INDISTINGUISHABLE -> Severity.MEDIUM;
      case OVERLAY_INJECTABLE -> Severity.CRITICAL;
      case OPEN_PATH, STALE_HOLE, DENY_STYLE, UNLISTED_LISTENER -> Severity.LOW;
    };
  }

  private static boolean isDangerous(Protocol protocol, PortSet ports) {
    return ports.intersects(protocol.equals(Protocol.UDP) ? DANGEROUS_UDP : DANGEROUS_TCP);
  }
}
