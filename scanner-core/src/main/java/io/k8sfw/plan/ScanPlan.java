package io.k8sfw.plan;

import io.k8sfw.vantage.ProbeOrder;
import java.util.List;

/// What an audit will do: shown by `plan`, carried out by `run`.
///
/// @param checks every flow that is judged
/// @param orders what each vantage point is asked, without any expectation; their ports are exactly
///   those of the checks, but for what they ask where something listens
/// @param seed of samples and orders: from the matrix unless another was asked for, so that runs
///   compare
/// @param placeSamples where not all places look at every node
public record ScanPlan(
    List<Check> checks,
    List<Gap> gaps,
    List<Exclusion> exclusions,
    List<ProbeOrder> orders,
    long seed,
    List<PlaceSample> placeSamples) {
  public ScanPlan {
    checks = List.copyOf(checks);
    gaps = List.copyOf(gaps);
    exclusions = List.copyOf(exclusions);
    orders = List.copyOf(orders);
    placeSamples = List.copyOf(placeSamples);
  }
}
