package io.k8sfw.probes.batch;

import io.k8sfw.probes.pacing.Loss;
import io.k8sfw.probes.pacing.RateGuard;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// How fast one address may be asked, by what its canaries tell.
///
/// They are counted in the order in which they were sent. An answer is known sooner than a loss:
/// counted as they come, the losses of many that were sent together would look like more and more
/// loss.
///
/// One thread only.
final class PathRate {
  /// How long the rate is measured that attempts really leave at.
  private static final long LOOK = TimeUnit.SECONDS.toNanos(1);

  private static final double SLOWEST = 5;

  private final RateGuard rates;
  private final Neighbourhood neighbours;

  /// Canaries that were sent and are not counted, oldest first.
  private final Deque<Sent> underWay = new ArrayDeque<>();

  /// Attempts a second that really left lately.
  private double leaving = Double.MAX_VALUE;

  private int leftInLook;
  private long lookedAt = Long.MIN_VALUE / 2;
  private boolean rateMade;

  /// What became of a canary.
  enum Told {
    NOTHING_YET,
    HELD,
    LOST,
    /// It tells nothing of the path or of the rate.
    NOTHING
  }

  /// A canary on its way.
  static final class Sent {
    private long at;
    private Told told = Told.NOTHING_YET;
  }

  /// @param perSecond the rate to begin with, above 0
  PathRate(double perSecond, Neighbourhood neighbours) {
    this.rates = new RateGuard(perSecond, Math.min(SLOWEST, perSecond));
    this.neighbours = neighbours;
  }

  /// Attempts a second that the address may be asked.
  double perSecond() {
    return rates.perSecond();
  }

  /// What canaries lost, but for what our own rate made them lose: a live view.
  Loss steady() {
    return rates.steady();
  }

  /// What was found of a limiter, in words; empty when there was none.
  Optional<String> slowed() {
    return rates.slowed();
  }

  /// Whether a rate was found to lose packets since the last call.
  boolean foundRateMade() {
    boolean found = rateMade;
    rateMade = false;
    return found;
  }

  /// Anything at all is sent to the address.
  void leaves(long now) {
    leftInLook++;
    if (now - lookedAt >= LOOK) {
      leaving = leftInLook * (double) TimeUnit.SECONDS.toNanos(1) / (now - lookedAt);
      leftInLook = 0;
      lookedAt = now;
    }
  }

  /// A canary is sent.
  void sent(Sent canary, long now) {
    canary.at = now;
    underWay.add(canary);
  }

  /// A canary came to its end; it is counted when all that were sent before it have.
  void landed(Sent canary, Told told, long now) {
    canary.told = told;
    for (Sent first = underWay.peek();
        first != null && first.told != Told.NOTHING_YET;
        first = underWay.peek()) {
      underWay.remove();
      if (first.told != Told.NOTHING) {
        count(first, now);
      }
    }
  }

  private void count(Sent canary, long now) {
    neighbours.counted();
    rates.leaving(leaving);
    if (rates.canary(canary.told == Told.HELD, canary.at, now) == RateGuard.Verdict.RATE_MADE) {
      rateMade = true;
      neighbours.limit(this, rates.perSecond(), now);
    }
  }

  /// A neighbour was found to be limited.
  void limit(double perSecond, long now) {
    rateMade |= rates.limit(perSecond, now);
  }
}
