package io.k8sfw.probes.batch;

import io.k8sfw.model.AddressText;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.PathReport;
import io.k8sfw.probes.batch.Canaries.Canary;
import io.k8sfw.probes.batch.Neighbourhood.Lent;
import io.k8sfw.probes.batch.PathRate.Told;
import io.k8sfw.probes.pacing.Loss;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Pace;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Watches over one address: asks canaries, and says from their answers how fast it may be probed,
/// how many silent attempts make a silence, and whether anything may be believed at all.
///
/// One thread only.
final class Guard {
  private static final int WIDEST = 32;

  /// So many brackets are to gather the sample.
  private static final int GATHERED_IN = 3;

  private final String vantage;
  private final InetAddress address;
  private final Canaries canaries;
  private final Neighbourhood neighbours;
  private final Random random;
  private final PathRate rate;
  private final PathLoss path;
  private final Patience patience;
  private final Refusals refusals = new Refusals();
  private final Credit credit;
  private final Outage outage;
  private final PositiveControl control;
  private final Consumer<Attempt> urgent;

  private @Nullable Bracket last;

  /// Asked to see whether the address is back.
  private @Nullable Bracket trial;

  private boolean lost;
  private boolean ended;
  private boolean waits;

  /// @param urgent takes attempts that go before all others
  Guard(
      String vantage,
      InetAddress address,
      Canaries canaries,
      Neighbourhood neighbours,
      Pace pace,
      Random random,
      Consumer<Attempt> urgent) {
    this.vantage = vantage;
    this.address = address;
    this.canaries = canaries;
    this.neighbours = neighbours;
    this.random = random;
    this.urgent = urgent;
    this.rate = new PathRate(pace.perTargetPerSecond(), neighbours);
    this.path = new PathLoss(rate.steady(), neighbours);
    this.patience = new Patience(pace.attempts());
    this.credit = new Credit(pace.inFlightPerTarget());
    this.outage = new Outage(random);
    this.control = new PositiveControl(vantage, address);
    neighbours.join(this);
  }

  Canaries canaries() {
    return canaries;
  }

  /// What is lost on the way to the address.
  PathLoss path() {
    return path;
  }

  /// How long its answers are waited for.
  Patience patience() {
    return patience;
  }

  /// For an attempt on a port of the address: see [Patience#nanos].
  long patienceNanos(int attempts, int missing) {
    return patience.nanos(attempts, missing, path.leastPatienceNanos());
  }

  /// See [Patience#hearsSecond].
  boolean hearsSecond(long nanos) {
    return patience.hearsSecond(nanos, path.leastPatienceNanos());
  }

  /// Whether what it refused is to be believed.
  Refusals refusals() {
    return refusals;
  }

  /// How fast the address may be asked.
  PathRate rate() {
    return rate;
  }

  /// The address answered before, and does not any more.
  boolean isLost() {
    return lost;
  }

  /// Whether a rate was found to lose packets since the last call.
  boolean foundRateMade() {
    boolean found = rate.foundRateMade();
    if (found) {
      path.forgetPorts();
    }
    return found;
  }

  /// Takes what any attempt heard.
  ///
  /// @param before packets that were sent to the port before
  void heard(Prober prober, int port, Answer answer, int before) {
    if (answer.outcome() instanceof Heard heard) {
      patience.heard(answer.rttMicros());
      boolean first = !canaries.isKnown();
      canaries.offer(prober, port, heard, before);
      if (first && canaries.isKnown() && !ended) {
        credit.renew();
        control.began(port);
      }
    }
  }

  /// The newest bracket; null before the first.
  @Nullable Bracket last() {
    return last;
  }

  /// A port of the address is asked.
  void sent() {
    credit.spend();
  }

  /// Whether the ports of the address may be asked now.
  boolean maySend(long now) {
    return !lost && !outage.lasts() && outage.nanosLeft(now) == 0 && !isOutOfCredit();
  }

  /// How long until [#maySend] may turn true by itself.
  long nanosUntilMaySend(long now) {
    return outage.nanosLeft(now);
  }

  /// Sending waits for a canary.
  boolean isOutOfCredit() {
    return last != null && last.wasAsked() && credit.isUsedUp();
  }

