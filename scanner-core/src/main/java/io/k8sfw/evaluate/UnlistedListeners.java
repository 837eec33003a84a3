package io.k8sfw.evaluate;

import io.k8sfw.inventory.InventoryIndex;
import io.k8sfw.inventory.Node;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Flow;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.Row;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What nodes listen on beside the matrix, by their own socket tables: nothing is sent for it.
///
/// Once for a node, protocol and port, and only what was held before the batch and after it. UDP
/// ports that Linux gives to clients count for nothing: there is no telling a service from a client
/// that waits for its answer. A row of `ALL` ports is about the way, and knows no listener.
final class UnlistedListeners {
  /// `ip_local_port_range` unless set otherwise (Linux `Documentation/networking/ip-sysctl.rst`).
  private static final int FIRST_CLIENT_PORT = 32768;

  private static final int LAST_CLIENT_PORT = 60999;

  private final Matrix matrix;
  private final InventoryIndex inventory;

  UnlistedListeners(Matrix matrix, InventoryIndex inventory) {
    this.matrix = matrix;
    this.inventory = inventory;
  }

  private record Socket(Protocol protocol, int port) {}

  private record Bound(Protocol protocol, int port, InetAddress address) {
    static Bound of(Listener listener) {
      return new Bound(listener.protocol(), listener.port(), listener.address());
    }
  }

  List<Assessment> of(Collection<TargetEvidence> targets) {
    List<Assessment> found = new ArrayList<>();
    for (TargetEvidence target : targets) {
      inventory.node(target.node()).ifPresent(node -> found.addAll(of(node, target)));
    }
    return found;
  }

  private List<Assessment> of(Node node, TargetEvidence target) {
    Map<Socket, Listener> unlisted = new LinkedHashMap<>();
    Set<Bound> after =
        target.after().listeners().stream().map(Bound::of).collect(Collectors.toSet());
    for (Listener listener : target.before().listeners()) {
      boolean stays = after.contains(Bound.of(listener));
      if (stays && counts(listener) && !isKnown(node, listener.protocol(), listener.port())) {
        unlisted.putIfAbsent(new Socket(listener.protocol(), listener.port()), listener);
      }
    }
    return unlisted.values().stream().map(l -> assessment(node, l)).toList();
  }

  private static boolean counts(Listener listener) {
    boolean client =
        listener.protocol().equals(Protocol.UDP)
            && listener.port() >= FIRST_CLIENT_PORT
            && listener.port() <= LAST_CLIENT_PORT;
    return !listener.address().isLoopbackAddress() && !client;
  }

  /// Whether a rule about one of the node's roles names the port, whether its condition holds or
  /// not, or a Service has it.
  private boolean isKnown(Node node, Protocol protocol, int port) {
    return matrix.rules().stream()
            .filter(r -> r.protocol().equals(protocol) && !r.ports().isAll())
            .filter(r -> !Collections.disjoint(r.to(), node.zones()))
            .anyMatch(r -> r.ports().contains(port))
        || inventory.service(protocol, port).isPresent();
  }

  private static Assessment assessment(Node node, Listener listener) {
    PortSet ports = PortSet.of(listener.port());
    NodeAddress address = address(node, listener.address());
    Check check =
        new Check(
            new Flow(
                node.name(),
                node.name(),
                address.address(),
                address.type(),
                listener.protocol(),
                ports),
            node.zones(),
            node.zones(),
            new Row(listener.protocol(), ports),
            Expectation.FORBIDDEN,
            Optional.empty(),
            List.of(),
            List.of(),
            List.of(),
            false);
    Verdict verdict = DecisionTable.judge(Sighting.UNLISTED, Expectation.FORBIDDEN);
    Judgement judgement =
        new Judgement(
            ports,
            new Unmeasured(Untrusted.of("not asked: the node's own socket table says it")),
            -1,
            Sighting.UNLISTED,
            verdict,
            Grade.B,
            Optional.of(Severity.LOW),
            because(listener));
    return new Assessment(check, List.of(judgement));
  }

  /// One that reaches the listener; where none of the node's does, the listener's own.
  private static NodeAddress address(Node node, InetAddress listening) {
    return node.addresses().stream()
        .filter(a -> listening.isAnyLocalAddress() || a.address().equals(listening))
        .findFirst()
        .orElseGet(() -> new NodeAddress(listening, AddressClass.INTERNAL));
  }

  private static String because(Listener listener) {
    String who =
        switch (listener.owner().kind()) {
          case PROCESS -> "the process \"" + listener.owner().process().visible(32) + "\"";
          case KERNEL -> "the kernel";
          case UNKNOWN -> "a process that nobody could name";
        };
    return who
        + " listens on "
        + AddressText.of(listener.address())
        + ", and no rule knows the port, whether a firewall stands before it or not";
  }
}
