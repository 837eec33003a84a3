package io.k8sfw.probes.pacing;

import java.util.concurrent.TimeUnit;

/// Notices that this machine slept, or was too busy to look: what stayed silent meanwhile may have
/// been answered.
///
/// It takes two clocks: [System#nanoTime] is CLOCK_MONOTONIC on Linux, which does not count the
/// time that a machine is suspended (clock_gettime(2)); [System#currentTimeMillis] does, but can be
/// set. A wall clock that somebody sets looks like a suspend, once: that costs a repetition of what
/// was asked at that moment, and nothing else.
///
/// One thread only.
public final class Stalls {
  /// What a busy machine may be late without losing answers: sockets keep them, and a prober looks
  /// once more before it says that there is none. A machine that was asleep for less lost no more
  /// than one attempt in three.
  private static final long LATE = TimeUnit.SECONDS.toNanos(2);

  /// By how much the clocks may part. An adjustment is slower (adjtimex(2): 0.5 ms a second), a
  /// suspend is longer.
  private static final long PARTED_MILLIS = 1_000;

  private long last;
  private long lastWallMillis;

  public Stalls(long now, long wallMillis) {
    last = now;
    lastWallMillis = wallMillis;
  }

  /// Whether more time has passed since the last call (or the beginning) than was meant to.
  ///
  /// @param wallMillis since the epoch
  /// @param expectedWaitNanos how long it was meant to be at most, at least 0
  public boolean stalled(long now, long wallMillis, long expectedWaitNanos) {
    long passed = now - last;
    long wallPassedMillis = wallMillis - lastWallMillis;
    last = now;
    lastWallMillis = wallMillis;
    long partedMillis = wallPassedMillis - TimeUnit.NANOSECONDS.toMillis(passed);
    return passed - LATE > expectedWaitNanos
        || TimeUnit.MILLISECONDS.toNanos(wallPassedMillis) - LATE > expectedWaitNanos
        || Math.abs(partedMillis) > PARTED_MILLIS;
  }
}
