package io.k8sfw.probes.batch;

import io.k8sfw.model.AddressText;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.PathReport;
import io.k8sfw.probes.batch.Canaries.Canary;
import io.k8sfw.probes.batch.Neighbourhood.Lent;
import io.k8sfw.probes.pacing.Attempts;
import io.k8sfw.probes.pacing.Loss;
import io.k8sfw.probes.pacing.RateGuard;
import io.k8sfw.probes.pacing.RoundTripTime;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Pace;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Watches over one address: asks canaries, and says from their answers how fast it may be probed,
/// how many silent attempts make a silence, and whether anything may be believed at all.
///
/// One thread only.
final class Guard {
  /// If a fifth were lost, so many canaries would all be answered once in a hundred times.
  private static final int FEW = 20;

  /// Attempts before the first canary answers again; doubles with each bracket that holds.
  private static final int FIRST_CREDIT = 32;

  /// Canaries that make the bound of the loss good enough for three attempts: 0 lost of 93 bounds
  /// it by 3.2 %, and 0.032^4 is about one in a million.
  private static final int SAMPLE = 100;

  /// Canaries that tell a loss of one half from one that is too high.
  private static final int MOST_SAMPLED = 600;

  /// The chance at which canaries do not explain what ports lost.
  private static final double UNUSUAL = 1e-3;

  private static final int WIDEST = 32;

  /// So many brackets are to gather the sample.
  private static final int GATHERED_IN = 3;

  /// A bracket that fails although the path only loses packets: less than this.
  private static final double BAD_LUCK = 0.05;

  private static final int MOST_TRIES = 6;

  /// Brackets in a row that may fail, with pauses of 1, 2, 4, 8 s between them, before the address
  /// is given up: longer than a link that flaps or a route that converges.
  private static final int FAILURES = 6;

  private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

  /// Between tries that only ICMP can answer: beyond Linux's one a second.
  private static final long SLOW_PAUSE = TimeUnit.MILLISECONDS.toNanos(1100);

  /// How long the rate is measured that attempts really leave at.
  private static final long LOOK = TimeUnit.SECONDS.toNanos(1);

  /// Packets where nobody can say what is lost: right up to a loss of 10 %.
  private static final int UNKNOWN_LOSS = 6;

  /// Answers in a row that came too late to be learnt from.
  private static final int FAR = 4;

  private static final long LONGEST_SHORT = TimeUnit.SECONDS.toNanos(1);

  /// A SYN is sent again after 1 s (RFC 6298 section 2; Linux: TCP_TIMEOUT_INIT), and Linux answers
  /// with ICMP once a second (icmp_ratelimit).
  private static final long LONG = TimeUnit.MILLISECONDS.toNanos(1400);

  private final String vantage;
  private final InetAddress address;
  private final Canaries canaries;
  private final Neighbourhood neighbours;
  private final Pace pace;
  private final Random random;
  private final RateGuard rates;
  private final RoundTripTime rtt = new RoundTripTime();
  private int lateInRow;
  private final Map<Phase, Control> controls = new EnumMap<>(Phase.class);
  private final Consumer<Attempt> urgent;

  /// Canaries that were sent and are not counted, oldest first.
  private final Deque<Ask> underWay = new ArrayDeque<>();

  private @Nullable Bracket last;

  /// Asked to see whether the address is back.
  private @Nullable Bracket trial;

  private long sent;

  /// Attempts a second that really left lately.
  private double leaving = Double.MAX_VALUE;

  private int leftInLook;
  private long lookedAt = Long.MIN_VALUE / 2;
  private long proven;
  private int credit = FIRST_CREDIT;
  private int failedInRow;
  private long pausedUntil;
  private boolean recovering;
  private boolean lost;
  private boolean ended;
  private boolean waits;
  private boolean rateMade;
  private boolean suspicious;
  private boolean refusesWhatWasOpen;
  private long refused;
  private long confirmed;
  private int lastPort;

  /// Attempts on ports that answered in the end.
  private final Loss ofPorts = new Loss();

