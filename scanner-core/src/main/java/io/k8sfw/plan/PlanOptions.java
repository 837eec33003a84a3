package io.k8sfw.plan;

import io.k8sfw.vantage.Pace;

/// How an audit is to be planned.
///
/// @param externalControl whether 192.0.2.1 (TEST-NET-1) may be asked as a negative control
/// @param trackedAtMost entries that the attempts of all vantage points together may hold at any
///   time in one connection tracking table on their way, 1 or more; [Integer#MAX_VALUE] where
///   nobody said
/// @param exhaustive whether `ALL` rows are probed on every port, and not on a sample
/// @param disruptBgp whether BGP ports may be connected to where no harmless way tells their state;
///   sessions may be reset by that
/// @param witnessing whether nodes may hold free ports
/// @param sampling how many places look at each node
public record PlanOptions(
    Pace pace,
    boolean externalControl,
    boolean exhaustive,
    int trackedAtMost,
    boolean disruptBgp,
    Witnessing witnessing,
    Sampling sampling) {
  /// Without doing harm; nodes may hold free ports.
  public PlanOptions(Pace pace, boolean externalControl, boolean exhaustive, int trackedAtMost) {
    this(pace, externalControl, exhaustive, trackedAtMost, false, Witnessing.AUTO);
  }

  /// With samples as usual.
  public PlanOptions(
      Pace pace,
      boolean externalControl,
      boolean exhaustive,
      int trackedAtMost,
      boolean disruptBgp,
      Witnessing witnessing) {
    this(pace, externalControl, exhaustive, trackedAtMost, disruptBgp, witnessing, Sampling.USUAL);
  }

  /// The same with other samples.
  public PlanOptions with(Sampling other) {
    return new PlanOptions(
        pace, externalControl, exhaustive, trackedAtMost, disruptBgp, witnessing, other);
  }
}