  /// Attempts in a window, so that its own canaries and those of its neighbours are enough.
  ///
  /// @param work attempts that are still to be made, about
  int windowSize(long work) {
    return credit.windowSize(work, canaries.left() + neighbours.lendable(this), random);
  }

  /// Asks canaries, to close the window before and to open the next.
  Bracket bracket(boolean atTheEnd) {
    Bracket bracket = new Bracket(credit.sent(), atTheEnd, isGuarded());
    last = bracket;
    ask(bracket, atTheEnd);
    if (!bracket.wasAsked()) {
      bracket.pass();
      credit.renew();
    }
    return bracket;
  }

  private void ask(Bracket bracket, boolean atTheEnd) {
    boolean suspicious = refusals.areSuspicious();
    int width = suspicious ? 1 : width();
    List<Ask> asked = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      Canary canary = suspicious ? canaries.nextOpen() : canaries.next(atTheEnd);
      if (canary != null) {
        asked.add(new Ask(bracket, this, canary, atTheEnd));
      }
    }
    boolean ofItself = !asked.isEmpty();
    if (!ofItself && !atTheEnd && !suspicious) {
      Lent lent = neighbours.lend(this);
      if (lent != null) {
        asked.add(new Ask(bracket, lent.owner(), lent.canary(), false));
      }
    }
    if (!asked.isEmpty()) {
      bracket.ask(asked.size(), ofItself);
      asked.forEach(ask -> ask.owner.urgent.accept(ask));
    }
  }

  /// Whether more canaries would tell better how much is lost; that costs less than to ask all that
  /// was silent again.
  ///
  /// @param early while there is still something to send: only where there are many to ask
  boolean canLearnMore(boolean early) {
    return !lost
        && !path.isSampled()
        && (last == null || last.isDecided())
        && (early ? hasMany() : canaries.left() > 0);
  }

  /// Many at first, where they cost nobody anything, so that the loss is soon known; then one.
  private int width() {
    int missing = path.missing();
    return hasMany() && missing > 0 ? Math.clamp(missing / GATHERED_IN, 1, WIDEST) : 1;
  }

  private boolean hasMany() {
    return canaries.resetsLeft() >= PathLoss.SAMPLE / 2 || canaries.left() >= 4 * PathLoss.SAMPLE;
  }

  /// A canary on its way.
  private final class Ask extends Attempt {
    private final Bracket bracket;
    private final Guard owner;
    private final Canary canary;
    private final boolean atTheEnd;
    private final long refusedBefore;
    private final boolean repeated;
    private final PathRate.Sent sent = new PathRate.Sent();

    Ask(Bracket bracket, Guard owner, Canary canary, boolean atTheEnd) {
      super(canary.prober(), canary.port());
      this.bracket = bracket;
      this.owner = owner;
      this.canary = canary;
      this.atTheEnd = atTheEnd;
      this.refusedBefore = owner.refusals.count();
      this.repeated = bracket.tries() > 0 || outage.lasts();
    }

    @Override
    boolean isSample() {
      return !repeated && !atTheEnd;
    }

    @Override
    void start(Batch by, InetAddress at, @Nullable Host of, long now) {
      owner.rate.sent(sent, now);
      super.start(by, at, of, now);
    }

    /// Its own address may be farther away than the one that borrows it.
    @Override
    long patienceNanos() {
      return Math.max(owner.canaryPatience(), canaryPatience());
    }

    @Override
    void landed(Answer answer, long now) {
      boolean held = owner.canaries.holds(canary, answer.outcome());
      owner.count(this, answer, held, now);
      owner.compare(this, held, answer.outcome());
      if (owner == Guard.this) {
        control.asked(canary.port());
      }
      if (bracket.landed(held)) {
        held(bracket);
      } else if (bracket.isExhausted()) {
        notHeld(bracket, atTheEnd, now);
      }
    }
  }

  /// What one canary tells of the path and of the rate. One that is asked again comes after a rest,
  /// when whatever limits the rate lets it pass: it would speak for attempts that had no rest.
  private void count(Ask ask, Answer answer, boolean held, long now) {
    if (answer.outcome() instanceof Heard) {
      patience.heard(answer.rttMicros());
    }
    boolean otherwise = !held && !(answer.outcome() instanceof Outcome.Silent);
    boolean tells = !ask.canary.isSlow() && !ask.repeated && !otherwise;
    rate.landed(ask.sent, !tells ? Told.NOTHING : held ? Told.HELD : Told.LOST, now);
  }

  private void compare(Ask ask, boolean held, Outcome outcome) {
    if (held && ask.canary.isOpen()) {
      refusals.stillOpen(ask.refusedBefore);
    } else if (!held && outcome instanceof Heard) {
      if (ask.canary.isOpen()) {
        refusals.notOpen();
      } else {
        canaries.retire(ask.canary);
      }
    }
  }

  private void held(Bracket bracket) {
    credit.held(bracket.sentBefore());
    outage.ended();
    if (bracket.provesItself()) {
      control.holds(Phase.DURING, path.own());
    }
  }

  private void notHeld(Bracket bracket, boolean atTheEnd, long now) {
    if (bracket.tries() < path.tries()) {
      ask(bracket, atTheEnd);
      if (!bracket.isExhausted()) {
        return;
      }
    }
    bracket.fail();
    // Those that were under way when the first of them failed tell of the same moment.
    if (!outage.lasts() || bracket == trial) {
      fell(atTheEnd, now);
    }
  }

  private void fell(boolean atTheEnd, long now) {
    credit.failed();
    outage.failed(atTheEnd, now);
    if (outage.isForGood()) {
      lost = true;
      if (refusals.areSuspicious()) {
        control.changedSides();
      } else {
        control.fellSilent();
      }
    }
  }

  /// Nothing more is to be sent to it, and nothing is learnt from it.
  void leave(String why) {
    if (!lost) {
      lost = true;
      control.fails(why);
    }
  }

  /// Looks whether a pause is over; then a canary tells whether to go on.
  void recover(long now) {
    boolean waits = last != null && !last.isDecided();
    if (lost || waits || outage.nanosLeft(now) > 0) {
      return;
    }
    if (!outage.lasts() && isOutOfCredit()) {
      // An older bracket held after a newer one had failed: nothing else would ask again.
      bracket(false);
    }
    if (!outage.lasts()) {
      return;
    }
    Bracket next = bracket(true);
    trial = next;
    if (!next.wasAsked()) {
      lost = true;
      if (canaries.isKnown()) {
        control.isSpent();
      } else {
        control.lostNeighbours();
      }
    }
  }

  boolean isRecovering() {
    return outage.lasts();
  }

  /// Whether what happened since the last own canary is guarded after the fact as well.
  boolean endsWell() {
    return !canaries.isKnown()
        || (last != null && (last.provesItself() || (last.isFinal() && !last.wasAsked())));
  }

  /// Whether somebody can be asked before and after a window: the address or a neighbour.
  boolean isGuarded() {
    return canaries.isKnown() || neighbours.lendable(this) > 0;
  }

  /// Everything was asked, and nobody guarded it: a neighbour that answers yet would.
  ///
  /// @return whether there may be one
  boolean waitsForNeighbours() {
    waits = true;
    return neighbours.mayYetAnswer(this);
  }

  /// Whether it may answer, or have more canaries to lend, later on.
  boolean mayYetAnswer() {
    return !ended && !lost && !waits;
  }

  /// Notes how the address answered at the end.
  void end() {
    // What answers only from now on has guarded nothing.
    ended = true;
    if (!lost && canaries.isKnown() && last != null && last.provesItself()) {
      control.holds(Phase.AFTER, path.own());
    }
  }

  List<Control> controls() {
    return control.controls();
  }

  /// A port of the address answered after so many silent attempts on a way that was open. What an
  /// ICMP error answers, or may have, tells nothing of the loss: those are limited.
  void answeredAfter(int silent, Heard heard) {
    if (heard.icmp().isEmpty() && canaries.proves(heard)) {
      path.answeredAfter(silent);
    }
  }

  /// How long a canary is waited for.
  long canaryPatience() {
    return patience.ofCanary(outage.lasts());
  }

  PathReport report() {
    Loss sample = path.sample();
    return new PathReport(
        vantage,
        address,
        sample.asked(),
        sample.lost(),
        sample.upperBound(),
        Math.max(3, path.packets() - 1),
        rate.slowed());
  }

  @Override
  public String toString() {
    return vantage + " to " + AddressText.of(address);
  }
}
