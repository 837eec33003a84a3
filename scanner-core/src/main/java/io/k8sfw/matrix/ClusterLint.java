package io.k8sfw.matrix;

import io.k8sfw.input.SourcePosition;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// Looks for what no Kubernetes cluster is like, whatever its owner wants.
final class ClusterLint {
  /// Kubernetes documentation, "Ports and Protocols": etcd's clients use 2379, its members 2380.
  private static final int ETCD_CLIENT = 2379;

  private static final int ETCD_PEER = 2380;

  /// kubeadm's default (`cmd/kubeadm/app/apis/kubeadm/v1beta4/defaults.go`, DefaultAPIBindPort).
  private static final int API_SERVER = 6443;

  /// Kubernetes documentation, "Kubernetes API Server Bypass Risks": no authentication.
  private static final int KUBELET_READ_ONLY = 10255;

  /// Flannel documentation, "Backends": 8285 for udp, 8472 for vxlan; IANA gives 4789 to VXLAN.
  private static final List<Integer> OVERLAY = List.of(4789, 8285, 8472);

  private final List<Rule> allowing;
  private final List<LintFinding> findings = new ArrayList<>();

  private ClusterLint(Matrix matrix) {
    allowing =
        matrix.rules().stream()
            .filter(r -> r.expect() != Expectation.FORBIDDEN && !r.ports().isAll())
            .toList();
  }

  static List<LintFinding> lint(Matrix matrix) {
    ClusterLint lint = new ClusterLint(matrix);
    for (Rule rule : lint.allowing) {
      lint.lookAtService(rule);
      lint.lookAtPorts(rule);
    }
    lint.lookForPodsAtTheApi();
    lint.lookForApiServersAtEtcd(matrix.source());
    OVERLAY.forEach(lint::lookForOneSidedOverlay);
    return lint.findings;
  }

  private void lookAtService(Rule rule) {
    boolean isApi = rule.service().filter("kubernetes-api"::equals).isPresent();
    if (isApi && !rule.to().contains(Zone.CONTROL_PLANE) && rule.expect() == Expectation.REQUIRED) {
      warn(rule, "requires the Kubernetes API of " + Zones.list(rule.to()) + ", which have none");
    }
  }

  private void lookAtPorts(Rule rule) {
    if (names(rule, Protocol.TCP, KUBELET_READ_ONLY) && rule.expect() == Expectation.REQUIRED) {
      warn(
          rule, "requires tcp 10255, the kubelet's read-only port, which asks nobody who they are");
    }
    SortedSet<Zone> strangers = new TreeSet<>(rule.from());
    strangers.remove(Zone.ETCD);
    if (rule.to().contains(Zone.ETCD)
        && names(rule, Protocol.TCP, ETCD_PEER)
        && !strangers.isEmpty()) {
      String who = Zones.list(strangers);
      warn(rule, "opens tcp 2380, where etcd's members talk to each other, to " + who);
    }
  }

  /// Pods call the API by the Service `kubernetes`, whose port 443 is rewritten to the port that
  /// the API server listens on: from addresses of their own, or, masqueraded and in the host's
  /// network, from their node's.
  private void lookForPodsAtTheApi() {
    List<Rule> toApi =
        allowing.stream()
            .filter(r -> r.to().contains(Zone.CONTROL_PLANE) && names(r, Protocol.TCP, API_SERVER))
            .toList();
    SortedSet<Zone> missing = new TreeSet<>(Set.of(Zone.POD, Zone.WORKER));
    toApi.forEach(r -> missing.removeAll(r.from()));
    if (!toApi.isEmpty() && !missing.isEmpty()) {
      warn(
          toApi.getFirst(),
          "no rule lets "
              + Zones.list(missing)
              + " reach tcp 6443 of control-plane: where the API server listens there, the Service"
              + " kubernetes (port 443) is rewritten to it, and pods cannot call the API");
    }
  }

  private void lookForApiServersAtEtcd(String source) {
    List<Rule> toEtcd =
        allowing.stream()
            .filter(r -> r.to().contains(Zone.ETCD) && names(r, Protocol.TCP, ETCD_CLIENT))
            .toList();
    if (!toEtcd.isEmpty()
        && toEtcd.stream().noneMatch(r -> r.from().contains(Zone.CONTROL_PLANE))) {
      findings.add(
          new LintFinding(
              LintFinding.Level.WARNING,
              SourcePosition.wholeFile(source),
              "",
              "no rule lets control-plane reach tcp 2379 of etcd: its API servers need it"));
    }
  }

  /// An overlay network spans nodes of every role.
  private void lookForOneSidedOverlay(int port) {
    for (Rule rule : allowing) {
      if (!names(rule, Protocol.UDP, port)) {
        continue;
      }
      if (allowing.stream().noneMatch(r -> joins(r, port, Zone.WORKER, Zone.CONTROL_PLANE))) {
        warn(
            rule,
            "no rule lets worker reach udp " + port + " of control-plane: an overlay spans both");
      }
      if (allowing.stream().noneMatch(r -> joins(r, port, Zone.CONTROL_PLANE, Zone.WORKER))) {
        warn(
            rule,
            "no rule lets control-plane reach udp " + port + " of worker: an overlay spans both");
      }
      return;
    }
  }

  private static boolean joins(Rule rule, int port, Zone from, Zone to) {
    return names(rule, Protocol.UDP, port) && rule.from().contains(from) && rule.to().contains(to);
  }

  private static boolean names(Rule rule, Protocol protocol, int port) {
    return rule.protocol().equals(protocol) && rule.ports().contains(port);
  }

  private void warn(Rule rule, String message) {
    findings.add(new LintFinding(LintFinding.Level.WARNING, rule.where(), rule.id(), message));
  }
}
