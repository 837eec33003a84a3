package io.k8sfw.plan;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Rows.Piece;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.TrackedShares;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

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

  private final List<Piece> pieces;
  private final Matrix matrix;
  private final PlanOptions options;
  private final Map<Protocol, PortSet> nodePorts = new HashMap<>();

  /// Of thousands of nodes most are asked for the same.
  private final Map<Wanted, Wish> wishes = new HashMap<>();

  private Orders(List<Piece> pieces, Matrix matrix, Inventory inventory, PlanOptions options) {
    this.pieces = pieces;
    this.matrix = matrix;
    this.options = options;
    for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
      nodePorts.put(protocol, nodePorts(inventory, protocol));
    }
  }

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
    Orders stripping = new Orders(pieces, matrix, inventory, options);
    List<ProbeOrder> orders = new ArrayList<>();
    byVantage.forEach((vantage, targets) ->
        orders.add(
            new ProbeOrder(
                vantage,
                targets.entrySet().stream()
                    .map(e -> stripping.target(e.getKey(), e.getValue()))
                    .toList(),
                options.pace(),
                seed,
                options.externalControl(),
                Integer.MAX_VALUE)));
    return TrackedShares.of(options.trackedAtMost(), orders);
  }

  /// What is asked of an address, and with which caution.
  private record Wish(PortSet ports, PortSet witnessable, PortSet guarded, PortSet ifListening) {}

  /// All that a wish depends on.
  private record Wanted(SortedSet<Zone> zones, Protocol protocol, List<Looked> looked) {}

  private record Looked(PortSet ports, Row row, boolean sampled) {}

  private Target target(Key key, List<Check> checks) {
    List<Looked> looked = new ArrayList<>(checks.size());
    checks.forEach(
        check -> looked.add(new Looked(check.flow().ports(), check.row(), check.sampled())));
    Wish wish =
        wishes.computeIfAbsent(
            new Wanted(checks.getFirst().to(), key.protocol(), looked), _ -> wish(key, checks));
    return new Target(
        Optional.of(key.node()),
        key.address(),
        key.protocol(),
        wish.ports(),
        wish.witnessable(),
        wish.guarded(),
        wish.ifListening(),
        options.disruptBgp() ? wish.guarded() : PortSet.NONE);
  }

  private Wish wish(Key key, List<Check> checks) {
    List<PortRange> asked = new ArrayList<>();
    List<PortRange> free = new ArrayList<>();
    PortSet ifListening = PortSet.NONE;
    for (Check check : checks) {
      if (check.sampled()) {
        ifListening = ifListening.union(ifListening(check));
      }
      asked.addAll(check.flow().ports().ranges());
      if (check.sampled() || check.flow().ports().size() <= WIDEST_WITNESSED_ROW) {
        free.addAll(check.flow().ports().ranges());
      }
    }
    PortSet ports = PortSet.of(asked);
    PortSet taken =
        servicePorts(checks.getFirst().to(), key.protocol())
            .union(nodePorts.getOrDefault(key.protocol(), PortSet.NONE));
    return new Wish(
        ports,
        options.witnessing() == Witnessing.AUTO
            ? PortSet.of(free).minus(NEVER_WITNESSED).minus(taken)
            : PortSet.NONE,
        key.protocol().equals(Protocol.TCP)
            ? ports.union(ifListening).intersect(GUARDED)
            : PortSet.NONE,
        ifListening.minus(ports));
  }

  private PortSet ifListening(Check check) {
    return pieces.stream()
        .filter(p -> p.sampled() && p.row().equals(check.row()))
        .map(Piece::ifListening)
        .reduce(PortSet.NONE, PortSet::union);
  }

  /// A kubelet or etcd that restarts must find its port: what a `service:` rule names is never
  /// held.
  private PortSet servicePorts(SortedSet<Zone> zones, Protocol protocol) {
    PortSet ports = PortSet.NONE;
    for (Rule rule : matrix.rules()) {
      boolean names =
          rule.service().isPresent()
              && rule.protocol().equals(protocol)
              && !Collections.disjoint(rule.to(), zones);
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
