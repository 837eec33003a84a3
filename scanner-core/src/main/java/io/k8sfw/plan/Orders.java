package io.k8sfw.plan;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.plan.Rows.Piece;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.TrackedShares;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Strips checks of everything but addresses and ports: what goes to a vantage point.
final class Orders {
  /// A connect here from a BGP peer resets an established session with graceful restart (RFC 4724;
  /// BIRD's `bgp_incoming_connection`).
  private static final PortSet GUARDED = PortSet.of(179);

  /// Never taken by a witness: NodePorts are forwarded, not listened on (Kubernetes default range),
  /// ssh may be how the agent is reached, and a BGP daemon that starts must find its port.
  static final PortSet NEVER_WITNESSED =
      PortSet.of(
          List.of(new PortRange(30000, 32767), new PortRange(179, 179), new PortRange(22, 22)));

  /// Wider rows are not held port by port.
  private static final int WIDEST_WITNESSED_ROW = 16;

  private Orders() {}

  private record Key(String node, InetAddress address, Protocol protocol) {}

  static List<ProbeOrder> of(
      List<Check> checks,
      List<Piece> pieces,
      Matrix matrix,
      Inventory inventory,
      PlanOptions options,
      long seed) {
    Map<String, Map<Key, List<Check>>> byVantage = new LinkedHashMap<>();
    for (Check check : checks) {
      Flow flow = check.flow();
      byVantage
          .computeIfAbsent(flow.vantage(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(
              new Key(flow.node(), flow.address(), flow.protocol()), _ -> new ArrayList<>())
          .add(check);
    }
    List<ProbeOrder> orders = new ArrayList<>();
    byVantage.forEach((vantage, targets) ->
        orders.add(
            new ProbeOrder(
                vantage,
                targets.entrySet().stream()
                    .map(e -> target(e.getKey(), e.getValue(), pieces, matrix, inventory, options))
                    .toList(),
                options.pace(),
                seed,
                options.externalControl(),
                Integer.MAX_VALUE)));
    return TrackedShares.of(options.trackedAtMost(), orders);
  }

  private static Target target(
      Key key,
      List<Check> checks,
      List<Piece> pieces,
      Matrix matrix,
      Inventory inventory,
      PlanOptions options) {
    PortSet ports = PortSet.NONE;
    PortSet witnessable = PortSet.NONE;
    PortSet ifListening = PortSet.NONE;
    for (Check check : checks) {
      if (check.sampled()) {
        ifListening = ifListening.union(ifListening(check, pieces));
      }
      ports = ports.union(check.flow().ports());
      if (check.sampled() || check.flow().ports().size() <= WIDEST_WITNESSED_ROW) {
        witnessable = witnessable.union(check.flow().ports());
      }
    }
    PortSet taken =
        servicePorts(matrix, inventory.node(key.node()), key.protocol())
            .union(nodePorts(inventory, key.protocol()));
    PortSet guarded =
        key.protocol().equals(Protocol.TCP)
            ? ports.union(ifListening).intersect(GUARDED)
            : PortSet.NONE;
    return new Target(
        Optional.of(key.node()),
        key.address(),
        key.protocol(),
        ports,
        options.witnessing() == Witnessing.AUTO
            ? witnessable.minus(NEVER_WITNESSED).minus(taken)
            : PortSet.NONE,
        guarded,
        ifListening.minus(ports),
        options.disruptBgp() ? guarded : PortSet.NONE);
  }

  private static PortSet ifListening(Check check, List<Piece> pieces) {
    return pieces.stream()
        .filter(p -> p.sampled() && p.row().equals(check.row()))
        .map(Piece::ifListening)
        .reduce(PortSet.NONE, PortSet::union);
  }

  /// A kubelet or etcd that restarts must find its port: what a `service:` rule names is never
  /// held.
  private static PortSet servicePorts(Matrix matrix, Optional<Node> node, Protocol protocol) {
    PortSet ports = PortSet.NONE;
    for (Rule rule : matrix.rules()) {
      boolean names =
          rule.service().isPresent()
              && rule.protocol().equals(protocol)
              && node.isPresent()
              && !Collections.disjoint(rule.to(), node.get().zones());
      if (names) {
        ports = ports.union(rule.ports());
      }
    }
    return ports;
  }

  /// What kube-proxy forwards, wherever it is.
  private static PortSet nodePorts(Inventory inventory, Protocol protocol) {
    return PortSet.of(
        inventory.services().stream()
            .filter(s -> s.protocol().equals(protocol))
            .map(s -> new PortRange(s.nodePort(), s.nodePort()))
            .toList());
  }
}
