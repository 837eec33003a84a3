package io.k8sfw.probes.batch;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Brackets of one address that failed in a row, and the pauses between them.
///
/// One thread only.
final class Outage {
  /// Brackets in a row that may fail, with pauses of 1, 2, 4, 8 s between them, before the address
  /// is given up: longer than a link that flaps or a route that converges.
  private static final int FAILURES = 6;

  private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST_DOUBLED = 3;

  /// Between tries that only ICMP can answer: beyond Linux's one a second.
  private static final long SLOW_PAUSE = TimeUnit.MILLISECONDS.toNanos(1100);

  private final Random random;
  private int failedInRow;
  private long pausedUntil;
  private boolean lasts;

  /// @param random makes pauses up to a third longer
  Outage(Random random) {
    this.random = random;
  }

  /// A bracket failed.
  ///
  /// @param slow it was one at the end, which may have asked what answers about once a second
  void failed(boolean slow, long now) {
    failedInRow++;
    lasts = true;
    long pause =
        failedInRow > 1 ? PAUSE << Math.min(MOST_DOUBLED, failedInRow - 2) : slow ? SLOW_PAUSE : 0;
    pausedUntil = now + pause + random.nextLong(1 + pause / 3);
  }

  /// A bracket held.
  void ended() {
    failedInRow = 0;
    lasts = false;
  }

  /// Whether the last bracket that was decided failed.
  boolean lasts() {
    return lasts;
  }

  /// Whether so many failed in a row that the address is lost.
  boolean isForGood() {
    return failedInRow >= FAILURES;
  }

  /// How long the pause still is; 0 when it is over.
  long nanosLeft(long now) {
    return Math.max(0, pausedUntil - now);
  }
}
