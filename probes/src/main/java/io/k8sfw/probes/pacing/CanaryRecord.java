package io.k8sfw.probes.pacing;

import java.util.concurrent.TimeUnit;

/// Canaries that were asked at one rate, and what they are worth as evidence.
///
/// Losses come in bursts: a hundred canaries that die in one outage of a second tell as much as
/// one. So counts are weighted by how many runs the losses form, compared with what would be seen
/// if each were lost on its own: the effective sample size of a two-state Markov chain, n (1 - r) /
/// (1
/// + r) with r its autocorrelation (Gilbert, "Capacity of a Burst-Noise Channel", Bell System
///   Technical Journal 39, 1960, is the model). However bursty, what is two seconds apart counts as
///   told apart.
///
/// Canaries may be counted in another order than they were sent: a lost one is known later than the
/// answered ones that were sent after it.
///
/// One thread only.
final class CanaryRecord {
  /// Outages of 0.2 to 3 s, and as long between them, give an independent sample every 0.4 s: their
  /// variance as an alternating renewal process (Cox, "Renewal Theory", 1962) is s^2 / 4m a second,
  /// m = 1.6 s and s^2 = 0.65 s^2 of either.
  private static final double APART = TimeUnit.SECONDS.toNanos(1);

  private static final int REMEMBERED = 256;

  private int asked;
  private int lost;
  private int runs;
  private long lastLost;

  /// Without the pauses between records that were added.
  private long nanos;

  private long first;
  private long last;

  /// When the last answered ones were sent: what tells whether a loss begins a new run. Where one
  /// is forgotten too soon, losses look more bursty, and so count less, than they are.
  private final long[] answered = new long[REMEMBERED];

  private int answers;

  void count(boolean wasAnswered, long sentAt) {
    if (asked == 0 || sentAt < first) {
      nanos += asked == 0 ? 0 : first - sentAt;
      first = sentAt;
    }
    if (asked == 0 || sentAt > last) {
      nanos += asked == 0 ? 0 : sentAt - last;
      last = sentAt;
    }
    asked++;
    if (wasAnswered) {
      answered[answers++ % REMEMBERED] = sentAt;
      return;
    }
    if (lost == 0 || answeredBetween(lastLost, sentAt)) {
      runs++;
    }
    lost++;
    lastLost = sentAt;
  }

  private boolean answeredBetween(long from, long to) {
    for (int i = Math.min(answers, REMEMBERED) - 1; i >= 0; i--) {
      if (answered[i] > from && answered[i] < to) {
        return true;
      }
    }
    return false;
  }

  /// Takes in a later record.
  void add(CanaryRecord later) {
    asked += later.asked;
    lost += later.lost;
    runs += later.runs;
    nanos += later.nanos;
  }

  void clear() {
    asked = 0;
    lost = 0;
    runs = 0;
    nanos = 0;
    answers = 0;
  }

  int asked() {
    return asked;
  }

  int lost() {
    return lost;
  }

  Loss loss() {
    return new Loss(asked, lost);
  }

  /// From the first to the last.
  long nanos() {
    return nanos;
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
    double expected = (double) lost * (asked - lost) / asked;
    // One run is there anyway, be the losses independent or one burst.
    double seen = Math.clamp((runs - 1) / (expected + 0.5), 0, 1);
    return Math.min(asked, Math.max(asked * seen / (2 - seen), 1 + nanos / APART));
  }

  /// How many of [#evidence] were lost.
  double lostEvidence() {
    return evidence() * share();
  }
}
