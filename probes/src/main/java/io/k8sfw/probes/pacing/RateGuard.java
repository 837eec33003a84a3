package io.k8sfw.probes.pacing;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Finds loss that our own rate makes: by a policer, a ban, a full table. Canaries are lost; the
/// rate falls to a quarter; if they come back as they do behind a limiter, which lets a fixed
/// number a second through, the slower rate stays, and may have its own trial. If not, the loss is
/// the path's, and the rate rises again, until more is lost than that.
///
/// Outages that come and go (0.2 to 3 s) are no limiter: a trial lasts 4 s at least, and canaries
/// that die together count as few ([CanaryRecord]).
///
/// One thread only.
public final class RateGuard {
  /// What a canary has told.
  public enum Verdict {
    /// Nothing changes.
    STEADY_ON,
    /// The rate has just fallen to a quarter, to find out whether it makes the loss. May come again
    /// within a trial: where next to nothing passes, a quarter tells nothing.
    TRIAL,
    /// It does: the slower rate is the rate from now on, and everything silent so far is void.
    RATE_MADE,
    /// It does not: the rate has just risen to what it was before the trial.
    STEADY_LOSS
  }

  private static final double STEP = 4;
  private static final int FEWEST_ASKED = 8;
  private static final int FEWEST_LOST = 2;

  /// What passes less than this passes next to nothing at a quarter of the rate too. Eight
  /// independent canaries have to be lost to show it, or nothing pass for 7 s.
  private static final double NEXT_TO_NOTHING = 0.06;

  /// A loss that costs no attempt worth slowing down for.
  private static final double NEGLIGIBLE = 0.01;

  /// The chance of error, either way, that decides a trial or makes the loss a new one.
  private static final double ERROR = 1e-3;

  private static final double CERTAIN = -Math.log(ERROR);

  /// Until then a limiter's burst, and losses that are known later than answers, belie the share.
  private static final long SHORTEST_LOOK = TimeUnit.SECONDS.toNanos(2);

  private static final long SHORTEST_TRIAL = TimeUnit.SECONDS.toNanos(4);

  /// After this the likelier of both is believed, if it is that the rate does not matter: such an
  /// error costs attempts, the other one would cost the rate.
  private static final long LONG_TRIAL = TimeUnit.SECONDS.toNanos(8);

  /// After this it is, whichever is likelier.
  private static final long LONGEST_TRIAL = TimeUnit.SECONDS.toNanos(20);

  /// How long a trial has to go on like this until its rate falls once more.
  private static final long DEAD = TimeUnit.SECONDS.toNanos(2);

  /// How much evidence is recent.
  private static final double RECENT = 16;

  private final double slowest;

  /// The rate outside trials, and what was seen at it: before and recently.
  private double settled;

  private final CanaryRecord before = new CanaryRecord();
  private final CanaryRecord recent = new CanaryRecord();

  /// Whether a trial has shown that the loss seen before is the path's.
  private boolean tried;

  private boolean onTrial;
  private double current;

  /// What was allowed before the trial.
  private double allowed;

  /// What really leaves, which other limits may keep below what is allowed.
  private double leaving = Double.MAX_VALUE;

  private final CanaryRecord trial = new CanaryRecord();
  private long changed = Long.MIN_VALUE;

  private final Loss steady = new Loss();
  private double limitedRate;
  private double limitedShare;
  private boolean limitedByNeighbour;

  /// @param perSecond the rate to begin with, above 0
  /// @param slowest the rate that no trial goes below, above 0
  public RateGuard(double perSecond, double slowest) {
    if (!(perSecond > 0 && slowest > 0)) {
      throw new IllegalArgumentException("rates are above 0: " + perSecond + ", " + slowest);
    }
    this.slowest = slowest;
    this.settled = perSecond;
    this.current = perSecond;
  }

  /// So much really leaves: a trial takes its quarter from that. A quarter of what nothing ever
  /// reaches would change nothing, and make every limiter look like loss.
  public void leaving(double perSecond) {
    leaving = perSecond;
  }

  /// The rate that is to be kept now.
  public double perSecond() {
    return current;
  }

  /// The loss of all canaries but those at rates that were found to make it: what sets the number
  /// of attempts. A live view. Begins anew where the loss rises significantly.
  public Loss steady() {
    return steady;
  }

