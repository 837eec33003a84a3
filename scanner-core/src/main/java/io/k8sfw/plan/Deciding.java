package io.k8sfw.plan;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/// What the matrix expects of one piece of ports, of one address, from one set of zones.
///
/// Where several rules meet, the strongest expectation wins (required > path > permitted); where
/// none speaks, the flow is forbidden.
final class Deciding {
  private final Matrix matrix;
  private final Inventory inventory;

  Deciding(Matrix matrix, Inventory inventory) {
    this.matrix = matrix;
    this.inventory = inventory;
  }

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
    Expectation certain = Expectation.FORBIDDEN;
    Expectation possible = Expectation.FORBIDDEN;
    List<String> deciding = new ArrayList<>();
    List<String> perhaps = new ArrayList<>();
    List<String> stale = new ArrayList<>();
    for (Rule rule : naming(from, node.zones(), piece)) {
      Optional<Expectation> said = at(rule, from, node, address);
      if (said.isEmpty()) {
        continue;
      }
      boolean demand = said.get() == Expectation.PERMITTED && isDemand(piece, address);
      Holds served = demand ? serves(piece, node) : Holds.NO;
      Expectation least = served == Holds.YES ? Expectation.REQUIRED : said.get();
      Expectation most = served == Holds.NO ? said.get() : Expectation.REQUIRED;
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

  private List<Rule> naming(Set<Zone> from, SortedSet<Zone> to, Piece piece) {
    return matrix.rules().stream()
        .filter(r -> r.protocol().equals(piece.protocol()))
        .filter(r -> r.ports().containsAll(piece.ports()))
        .filter(r -> !Collections.disjoint(r.to(), to))
        .filter(r -> !Collections.disjoint(r.from(), from))
        .toList();
  }

  /// What `rule` says of `address`; empty where it speaks of other addresses in so many words.
  private Optional<Expectation> at(Rule rule, Set<Zone> from, Node node, NodeAddress address) {
    if (rule.address() != AddressScope.DEFAULT) {
      return rule.address().names(address.type()) ? Optional.of(rule.expect()) : Optional.empty();
    }
    return switch (rule.expect()) {
      case FORBIDDEN, PERMITTED -> Optional.of(rule.expect());
      case REQUIRED, PATH ->
          Optional.of(
              address.type() == defaultClass(from, node, address)
                  ? rule.expect()
                  : Expectation.PERMITTED);
    };
  }

  /// From inside the cluster nodes are reached by their internal address; from outside by their
  /// external one, where they have it in that family.
  private AddressClass defaultClass(Set<Zone> from, Node node, NodeAddress address) {
    boolean outside = from.stream().noneMatch(inventory::isInside);
    return outside && node.has(AddressClass.EXTERNAL, address.family())
        ? AddressClass.EXTERNAL
        : AddressClass.INTERNAL;
  }

  /// Of the NodePort range only the ports of Services that exist are served, and nobody comes for
  /// them to a node's address inside the pod network.
  private static boolean isDemand(Piece piece, NodeAddress address) {
    boolean inside = address.type() == AddressClass.OVERLAY || address.type() == AddressClass.POD;
    return piece.service() != null && !inside;
  }

  private static Holds serves(Piece piece, Node node) {
    return piece.service() == null ? Holds.NO : piece.service().isServedBy(node.name());
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
