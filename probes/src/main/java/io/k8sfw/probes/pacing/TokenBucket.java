package io.k8sfw.probes.pacing;

import java.util.concurrent.TimeUnit;

/// Allows so many a second. What was not used is forgotten beyond a burst, so that a machine that
/// slept does not catch up. Times are [System#nanoTime]'s, which never run backwards.
///
/// One thread only.
public final class TokenBucket {
  private double perNano;
  private double burst;
  private double tokens;
  private long filled;

  /// Starts full.
  ///
  /// @param perSecond above 0
  /// @param burst how many may go at once after a rest; less than 1 means 1
  public TokenBucket(double perSecond, double burst, long now) {
    set(perSecond, burst);
    this.tokens = this.burst;
    this.filled = now;
  }

  /// Goes on at another rate. What was earned until now stays, as far as the new burst has room.
  public void rate(double perSecond, double burst, long now) {
    fill(now);
    set(perSecond, burst);
    tokens = Math.min(this.burst, tokens);
  }

  private void set(double perSecond, double burst) {
    if (!(perSecond > 0)) {
      throw new IllegalArgumentException("a rate is above 0: " + perSecond);
    }
    this.perNano = perSecond / TimeUnit.SECONDS.toNanos(1);
    this.burst = Math.max(1, burst);
  }

  public boolean has(long now) {
    fill(now);
    return tokens >= 1;
  }

  private void fill(long now) {
    if (now > filled) {
      tokens = Math.min(burst, tokens + (now - filled) * perNano);
      filled = now;
    }
  }

  /// Uses one up, be there one or not: what could not wait is paid for later.
  public void take() {
    tokens--;
  }

  /// How long until [#has] may be true; 0 when it is.
  public long nanosUntilNext(long now) {
    return has(now) ? 0 : (long) Math.ceil((1 - tokens) / perNano);
  }
}
