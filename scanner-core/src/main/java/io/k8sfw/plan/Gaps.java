package io.k8sfw.plan;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Condition.Holds;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Rows.Piece;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What the matrix asks and the inventory has no place to see from.
final class Gaps {
  /// Vantage points that a reason names.
  private static final int MOST_NAMES = 8;

  private final Inventory inventory;
  private final List<Piece> pieces;
  private final Deciding deciding;

  /// By zone, and by what they are alike in.
  private final Map<Zone, Map<Kind, List<VantagePoint>>> places = new HashMap<>();

  private final Map<Zone, List<Node>> members = new HashMap<>();

  /// Of the members of a zone, by all of their zones.
  private final Map<Zone, Map<Set<Zone>, List<Node>>> kinds = new HashMap<>();

  /// Gaps without their rules, and the rules that ask for each: two rules that ask the same leave
  /// one gap.
  private final Map<Gap, Set<String>> gaps = new LinkedHashMap<>();

  /// What the matrix tells vantage points apart by.
  private record Kind(Set<Zone> zones, boolean onNode) {}

  private Gaps(Inventory inventory, List<Piece> pieces, Deciding deciding) {
    this.inventory = inventory;
    this.pieces = pieces;
    this.deciding = deciding;
    for (VantagePoint place : inventory.vantagePoints()) {
      for (Zone zone : place.zones()) {
        places
            .computeIfAbsent(zone, _ -> new LinkedHashMap<>())
            .computeIfAbsent(
                new Kind(place.zones(), place.node().isPresent()), _ -> new ArrayList<>())
            .add(place);
      }
    }
    for (Node node : inventory.nodes()) {
      for (Zone zone : node.zones()) {
        members.computeIfAbsent(zone, _ -> new ArrayList<>()).add(node);
        kinds
            .computeIfAbsent(zone, _ -> new LinkedHashMap<>())
            .computeIfAbsent(node.zones(), _ -> new ArrayList<>())
            .add(node);
      }
    }
  }

  static List<Gap> of(Matrix matrix, Inventory inventory, List<Piece> pieces, Deciding deciding) {
    Gaps gaps = new Gaps(inventory, pieces, deciding);
    for (Rule rule : matrix.rules()) {
      if (rule.when().in(inventory.facts()) != Holds.NO && rule.expect() != Expectation.FORBIDDEN) {
        gaps.demands(rule);
      }
    }
    for (Node node : inventory.nodes()) {
      for (Zone zone : matrix.zones()) {
        gaps.denials(zone, node);
      }
    }
    return gaps.gaps.entrySet().stream().map(e -> asked(e.getKey(), e.getValue())).toList();
  }

  /// Roles that nobody plays, places that nobody probes from, and protocols that nothing can probe.
  private void demands(Rule rule) {
    for (Zone to : rule.to()) {
      List<Node> nodes = members.getOrDefault(to, List.of());
      for (Zone from : rule.from()) {
        if (nodes.isEmpty()) {
          add(rule, from, "(" + to + ")", to, "no node in the inventory has the role " + to);
        }
        for (Node node : nodes) {
          demand(rule, from, to, node);
        }
      }
    }
  }

  private void demand(Rule rule, Zone from, Zone to, Node node) {
    if (onlyItself(from, node)) {
      return;
    }
    if (!rule.protocol().hasPorts()) {
      add(rule, from, node.name(), to, "this version cannot probe protocol " + rule.protocol());
    } else if (rule.expect() == Expectation.PERMITTED) {
      services(rule, from, to, node);
    } else if (seers(from, node).isEmpty()) {
      add(rule, from, node.name(), to, noVantagePoint(from, node));
    } else if (node.addresses().stream().noneMatch(a -> asks(rule, from, node, a))) {
      add(
          rule,
          from,
          node.name(),
          to,
          node.name() + " has no address of the kind that is asked for");
    }
  }

  /// What is permitted is demanded where a Service has the port.
  private void services(Rule rule, Zone from, Zone to, Node node) {
    if (!seers(from, node).isEmpty()) {
      return;
    }
    for (Piece piece : pieces) {
      if (piece.service() != null
          && piece.protocol().equals(rule.protocol())
          && rule.ports().containsAll(piece.ports())
          && piece.service().isServedBy(node.name()) != Holds.NO) {
        add(
            rule,
            from,
            node.name(),
            to,
            piece.row(),
            Expectation.REQUIRED,
            noVantagePoint(from, node));
      }
    }
  }

  private boolean asks(Rule rule, Zone from, Node node, NodeAddress address) {
    return pieces.stream()
            .filter(p -> p.protocol().equals(rule.protocol()) && p.namedBy().contains(rule.id()))
            .map(p -> deciding.decide(Set.of(from), node, address, p))
            .anyMatch(d -> d.rules().contains(rule.id()) && strongest(d) == rule.expect())
        || pieces.stream()
            .noneMatch(
                p -> p.protocol().equals(rule.protocol()) && p.namedBy().contains(rule.id()));
  }

