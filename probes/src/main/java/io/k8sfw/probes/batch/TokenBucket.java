package io.k8sfw.probes.batch;

import java.util.concurrent.TimeUnit;

/// Allows so many a second. What was not used is forgotten beyond a burst, so that a machine that
/// slept does not catch up. Times are [System#nanoTime]'s, which never run backwards.
///
/// One thread only.
final class TokenBucket {
  private final double perNano;
  private final double burst;
  private double tokens;
  private long filled;

  /// Starts full.
  TokenBucket(double perSecond, double burst, long now) {
    this.perNano = perSecond / TimeUnit.SECONDS.toNanos(1);
    this.burst = Math.max(1, burst);
    this.tokens = this.burst;
    this.filled = now;
  }

  boolean has(long now) {
    if (now > filled) {
      tokens = Math.min(burst, tokens + (now - filled) * perNano);
      filled = now;
    }
    return tokens >= 1;
  }

  /// Uses one up, be there one or not: what could not wait is paid for later.
  void take() {
    tokens--;
  }

  /// How long until [#has] may be true; 0 when it is.
  long nanosUntilNext(long now) {
    return has(now) ? 0 : (long) Math.ceil((1 - tokens) / perNano);
  }
}
