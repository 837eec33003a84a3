package io.k8sfw.evaluate;

import io.k8sfw.plan.Check;
import java.util.List;
import java.util.Optional;

/// A check and what came of it.
///
/// @param judgements disjoint; together exactly the check's ports, and where `sample` says so some
///   of its row on which something listens; never empty
/// @param sample of a sampled check only
public record Assessment(Check check, List<Judgement> judgements, Optional<Sample> sample) {
  /// How much of an `ALL` row was looked at.
  ///
  /// @param random edges and random ports
  /// @param of ports that the row stands for
  /// @param listening further ports, asked because something listens there; empty where nobody on
  ///   the node could say what does
  public record Sample(int random, int of, Optional<Integer> listening) {}

  public Assessment {
    judgements = List.copyOf(judgements);
  }

  /// Of a check that is judged on every port.
  public Assessment(Check check, List<Judgement> judgements) {
    this(check, judgements, Optional.empty());
  }
}
