package io.k8sfw.plan;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryIndex;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Condition.Holds;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Rows.Piece;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;

/// What the matrix expects of one piece of ports, of one address, from one set of zones.
///
/// Where several rules meet, the strongest expectation wins (required > path > permitted); where
/// none speaks, the flow is forbidden.
final class Deciding {
  private final Matrix matrix;
  private final Inventory inventory;
  private final InventoryIndex index;

  /// Of thousands of nodes most are alike.
  private final Map<Situation, Map<Holds, Map<Piece, Decision>>> decided = new HashMap<>();

  Deciding(Matrix matrix, Inventory inventory) {
    this.matrix = matrix;
    this.inventory = inventory;
    this.index = new InventoryIndex(inventory);
  }

  /// All that a decision depends on, besides the ports and who serves them.
  ///
  /// @param usual the class of the addresses by which such nodes are usually reached from there
  private record Situation(
      Set<Zone> from, SortedSet<Zone> to, AddressClass type, AddressClass usual) {}

  /// @param otherwise if the facts that nobody stated were otherwise; empty when nothing hangs on
  ///   them
  /// @param rules ids of the deciding rules
  /// @param stale ids of rules that would permit it, and do not apply
  record Decision(
      Expectation expectation,
      Optional<Expectation> otherwise,
      List<String> rules,
      List<String> stale) {}

  Decision decide(Set<Zone> from, Node node, NodeAddress address, Piece piece) {
    return of(from, node, address).apply(piece);
  }

  /// The decisions about all pieces of one address.
  Function<Piece, Decision> of(Set<Zone> from, Node node, NodeAddress address) {
    Situation situation =
        new Situation(from, node.zones(), address.type(), usualClass(from, node, address));
    Map<Holds, Map<Piece, Decision>> made =
        decided.computeIfAbsent(situation, _ -> new EnumMap<>(Holds.class));
    return piece -> {
      Holds served = served(piece, node, address.type());
      return made.computeIfAbsent(served, _ -> new IdentityHashMap<>())
          .computeIfAbsent(piece, _ -> decide(situation, served, piece));
    };
  }

  /// @param served whether the node has anything to forward to, where the piece is a NodePort that
  ///   somebody may come for
  private Decision decide(Situation situation, Holds served, Piece piece) {
    Expectation certain = Expectation.FORBIDDEN;
    Expectation possible = Expectation.FORBIDDEN;
    List<String> deciding = new ArrayList<>();
    List<String> perhaps = new ArrayList<>();
    List<String> stale = new ArrayList<>();
    for (Rule rule : naming(situation, piece)) {
      Optional<Expectation> said = at(rule, situation);
      if (said.isEmpty()) {
        continue;
      }
      Holds there = said.get() == Expectation.PERMITTED ? served : Holds.NO;
      Expectation least = there == Holds.YES ? Expectation.REQUIRED : said.get();
      Expectation most = there == Holds.NO ? said.get() : Expectation.REQUIRED;
      switch (rule.when().in(inventory.facts())) {
        case YES -> {
          certain = stronger(certain, least, deciding, rule.id());
          possible = max(possible, most);
        }
        case UNKNOWN -> {
          possible = max(possible, most);
          perhaps.add(rule.id());
        }
        case NO -> {
          if (most != Expectation.FORBIDDEN) {
            stale.add(rule.id());
          }
        }
      }
    }
    boolean open = possible != certain;
    if (open) {
      deciding.addAll(perhaps);
    }
    return new Decision(
        certain,
        open ? Optional.of(possible) : Optional.empty(),
        List.copyOf(deciding),
        List.copyOf(stale));
  }

  /// Keeps `ids` to the rules that give the strongest expectation so far.
  private static Expectation stronger(
      Expectation so, Expectation said, List<String> ids, String id) {
    if (said.compareTo(so) > 0) {
      ids.clear();
    }
    if (said.compareTo(so) >= 0) {
      ids.add(id);
    }
    return max(so, said);
  }

  private List<Rule> naming(Situation situation, Piece piece) {
    return matrix.rules().stream()
        .filter(r -> r.protocol().equals(piece.protocol()))
        .filter(r -> r.ports().containsAll(piece.ports()))
        .filter(r -> !Collections.disjoint(r.to(), situation.to()))
        .filter(r -> !Collections.disjoint(r.from(), situation.from()))
        .toList();
  }

  /// What `rule` says there; empty where it speaks of other addresses in so many words.
  private static Optional<Expectation> at(Rule rule, Situation situation) {
    if (rule.address() != AddressScope.DEFAULT) {
      return rule.address().names(situation.type()) ? Optional.of(rule.expect()) : Optional.empty();
    }
    return switch (rule.expect()) {
      case FORBIDDEN, PERMITTED -> Optional.of(rule.expect());
      case REQUIRED, PATH ->
          Optional.of(
              situation.type() == situation.usual() ? rule.expect() : Expectation.PERMITTED);
    };
  }

  /// From inside the cluster nodes are reached by their internal address; from outside by their
  /// external one, where they have it in that family.
  private AddressClass usualClass(Set<Zone> from, Node node, NodeAddress address) {
    boolean outside = from.stream().noneMatch(index::isInside);
    return outside && node.has(AddressClass.EXTERNAL, address.family())
        ? AddressClass.EXTERNAL
        : AddressClass.INTERNAL;
  }

  /// Of the NodePort range only the ports of Services that exist are served, and nobody comes for
  /// them to a node's address inside the pod network.
  private Holds served(Piece piece, Node node, AddressClass type) {
    NodePortService service = piece.service();
    boolean inside = type == AddressClass.OVERLAY || type == AddressClass.POD;
    return service == null || inside ? Holds.NO : index.isServed(service, node.name());
  }

  private static Expectation max(Expectation a, Expectation b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  /// Whether any rule about the node's roles and that kind of address names the piece by `ALL` and
  /// may apply: only then is a sample of everything worth looking at.
  boolean anyAllRuleFor(Node node, NodeAddress address, Piece piece) {
    return matrix.rules().stream()
        .filter(r -> piece.namedBy().contains(r.id()))
        .filter(r -> r.address() == AddressScope.DEFAULT || r.address().names(address.type()))
        .filter(r -> !Collections.disjoint(r.to(), node.zones()))
        .anyMatch(r -> r.when().in(inventory.facts()) != Holds.NO);
  }
}
