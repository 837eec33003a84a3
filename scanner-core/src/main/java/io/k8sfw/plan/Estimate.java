package io.k8sfw.plan;

import io.k8sfw.model.Protocol;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.time.Duration;

/// What a plan costs at the most: when every port stays silent and takes all its attempts.
///
/// @param ports states to learn
/// @param probesAtMost attempts, controls included
/// @param worstCase from the first probe to the last answer; vantage points work at the same time
/// @param peakPerSecond attempts a second, over all vantage points
public record Estimate(long ports, long probesAtMost, Duration worstCase, int peakPerSecond) {
  /// Before and after the batch and around each repeated pass, over both kinds: a bound, not a
  /// count.
  private static final int CONTROLS_PER_TARGET = 16;

  /// UDP is asked once a second per target after a burst of five, since that is how fast Linux
  /// answers with ICMP errors (icmp_ratelimit, ip-sysctl).
  private static final int UDP_BURST = 5;

  public static Estimate of(ScanPlan plan) {
    long ports = 0;
    long probes = 0;
    Duration longest = Duration.ZERO;
    int peak = 0;
    for (ProbeOrder order : plan.orders()) {
      int attempts = order.pace().attempts().size();
      ports += order.size();
      probes += order.size() * attempts + (long) CONTROLS_PER_TARGET * order.targets().size();
      Duration time = worstCase(order);
      longest = time.compareTo(longest) > 0 ? time : longest;
      peak += peak(order);
    }
    return new Estimate(ports, probes, longest, peak);
  }

  /// The slowest target, or all of them at the rate of the vantage point, whichever takes longer;
  /// then the waiting of the last attempts.
  static Duration worstCase(ProbeOrder order) {
    Pace pace = order.pace();
    int attempts = pace.attempts().size();
    double seconds = (double) order.size() * attempts / pace.perSecond();
    for (Target target : order.targets()) {
      seconds = Math.max(seconds, slowest(target, pace) * attempts);
    }
    long waits = pace.attempts().stream().mapToLong(Duration::toMillis).sum();
    return Duration.ofMillis(Math.round(seconds * 1000) + waits + pace.gap().toMillis() * attempts);
  }

  private static double slowest(Target target, Pace pace) {
    if (target.protocol().equals(Protocol.UDP)) {
      return Math.max(0, target.ports().size() - UDP_BURST);
    }
    double byRate = (double) target.ports().size() / pace.perTargetPerSecond();
    double longestWait = pace.attempts().getLast().toMillis() / 1000.0;
    double byWaiting = target.ports().size() * longestWait / pace.inFlightPerTarget();
    return Math.max(byRate, byWaiting);
  }

  private static int peak(ProbeOrder order) {
    long targets = order.targets().stream().map(Target::address).distinct().count();
    return (int) Math.min(order.pace().perSecond(), targets * order.pace().perTargetPerSecond());
  }
}
