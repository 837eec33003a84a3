package io.k8sfw.plan;

import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Flow;
import io.k8sfw.model.Zone;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/// A flow over a set of ports with one expectation, and the rules that decide it.
///
/// @param from zones of the vantage point
/// @param to zones of the node
/// @param row the line of the matrix that the ports belong to; they may be a part of it, or a
///   sample
/// @param otherwise what would be expected if the facts that nobody stated were otherwise; empty
///   when nothing hangs on them
/// @param rules ids of the deciding rules; empty where the matrix is silent and so forbids
/// @param namedBy ids of the rules that name these ports for anyone, which is why they are looked
///   at
/// @param staleRules ids of conditional rules that would permit this, and do not apply
/// @param sampled the ports stand for all of `row`
public record Check(
    Flow flow,
    SortedSet<Zone> from,
    SortedSet<Zone> to,
    Row row,
    Expectation expectation,
    Optional<Expectation> otherwise,
    List<String> rules,
    List<String> namedBy,
    List<String> staleRules,
    boolean sampled) {
  public Check {
    rules = List.copyOf(rules);
    namedBy = List.copyOf(namedBy);
    staleRules = List.copyOf(staleRules);
  }

  /// Stable between runs: `client -> worker-1 10.0.0.21 tcp/10250`.
  public String id() {
    return flow.vantage()
        + " -> "
        + flow.node()
        + " "
        + AddressText.of(flow.address())
        + " "
        + flow.protocol()
        + "/"
        + flow.ports();
  }
}