  private Loss sampled = new Loss();
  private long sampledAt;
  private int packets = UNKNOWN_LOSS;

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
    this.pace = pace;
    this.random = random;
    this.urgent = urgent;
    this.rates = new RateGuard(pace.perTargetPerSecond(), Math.min(5, pace.perTargetPerSecond()));
    neighbours.join(this);
  }

  Canaries canaries() {
    return canaries;
  }

  /// What canaries of this address lost, but for what our own rate made them lose.
  Loss loss() {
    return rates.steady();
  }

  /// Attempts a second that the address may be asked.
  double perSecond() {
    return rates.perSecond();
  }

  /// The address answered before, and does not any more.
  boolean isLost() {
    return lost;
  }

  /// Whether a rate was found to lose packets since the last call.
  boolean foundRateMade() {
    boolean found = rateMade;
    if (found) {
      ofPorts.clear();
    }
    rateMade = false;
    return found;
  }

  /// Takes what any attempt heard.
  ///
  /// @param before packets that were sent to the port before
  void heard(Prober prober, int port, Answer answer, int before) {
    if (answer.outcome() instanceof Heard heard) {
      timed(answer);
      boolean first = !canaries.isKnown();
      canaries.offer(prober, port, heard, before);
      if (first && canaries.isKnown() && !ended) {
        proven = sent;
        lastPort = port;
        note(Phase.BEFORE, true, "port " + port + " answers");
      }
    }
  }

  /// The newest bracket; null before the first.
  @Nullable Bracket last() {
    return last;
  }

  /// A port of the address is asked. What canaries themselves send uses up no credit: a wide
  /// bracket would use up all of it, and nobody would ask for the next.
  void sent() {
    sent++;
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

  /// Whether the ports of the address may be asked now.
  boolean maySend(long now) {
    return !lost
        && !recovering
        && now - pausedUntil >= 0
        && (last == null || !last.wasAsked() || sent - proven < credit);
  }

  /// How long until [#maySend] may turn true by itself.
  long nanosUntilMaySend(long now) {
    return Math.max(0, pausedUntil - now);
  }

  /// Sending waits for a canary.
  boolean isOutOfCredit() {
    return last != null && last.wasAsked() && sent - proven >= credit;
  }

  /// Attempts in a window: as many as there are canaries for, and up to half more or less, at
  /// random. A canary after every so many attempts falls into step with a limiter that lets every
  /// so many packets pass: it is never lost, and the same ports always are.
  ///
  /// @param work attempts that are still to be made, about
  int windowSize(long work) {
    int left = canaries.left() + neighbours.lendable(this);
    int small = Math.clamp(credit / 2, 16, 64);
    long scarce = left == 0 ? small : work / left;
    int usual = Math.clamp(scarce, small, 4096);
    int size = usual / 2 + random.nextInt(usual + 1);
    credit = Math.max(credit, 2 * size);
    return size;
  }

  /// Asks canaries, to close the window before and to open the next.
  Bracket bracket(boolean atTheEnd) {
    Bracket bracket = new Bracket(sent, atTheEnd, isGuarded());
    last = bracket;
    ask(bracket, atTheEnd);
    if (!bracket.wasAsked()) {
      bracket.pass();
      proven = sent;
    }
    return bracket;
  }

  private void ask(Bracket bracket, boolean atTheEnd) {
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
        && sample().asked() < SAMPLE
        && (last == null || last.isDecided())
        && (early ? hasMany() : canaries.left() > 0);
  }

  /// What was seen of the loss is not too much, and what it may be is, since so few were asked.
  private boolean isTooHighForNow() {
    Loss sample = sample();
    return sample.asked() < MOST_SAMPLED
        && Attempts.tooHigh(sample.upperBound())
        && !Attempts.tooHigh((double) sample.lost() / Math.max(1, sample.asked()));
  }

  /// Many at first, where they cost nobody anything, so that the loss is soon known; then one.
  private int width() {
    int missing = (isTooHighForNow() ? MOST_SAMPLED : SAMPLE) - sample().asked();
    return hasMany() && missing > 0 ? Math.clamp(missing / GATHERED_IN, 1, WIDEST) : 1;
  }

  private boolean hasMany() {
    return canaries.resetsLeft() >= SAMPLE / 2 || canaries.left() >= 4 * SAMPLE;
  }

  /// A canary on its way.
  private final class Ask extends Attempt {
    private final Bracket bracket;
    private final Guard owner;
    private final Canary canary;
    private final boolean atTheEnd;
    private final long refusedBefore;
    private final boolean repeated;
    private Landing landing = Landing.NOT_YET;

    Ask(Bracket bracket, Guard owner, Canary canary, boolean atTheEnd) {
      super(canary.prober(), canary.port());
      this.bracket = bracket;
      this.owner = owner;
      this.canary = canary;
      this.atTheEnd = atTheEnd;
      this.refusedBefore = owner.refused;
      this.repeated = bracket.tries() > 0 || recovering;
    }

    @Override
    boolean isSample() {
      return !repeated && !atTheEnd;
    }

    @Override
    void start(Batch by, InetAddress at, @Nullable Host of, long now) {
      owner.underWay.add(this);
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
        lastPort = canary.port();
      }
      if (bracket.landed(held)) {
        held(bracket);
      } else if (bracket.isExhausted()) {
        notHeld(bracket, atTheEnd, now);
      }
    }
  }

  /// What became of a canary, for the statistics.
  private enum Landing {
    NOT_YET,
    HELD,
    LOST,
    /// It tells nothing of the path or of the rate.
    NOTHING
  }

  /// What one canary tells of the path and of the rate. One that is asked again comes after a rest,
  /// when whatever limits the rate lets it pass: it would speak for attempts that had no rest.
  ///
  /// They are counted in the order in which they were sent. An answer is known sooner than a loss:
  /// counted as they come, the losses of many that were sent together would look like more and more
  /// loss.
  private void count(Ask ask, Answer answer, boolean held, long now) {
    if (answer.outcome() instanceof Heard) {
      timed(answer);
    }
    boolean otherwise = !held && !(answer.outcome() instanceof Outcome.Silent);
    boolean tells = !ask.canary.isSlow() && !ask.repeated && !otherwise;
    ask.landing = !tells ? Landing.NOTHING : held ? Landing.HELD : Landing.LOST;
    for (Ask first = underWay.peek();
        first != null && first.landing != Landing.NOT_YET;
        first = underWay.peek()) {
      underWay.remove();
      if (first.landing != Landing.NOTHING) {
        count(first.landing == Landing.HELD, first.sentAt(), now);
      }
    }
  }

  private void count(boolean held, long sentAt, long now) {
    neighbours.counted();
    rates.leaving(leaving);
    if (rates.canary(held, sentAt, now) == RateGuard.Verdict.RATE_MADE) {
      rateMade = true;
      neighbours.limit(this, rates.perSecond(), now);
    }
  }

  /// A neighbour was found to be limited.
  void limit(double perSecond, long now) {
    rateMade |= rates.limit(perSecond, now);
  }

  /// A ban may refuse what was open before, and then every refusal is a lie: only open ports tell.
  private void compare(Ask ask, boolean held, Outcome outcome) {
    if (held && ask.canary.isOpen()) {
      suspicious = false;
      confirmed = ask.refusedBefore;
    } else if (!held && outcome instanceof Heard) {
      if (ask.canary.isOpen()) {
        suspicious = true;
        refusesWhatWasOpen = true;
      } else {
        canaries.retire(ask.canary);
      }
    }
  }

  /// Whether, since the last call, a port that was open refused.
  boolean foundChangedSides() {
    boolean found = refusesWhatWasOpen;
    refusesWhatWasOpen = false;
    return found;
  }

  /// An attempt on the address was refused.
  void refused() {
    refused++;
  }

  /// So many refusals came before an open port still was open.
  long confirmed() {
    return confirmed;
  }

  /// Refusals so far.
  long refusals() {
    return refused;
  }

  private void held(Bracket bracket) {
    proven = Math.max(proven, bracket.sentBefore());
    credit = Math.min(2 * credit, Math.max(FIRST_CREDIT, pace.inFlightPerTarget()));
    failedInRow = 0;
    recovering = false;
    if (bracket.provesItself()) {
      note(Phase.DURING, true, told());
    }
  }

  private void notHeld(Bracket bracket, boolean atTheEnd, long now) {
    if (bracket.tries() < tries()) {
      ask(bracket, atTheEnd);
      if (!bracket.isExhausted()) {
        return;
      }
    }
    bracket.fail();
    // Those that were under way when the first of them failed tell of the same moment.
    if (!recovering || bracket == trial) {
      fell(atTheEnd, now);
    }
  }

  private void fell(boolean atTheEnd, long now) {
    credit = FIRST_CREDIT;
    failedInRow++;
    recovering = true;
    long pause =
        failedInRow > 1 ? PAUSE << Math.min(3, failedInRow - 2) : atTheEnd ? SLOW_PAUSE : 0;
    pausedUntil = now + pause + random.nextLong(1 + pause / 3);
    if (failedInRow >= FAILURES) {
      lose(
          "port "
              + lastPort
              + (suspicious
                  ? " was open before, and refuses now"
                  : " answered before, and does not any more"));
    }
  }

  /// Nothing more is to be sent to it, and nothing is learnt from it.
  void leave(String why) {
    if (!lost) {
      lose(why);
    }
  }

  private void lose(String why) {
    lost = true;
    note(Phase.AFTER, false, why);
  }

  /// So many that a path that only loses packets hardly ever fails a bracket.
  private int tries() {
    Loss sample = sample();
    if (sample.lost() == 0) {
      return 2;
    }
    double loss = Math.min(0.7, (double) sample.lost() / sample.asked());
    return Math.clamp((long) Math.ceil(Math.log(BAD_LUCK) / Math.log(loss)), 2, MOST_TRIES);
  }

  /// Looks whether a pause is over; then a canary tells whether to go on.
  void recover(long now) {
    boolean waits = last != null && !last.isDecided();
    if (lost || waits || now - pausedUntil < 0) {
      return;
    }
    if (!recovering && isOutOfCredit()) {
      // An older bracket held after a newer one had failed: nothing else would ask again.
      bracket(false);
    }
    if (!recovering) {
      return;
    }
    Bracket next = bracket(true);
    trial = next;
    if (!next.wasAsked()) {
      lose(
          canaries.isKnown()
              ? "port " + lastPort + " did not answer any more, and no other may be asked as often"
              : "its neighbours do not answer any more, and itself it never did");
    }
  }

  boolean isRecovering() {
    return recovering;
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
      note(Phase.AFTER, true, told());
    }
  }

  private String told() {
    Loss own = rates.steady();
    return "port "
        + lastPort
        + " still answers; "
        + (own.asked() - own.lost())
        + " of "
        + own.asked()
        + " canaries did";
  }

  private void note(Phase phase, boolean holds, String detail) {
    controls.put(
        phase, new Control(vantage, address, Kind.POSITIVE, phase, lastPort, holds, detail));
  }

  /// In the order of their phases; one that says so where nothing that may be asked again answered.
  List<Control> controls() {
    if (!controls.isEmpty()) {
      return List.copyOf(controls.values());
    }
    String detail = "nothing on this address answered that may be asked again";
    return List.of(new Control(vantage, address, Kind.POSITIVE, Phase.AFTER, 0, false, detail));
  }

  /// The canaries that say how much is lost on the way: its own where they are enough or show
  /// something that those of its neighbours do not explain.
  private Loss sample() {
    // Asked for at every attempt: worked out anew when a sixteenth of it is new.
    if (neighbours.asked() - sampledAt > sampled.asked() / 16) {
      resample();
    }
    return sampled;
  }

  private void resample() {
    sampledAt = neighbours.asked();
    sampled = new Loss();
    sampled.add(chosen());
    packets =
        sampled.asked() == 0
            ? UNKNOWN_LOSS
            : Math.min(Attempts.MOST_PACKETS, Attempts.packets(sampled.upperBound()));
  }

  private Loss chosen() {
    Loss canaries = ofCanaries();
    boolean explained =
        canaries.asked() == 0
            || ofPorts.lost() == 0
            || canaries.chance(ofPorts.asked(), ofPorts.lost()) > UNUSUAL;
    return explained ? canaries : ofPorts;
  }

  /// A port answered after so many silent attempts on a way that was open: had it not, its silence
  /// would have been taken for blocked. The first says nothing: its wait is shorter than those of
  /// others. What an ICMP error answers, or may have, is no such port: those are limited.
  void answeredAfter(int silent, Heard heard) {
    if (silent > 0 && heard.icmp().isEmpty() && canaries.proves(heard)) {
      for (int i = 1; i < silent; i++) {
        ofPorts.count(false);
      }
      ofPorts.count(true);
      sampledAt = Math.min(sampledAt, neighbours.asked() - sampled.asked() / 16 - 1);
    }
  }

  private Loss ofCanaries() {
    Loss own = rates.steady();
    if (own.asked() >= SAMPLE && !Attempts.tooHigh(own.upperBound())) {
      return own;
    }
    // Too few of its own may make of one half that is lost what may be too much.
    Loss all = neighbours.loss();
    return own.asked() > 0 && !all.explains(own.asked(), own.lost()) ? own : all;
  }

  /// The most that is lost on the way, 0..1; 1 where nobody knows.
  double lossBound() {
    return sample().upperBound();
  }

  /// Whether nobody could say so far what is lost on the way.
  boolean isUnsounded() {
    return sample().asked() == 0;
  }

  /// Whether no canary of quite a few stayed silent: then what a path loses cannot depend much on
  /// source ports, of which each canary had one of its own.
  boolean lostNothing() {
    return sample().lost() == 0 && sample().asked() >= FEW;
  }

  /// Silent packets that make a silence.
  int packets() {
    sample();
    return packets;
  }

  /// Why no silence of this address can be believed, however often it is asked.
  Optional<String> tooLossy() {
    resample();
    Loss sample = sample();
    return losesTooMuch()
        ? Optional.of(
            "the path loses too much to tell silence from loss: "
                + sample.lost()
                + " of "
                + sample.asked()
                + " canaries did not answer")
        : Optional.empty();
  }

  /// Whether silence could not be believed if this were the end.
  boolean losesTooMuch() {
    Loss sample = sample();
    return sample.lost() > 0 && Attempts.tooHigh(sample.upperBound());
  }

  /// Whether loss on the way explains that `silent` of `attempts` were silent.
  boolean lossExplains(int attempts, int silent) {
    Loss sample = sample();
    return sample.asked() == 0 || sample.explains(attempts, silent);
  }

  /// @param attempts silent ones so far on the port
  /// @param missing packets that are still to be sent before it is a silence
  long patienceNanos(int attempts, int missing) {
    if (missing <= 2) {
      return Math.max(LONG, rtt.known() ? LONGEST_SHORT + rtt.patienceNanos() : 0);
    }
    if (isFar()) {
      return LONG;
    }
    // Whoever is known to take longer than a second may take longer.
    return rtt.known()
        ? Math.min(
            Math.clamp(rtt.patienceNanos(), LONGEST_SHORT, LONG),
            rtt.patienceNanos() * Math.min(attempts + 1, 2))
        : pace.attempts().get(Math.min(attempts, pace.attempts().size() - 1)).toNanos();
  }

  /// Whether an answer to the SYN that the kernel sends after a second would be heard.
  boolean hearsSecond(long patience) {
    return !isFar() && (!rtt.known() || patience >= LONGEST_SHORT + rtt.patienceNanos());
  }

  /// Whether answers take so long that none is learnt from. Where half of all packets are lost, a
  /// third of the answers that come within [#LONG] answer the second SYN: four in a row are
  /// unlikely.
  private boolean isFar() {
    return lateInRow >= FAR;
  }

  private void timed(Answer answer) {
    long nanos = TimeUnit.MICROSECONDS.toNanos(answer.rttMicros());
    rtt.heard(nanos);
    lateInRow = RoundTripTime.isAmbiguous(nanos) ? Math.min(FAR, lateInRow + 1) : 0;
  }

  /// As long as the shorter attempts on silent ports; after a failure longer, since a path that has
  /// become slow answers all the same.
  long canaryPatience() {
    return rtt.known() && !recovering && !isFar()
        ? Math.clamp(2 * rtt.patienceNanos(), TimeUnit.MILLISECONDS.toNanos(200), LONG)
        : LONG;
  }

  PathReport report() {
    Loss sample = sample();
    return new PathReport(
        vantage,
        address,
        sample.asked(),
        sample.lost(),
        sample.upperBound(),
        Math.max(3, packets() - 1),
        rates.slowed());
  }

  @Override
  public String toString() {
    return vantage + " to " + AddressText.of(address);
  }
}
