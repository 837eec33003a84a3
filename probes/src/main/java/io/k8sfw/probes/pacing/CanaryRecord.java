package io.k8sfw.probes.pacing;

import java.util.concurrent.TimeUnit;

/// Canaries that were asked at one rate, and what they are worth as evidence.
///
/// Losses come in bursts: a hundred canaries that die in one outage of a second tell as much as
/// one. So counts are weighted by how often the answers change from heard to lost and back,
/// compared with what would be seen if each were lost on its own: the effective sample size of a
/// two-state Markov chain, n (1 - r) / (1 + r) with r its autocorrelation (Gilbert, "Capacity of a
/// Burst-Noise Channel", Bell System Technical Journal 39, 1960, is the model). However bursty,
/// what is two seconds apart counts as told apart.
///
/// One thread only.
final class CanaryRecord {
  /// Longer than outages are that come and go.
  private static final double APART = TimeUnit.SECONDS.toNanos(2);

  private int asked;
  private int lost;
  private int changes;
  private boolean lastAnswered;
  private long last;

  /// Without the pauses between records that were added.
  private long nanos;

  void count(boolean answered, long now) {
    if (asked > 0) {
      nanos += now - last;
      if (answered != lastAnswered) {
        changes++;
      }
    }
    asked++;
    if (!answered) {
      lost++;
    }
    lastAnswered = answered;
    last = now;
  }

  /// Takes in a later record.
  void add(CanaryRecord later) {
    asked += later.asked;
    lost += later.lost;
    changes += later.changes;
    nanos += later.nanos;
    lastAnswered = later.lastAnswered;
    last = later.last;
  }

  void clear() {
    asked = 0;
    lost = 0;
    changes = 0;
    nanos = 0;
  }

  int asked() {
    return asked;
  }

  int lost() {
    return lost;
  }

  /// From the first to the last.
  long nanos() {
    return nanos;
  }

  Loss loss() {
    return new Loss(asked, lost);
  }

  /// The share that was lost; 0 when none was asked.
  double share() {
    return asked == 0 ? 0 : (double) lost / asked;
  }

  /// How many independent canaries these are worth, 0 to [#asked].
  double evidence() {
    if (asked == 0) {
      return 0;
    }
    double expected = 2.0 * lost * (asked - lost) / asked;
    // One more is expected than there can be, so that no change at all proves a burst.
    double seen = Math.min(1, changes / (expected + 1));
    return Math.min(asked, Math.max(asked * seen / (2 - seen), 1 + nanos / APART));
  }
}
