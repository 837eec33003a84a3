package io.k8sfw.probes.simulation;

/// A token bucket of somebody else's: a policer, or Linux's limit on ICMP errors.
final class Allowance {
  private final double perNano;
  private final double burst;
  private double tokens;
  private long filled;

  Allowance(double perSecond, double burst) {
    this.perNano = perSecond / 1e9;
    this.burst = burst;
    this.tokens = burst;
  }

  /// @param now never less than before
  boolean takes(long now) {
    tokens = Math.min(burst, tokens + (now - filled) * perNano);
    filled = now;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }
}