  /// Goes no faster from now on, since a neighbour had to slow down to that: one limiter may be
  /// before both, and too few canaries may be left to find it a second time. What was seen at a
  /// faster rate is forgotten.
  ///
  /// @return whether that is slower than before
  public boolean limit(double perSecond, long now) {
    if (perSecond >= settled) {
      return false;
    }
    settled = perSecond;
    current = Math.min(current, perSecond);
    onTrial = false;
    beginAnew();
    steady.clear();
    changed = now;
    limitedByNeighbour = true;
    return true;
  }

  /// What was found of a limiter, in words; empty when there was none.
  public Optional<String> slowed() {
    if (limitedRate == 0) {
      return limitedByNeighbour
          ? Optional.of(
              String.format(
                  Locale.ROOT,
                  "no faster than %.0f/s: something on the way to a neighbour limits the rate",
                  settled))
          : Optional.empty();
    }
    double share = before.asked() + recent.asked() == 0 ? 0 : seen().share();
    return Optional.of(
        String.format(
            Locale.ROOT,
            "about %.0f %% of canaries were lost at %.0f/s and %.0f %% at %.0f/s: something on the"
                + " way limits the rate",
            100 * limitedShare,
            limitedRate,
            100 * share,
            settled));
  }

  /// A canary was answered, or given up. One that was sent before the rate last changed tells
  /// nothing about either rate, and is not counted.
  ///
  /// @param sentAt when it was asked
  public Verdict canary(boolean answered, long sentAt, long now) {
    if (sentAt < changed) {
      return Verdict.STEADY_ON;
    }
    steady.count(answered);
    if (onTrial) {
      trial.count(answered, sentAt);
      return judge(now);
    }
    recent.count(answered, sentAt);
    if (recent.lost() >= FEWEST_LOST && RateTest.chance(before, recent) < ERROR) {
      beginAnew();
    } else if (!tried && worthTrial()) {
      before.add(recent);
      recent.clear();
      onTrial = true;
      allowed = settled;
      settled = Math.min(settled, leaving);
      current = settled;
      return fall(now);
    } else if (recent.evidence() >= RECENT) {
      before.add(recent);
      recent.clear();
    }
    return Verdict.STEADY_ON;
  }

  /// More is lost than before: what that was tells no more about now.
  private void beginAnew() {
    steady.clear();
    steady.add(recent.loss());
    before.clear();
    recent.clear();
    tried = false;
  }

  private CanaryRecord seen() {
    CanaryRecord seen = new CanaryRecord();
    seen.add(before);
    seen.add(recent);
    return seen;
  }

  private boolean worthTrial() {
    if (before.lost() + recent.lost() < FEWEST_LOST || !canFall()) {
      return false;
    }
    CanaryRecord seen = seen();
    if (seen.asked() < FEWEST_ASKED
        || seen.nanos() < SHORTEST_LOOK
        || !RateTest.losesMoreThan(NEGLIGIBLE, seen)) {
      return false;
    }
    return nextToNothing(seen) || RateTest.attainable(seen, STEP) >= 2 * CERTAIN;
  }

  private static boolean nextToNothing(CanaryRecord seen) {
    return RateTest.pass(seen) < NEXT_TO_NOTHING;
  }

  private boolean canFall() {
    return Math.min(current, leaving) / STEP >= slowest;
  }

  private Verdict fall(long now) {
    current /= STEP;
    trial.clear();
    changed = now;
    return Verdict.TRIAL;
  }

  private Verdict judge(long now) {
    double ratio = settled / current;
    long lasted = trial.nanos();
    double odds = RateTest.logOdds(before, trial, ratio);
    if (odds >= CERTAIN && lasted >= SHORTEST_TRIAL) {
      return rateMade();
    }
    if (odds <= -CERTAIN) {
      return steadyLoss(now);
    }
    if (lasted >= DEAD && nextToNothing(before) && trial.share() > 0.5 && canFall()) {
      return fall(now);
    }
    boolean dead = trial.lost() == trial.asked();
    boolean vain = (lasted >= LONG_TRIAL && odds < 0) || lasted >= LONGEST_TRIAL;
    return vain && !dead ? steadyLoss(now) : Verdict.STEADY_ON;
  }

  private Verdict rateMade() {
    if (limitedRate == 0) {
      limitedRate = settled;
      limitedShare = before.share();
    }
    settled = current;
    before.clear();
    before.add(trial);
    steady.clear();
    steady.add(trial.loss());
    onTrial = false;
    return Verdict.RATE_MADE;
  }

  private Verdict steadyLoss(long now) {
    settled = allowed;
    current = allowed;
    tried = true;
    onTrial = false;
    changed = now;
    return Verdict.STEADY_LOSS;
  }
}