  private static Expectation strongest(Deciding.Decision decision) {
    return decision.otherwise().orElse(decision.expectation());
  }

  private void add(Rule rule, Zone from, String node, Zone to, String reason) {
    PortSet ports = rule.protocol().hasPorts() ? rule.ports() : PortSet.NONE;
    add(rule, from, node, to, new Row(rule.protocol(), ports), rule.expect(), reason);
  }

  private void add(
      Rule rule, Zone from, String node, Zone to, Row row, Expectation expectation, String reason) {
    Gap gap = new Gap(from, node, new TreeSet<>(Set.of(to)), row, expectation, List.of(), reason);
    gaps.computeIfAbsent(gap, _ -> new LinkedHashSet<>()).add(rule.id());
  }

  private static Gap asked(Gap gap, Set<String> rules) {
    return new Gap(
        gap.from(),
        gap.node(),
        gap.to(),
        gap.row(),
        gap.expectation(),
        List.copyOf(rules),
        gap.reason());
  }

  /// A denial of `zone` can only be seen from a place that no permission reaches.
  private void denials(Zone zone, Node node) {
    if (onlyItself(zone, node)) {
      return;
    }
    List<VantagePoint> seers = seers(zone, node);
    for (Piece piece : pieces) {
      if (piece.row().ports().isAll() || !denied(Set.of(zone), node, piece)) {
        continue;
      }
      if (seers.stream().noneMatch(v -> denied(v.zones(), node, piece))
          && !isNobody(zone, node, seers, piece)) {
        gaps.put(
            new Gap(
                zone,
                node.name(),
                node.zones(),
                piece.row(),
                Expectation.FORBIDDEN,
                List.of(),
                seers.isEmpty() ? noVantagePoint(zone, node) : onlyPermitted(zone, node)),
            Set.of());
      }
    }
  }

  /// Whether nobody is denied at all: every node of the zone has another role that may pass, as
  /// where etcd runs on the control plane only. Of places outside there may always be more.
  private boolean isNobody(Zone zone, Node node, List<VantagePoint> seers, Piece piece) {
    List<Node> others = others(zone, node);
    return !others.isEmpty()
        && seers.stream().allMatch(v -> v.node().isPresent())
        && others.stream().noneMatch(n -> denied(n.zones(), node, piece));
  }

  private boolean denied(Set<Zone> from, Node node, Piece piece) {
    return node.addresses().stream()
        .anyMatch(
            a -> deciding.decide(from, node, a, piece).expectation() == Expectation.FORBIDDEN);
  }

  /// Of places in `zone` that are not on `node`, one of each kind.
  private List<VantagePoint> seers(Zone zone, Node node) {
    return places.getOrDefault(zone, Map.of()).values().stream()
        .flatMap(alike -> alike.stream().filter(v -> isElsewhere(v, node)).limit(1))
        .toList();
  }

  /// Of nodes in `zone` that are not `node`, one of each kind.
  private List<Node> others(Zone zone, Node node) {
    return kinds.getOrDefault(zone, Map.of()).values().stream()
        .flatMap(alike -> alike.stream().filter(n -> !n.name().equals(node.name())).limit(1))
        .toList();
  }

  private static boolean isElsewhere(VantagePoint place, Node node) {
    return !place.node().equals(Optional.of(node.name()));
  }

  /// The zone has no member but the node itself: there is no traffic to speak of.
  private boolean onlyItself(Zone zone, Node node) {
    List<Node> playing = members.getOrDefault(zone, List.of());
    return playing.size() == 1 && playing.contains(node) && seers(zone, node).isEmpty();
  }

  private static String noVantagePoint(Zone zone, Node node) {
    String itself = node.zones().contains(zone) ? " other than " + node.name() + " itself" : "";
    return Gap.NO_PLACE + zone + itself;
  }

  private String onlyPermitted(Zone zone, Node node) {
    List<String> names = new ArrayList<>();
    int more = 0;
    for (VantagePoint place : inventory.vantagePoints()) {
      if (!place.zones().contains(zone) || !isElsewhere(place, node)) {
        continue;
      }
      if (names.size() == MOST_NAMES) {
        more++;
        continue;
      }
      names.add(
          place.name()
              + " is also "
              + place.zones().stream()
                  .filter(z -> !z.equals(zone))
                  .map(Zone::name)
                  .collect(Collectors.joining(", ")));
    }
    if (more > 0) {
      names.add("and so are " + more + " more");
    }
    return "every vantage point in zone "
        + zone
        + " is in another zone that may pass: "
        + String.join("; ", names);
  }
}
