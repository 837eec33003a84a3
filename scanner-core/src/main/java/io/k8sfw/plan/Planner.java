package io.k8sfw.plan;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.Flow;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.plan.Deciding.Decision;
import io.k8sfw.plan.Rows.Piece;
import io.k8sfw.plan.ScopeFilter.Scoped;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// Lays the matrix over the inventory: every vantage point to every port that the matrix names, of
/// every address of every node but its own, each with what is expected there. Of many vantage
/// points that stand for the same, a sample looks at each node.
///
/// Ports that a row names for one role are looked at on all others too: there they are forbidden.
public final class Planner {
  private Planner() {}

  public static ScanPlan plan(Matrix matrix, Inventory inventory, PlanOptions options) {
    long seed =
        options
            .sampling()
            .seed()
            .orElseGet(() -> Long.parseUnsignedLong(matrix.sha256().substring(0, 16), 16));
    List<Piece> pieces = Rows.of(matrix, inventory.services(), options.exhaustive(), seed);
    List<Piece> inside = pieces.stream().map(p -> p.inside(options.exhaustive(), seed)).toList();
    List<Piece> all = Stream.concat(pieces.stream(), inside.stream()).distinct().toList();
    Deciding deciding = new Deciding(matrix, inventory);
    List<Check> checks = new ArrayList<>();
    PlaceChoice choice = PlaceChoice.of(inventory, options.sampling(), seed);
    for (VantagePoint vantage : inventory.vantagePoints()) {
      for (Node node : choice.nodes(vantage)) {
        checks.addAll(checks(vantage, node, pieces, inside, deciding));
      }
    }
    List<Gap> gaps = Gaps.of(matrix, inventory, pieces, deciding);
    Scoped scoped = ScopeFilter.apply(inventory.outOfScope(), checks, gaps, pieces);
    return new ScanPlan(
        scoped.checks(),
        scoped.gaps(),
        scoped.exclusions(),
        Orders.of(scoped.checks(), all, matrix, inventory, options, seed),
        seed,
        choice.samples());
  }

  private static List<Check> checks(
      VantagePoint vantage, Node node, List<Piece> pieces, List<Piece> inside, Deciding deciding) {
    List<Check> checks = new ArrayList<>();
    for (NodeAddress address : node.addresses()) {
      Function<Piece, Decision> decisions = deciding.of(vantage.zones(), node, address);
      for (Piece piece : isInside(address) ? inside : pieces) {
        if (piece.row().ports().isAll() && !deciding.anyAllRuleFor(node, address, piece)) {
          continue;
        }
        Decision decision = decisions.apply(piece);
        checks.add(
            new Check(
                new Flow(
                    vantage.name(),
                    node.name(),
                    address.address(),
                    address.type(),
                    piece.protocol(),
                    piece.ports()),
                vantage.zones(),
                node.zones(),
                piece.row(),
                decision.expectation(),
                decision.otherwise(),
                decision.rules(),
                piece.namedBy(),
                decision.stale(),
                piece.sampled()));
      }
    }
    return checks;
  }

  private static boolean isInside(NodeAddress address) {
    return switch (address.type()) {
      case OVERLAY, POD -> true;
      case INTERNAL, EXTERNAL -> false;
    };
  }
}
