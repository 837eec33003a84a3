package io.k8sfw.reporters;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.plan.Row;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What usually answers on a port of a Kubernetes node, and what it gives to whoever reaches it. A
/// port number proves nothing about what really listens: the texts say "usually".
///
/// Sources: Kubernetes documentation, "Ports and Protocols" and "API server bypass risks"; CIS
/// Kubernetes Benchmark 1.12, sections 2 and 4; flannel and Calico documentation, "network
/// requirements".
///
/// @param name short, for headings
/// @param reached what it means that somebody reaches it who should not
/// @param blocked what stops working for somebody who should reach it
record KnownService(Protocol protocol, PortSet ports, String name, String reached, String blocked) {
  private static final String OVERLAY =
      "The encapsulation asks nobody who they are: whoever reaches it can send packets into the pod"
          + " network.";
  private static final String NO_OVERLAY = "Pods on different nodes cannot reach each other.";

  private static final List<KnownService> ALL =
      List.of(
          tcp(
              "10250",
              "kubelet API",
              "The kubelet runs commands in every container of its node and reads their logs;"
                  + " where anonymous access is on, whoever connects can, too.",
              "The control plane cannot fetch logs, open shells in pods or forward ports on this"
                  + " node, and metrics of its pods are missing."),
          tcp(
              "10255",
              "kubelet read-only API",
              "It lists every pod of the node with its environment, and asks nobody who they are.",
              "What still reads metrics from this old port gets none."),
          tcp(
              "2379",
              "etcd client API",
              "etcd holds every Secret and every object of the cluster; whoever it accepts owns the"
                  + " cluster.",
              "The API server, or a network plugin that keeps its state in etcd, cannot read or"
                  + " write."),
          tcp(
              "2380",
              "etcd peer API",
              "Members of etcd replicate over it; whoever it accepts can join or disturb the quorum.",
              "etcd members cannot replicate; the cluster loses its quorum with the next failure."),
          tcp(
              "2379-2380",
              "etcd",
              "etcd holds every Secret and every object of the cluster; whoever it accepts owns the"
                  + " cluster.",
              "The API server, or a network plugin that keeps its state in etcd, cannot read or"
                  + " write."),
          tcp(
              "2381",
              "etcd metrics",
              "etcd's health and metrics are readable without authentication.",
              "Monitoring sees no etcd."),
          tcp(
              "2375",
              "Docker API without TLS",
              "Whoever connects starts containers as root on the node.",
              "Remote management of Docker fails."),
          tcp(
              "2376",
              "Docker API",
              "A stolen client certificate is enough to be root on the node.",
              "Remote management of Docker fails."),
          tcp(
              "6443",
              "Kubernetes API server",
              "The API server still asks who is there, but every weakness of its authentication is"
                  + " now in reach.",
              "kubectl, kubelets and controllers cannot reach the API server."),
          tcp(
              "8080",
              "API server without authentication",
              "The insecure port of old API servers gives everyone full control of the cluster.",
              "What still speaks to the insecure port fails."),
          tcp(
              "8001",
              "kubectl proxy",
              "It lends its owner's rights in the cluster to everyone who connects.",
              "What uses the proxy fails."),
          tcp(
              "10248",
              "kubelet health",
              "It belongs on the loopback address only; it tells whether the kubelet is well.",
              "Health checks of the kubelet fail."),
          tcp(
              "10249",
              "kube-proxy metrics",
              "Metrics, and with profiling on more than that, are readable without authentication.",
              "Monitoring sees no kube-proxy."),
          tcp(
              "10256",
              "kube-proxy health",
              "It tells whether the node takes Service traffic; harmless by itself.",
              "Load balancers take the node for dead."),
          tcp(
              "10257",
              "controller manager",
              "It belongs on the loopback address only.",
              "Monitoring sees no controller manager."),
          tcp(
              "10259",
              "scheduler",
              "It belongs on the loopback address only.",
              "Monitoring sees no scheduler."),
          tcp(
              "10251-10252",
              "old scheduler and controller manager",
              "These ports of old releases ask nobody who they are.",
              "Old health checks fail."),
          tcp(
              "4194",
              "old cAdvisor page",
              "It shows the containers of the node to everyone.",
              "What reads the page fails."),
          tcp(
              "22",
              "SSH",
              "Passwords can be guessed and stolen keys used from here.",
              "Administrators cannot log in from here."),
          tcp(
              "111",
              "rpcbind",
              "It lists the node's RPC services and can be used to amplify attacks.",
              "NFS version 3 mounts fail."),
          tcp(
              "179",
              "BGP",
              "Whoever peers here can send routes to the node and draw pod traffic to themselves.",
              "Nodes cannot exchange routes; pods on them cannot reach each other."),
          tcp(
              "9100",
              "node exporter",
              "Details of the machine are readable without authentication.",
              "Monitoring sees no node."),
          tcp(
              "22623-22624",
              "machine config server",
              "It hands out the files that a node boots from, credentials among them.",
              "New nodes cannot join."),
          udp("8472", "flannel VXLAN", OVERLAY, NO_OVERLAY),
          udp("4789", "VXLAN", OVERLAY, NO_OVERLAY),
          udp("6081", "Geneve", OVERLAY, NO_OVERLAY),
          udp("8285", "flannel UDP", OVERLAY, NO_OVERLAY),
          tcp(
              "30000-32767",
              "NodePorts",
              "A Service is offered to a place that the matrix does not name; it may be one that"
                  + " nobody meant to publish.",
              "Services cannot be reached from there through this node."));

  private static KnownService tcp(String ports, String name, String reached, String blocked) {
    return new KnownService(Protocol.TCP, PortSet.parse(ports), name, reached, blocked);
  }

  private static KnownService udp(String port, String name, String reached, String blocked) {
    return new KnownService(Protocol.UDP, PortSet.parse(port), name, reached, blocked);
  }

  /// What is usually on the ports of `row`: the narrowest entry that has all of them.
  static Optional<KnownService> on(Row row) {
    return on(row.protocol(), row.ports());
  }

  static Optional<KnownService> on(Protocol protocol, PortSet ports) {
    return ports.isEmpty()
        ? Optional.empty()
        : ALL.stream()
            .filter(s -> s.protocol.equals(protocol) && s.ports.containsAll(ports))
            .min(Comparator.comparingInt(s -> s.ports.size()));
  }
}
