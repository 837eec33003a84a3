package io.k8sfw.probes.pacing;

import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Tracking;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What several orders together may take of one connection tracking table, by what is in it.
///
/// Whatever the table grew by counts as ours; so does all that was given away last, since it may be
/// on its way still and in no reading. Of what is left of the budget then, half is given away, in
/// equal parts, until the next reading. So all of them together never hold more than the budget
/// allows, as long as word reaches them before the next but one. That others let go of entries
/// meanwhile can hide some of ours; but then the table is no fuller than it was.
///
/// Entries die within two minutes of their last packet (see [TrackedConnections]). Where nothing
/// was given away for longer, whatever is in the table is others'; it is measured anew, so that an
/// audit goes on where others came to need more.
///
/// One thread only.
public final class TableBudget {
  private static final double UNANSWERED_SECONDS = Effort.TRACKED_UNANSWERED.toSeconds();

  /// What an attempt may take from its order to its last packet comes on top.
  private static final long OURS_ARE_GONE = Effort.TRACKED_UNANSWERED.plusSeconds(10).toNanos();

  private final int orders;
  private Tracking before;

  /// When there was anything to give away.
  private long given;

  /// What was given away last, to all of them.
  private long last;

  /// When it was last asked for shares.
  private long asked;

  /// Entries that went by the clock, in parts.
  private double dripped;

  /// @param before what was in it before the first attempt
  /// @param orders whose attempts pass it, at least 1
  public TableBudget(Tracking before, int orders, long now) {
    if (orders < 1) {
      throw new IllegalArgumentException("nobody passes the table");
    }
    this.before = before;
    this.orders = orders;
    this.given = now;
    this.asked = now;
  }

  /// What each order may take until it hears more.
  ///
  /// @param reading what is in the table; empty where that cannot be learnt: then as much is given
  ///   away as dies meanwhile, if every entry lives for two minutes and the whole budget is taken
  public int share(Optional<Tracking> reading, long now) {
    double seconds = (double) (now - asked) / TimeUnit.SECONDS.toNanos(1);
    asked = now;
    int share = reading.isPresent() ? share(reading.get(), now) : drip(seconds);
    if (share > 0) {
      given = now;
    }
    last = (long) share * orders;
    return share;
  }

  private int share(Tracking reading, long now) {
    if (now - given > OURS_ARE_GONE) {
      before = reading;
    }
    long ours = Math.max(0, reading.entries() - before.entries()) + last;
    long left = Math.max(0, before.budget() - ours);
    // One for each, where there is anything at all.
    return (int) Math.min(left, Math.max(1, left / (2L * orders)));
  }

  private int drip(double seconds) {
    dripped =
        Math.min(
            before.budget(), dripped + before.budget() * seconds / UNANSWERED_SECONDS / orders);
    int whole = (int) dripped;
    dripped -= whole;
    return whole;
  }
}
