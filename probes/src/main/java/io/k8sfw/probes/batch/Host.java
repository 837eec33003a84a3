package io.k8sfw.probes.batch;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.pacing.TokenBucket;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Outcome.Silent;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One target under way: sends its ports window by window, and believes a window when its guard
/// does.
///
/// UDP has no windows: its silence proves nothing anyway.
final class Host {
  /// Buckets hold what comes in this part of a second: what a scheduler's hiccup may catch up.
  private static final int BURST_PART = 20;

  /// Linux answers no faster with ICMP (icmp_ratelimit, icmp(7)).
  private static final double UDP_PER_SECOND = 1;

  private static final double UDP_BURST = 5;
  private static final long WINDOW_AGE = TimeUnit.MILLISECONDS.toNanos(250);

  /// Attempts that a slow rate puts into a window, and up to half more or less: see
  /// [Guard#windowSize].
  private static final int SLOW_WINDOW = 16;

  /// Attempts that go before a canary, on the average.
  private static final int LET_GO_FIRST = 16;

  /// Windows in a row that were void, although the address answers now and then.
  private static final int MOST_VOIDED = 200;

  /// Attempts on each port where silence proves nothing: a lost packet hides no open port.
  private static final int FORLORN_ATTEMPTS = 2;

  private static final String OFF_LIMITS =
      "the agent on the node is gone: nobody can tell how full connection tracking is there";

  private static final long BACKOFF = TimeUnit.MILLISECONDS.toNanos(100);

  /// Tries of one attempt that failed for lack of something on this machine.
  private static final int TRIES = 8;

  /// When the kernel sends its second SYN (`TCP_TIMEOUT_INIT`, include/net/tcp.h).
  private static final long RESEND = TimeUnit.SECONDS.toNanos(1);

  /// The longest wait in which no second packet counts.
  private static final long ONE_PACKET = TimeUnit.MILLISECONDS.toNanos(1100);

  private final Target target;
  private final Prober prober;
  private final Pace pace;
  private final Random random;
  private final Lane lane;
  private final Guard guard;
  private final TokenBucket bucket;
  private final Deque<Attempt> urgent = new ArrayDeque<>();
  private final List<Window> closed = new ArrayList<>();

  /// Places that were refused since a port was last seen to be still open.
  private final Window.Places unconfirmed = new Window.Places();

  private @Nullable TwinWindow current;

  /// Until then the first answer is waited for; 0 before anything was asked.
  private long listensUntil;

  private double rate;
  private int inFlight;
  private boolean unguarded;

  /// Somebody may tell what arrives there, even if nothing is answered.
  private boolean watched = true;

  private boolean offLimits;

  private boolean scouted;
  private int voidedInRow;
  private final @Nullable NegativeControl negative;
  private final boolean sharesEntries;

  private boolean done;

  Host(
      ProbeOrder order,
      Target target,
      Prober prober,
      Canaries canaries,
      Neighbourhood neighbours,
      Random random,
      long now) {
    this.target = target;
    this.prober = prober;
    this.pace = order.pace();
    this.sharesEntries = Effort.sharesEntries(order);
    this.random = random;
    this.negative = isTcp() ? new NegativeControl(order, target) : null;
    this.lane =
        negative == null
            ? new Lane(target, new int[0], new int[0], random.nextLong())
            : new Lane(
                target, negative.pair(Phase.BEFORE), negative.pair(Phase.AFTER), random.nextLong());
    this.guard =
        new Guard(
            order.vantage(), target.address(), canaries, neighbours, pace, random, urgent::add);
    this.rate = isTcp() ? guard.rate().perSecond() : UDP_PER_SECOND;
    this.bucket = new TokenBucket(rate, isTcp() ? rate / BURST_PART : UDP_BURST, now);
  }

  private boolean isTcp() {
    return target.protocol().equals(Protocol.TCP);
  }

  Target target() {
    return target;
  }

  InetAddress address() {
    return target.address();
  }

  Guard guard() {
    return guard;
  }

  Lane lane() {
    return lane;
  }

  TokenBucket bucket() {
    return bucket;
  }

  boolean isDone() {
    return done && urgent.isEmpty() && inFlight == 0;
  }

  /// The next attempt to make; it counts as in flight from now on. Null when there is none now.
  ///
  /// @param mayTakeEntries whether connection tracking tables have room; where not, only attempts
  ///   that share the entry of an earlier one are made
  @Nullable Attempt next(long now, boolean mayTakeEntries) {
    if (inFlight >= pace.inFlightPerTarget()) {
      return null;
    }
    Attempt attempt = !mayTakeEntries || lets() ? null : nextUrgent();
    if (attempt == null && !done && guard.maySend(now) && !listens(now)) {
      attempt = nextOfLane(now, mayTakeEntries);
    }
    if (attempt == null && mayTakeEntries) {
      attempt = nextUrgent();
    }
    if (attempt != null) {
      inFlight++;
      guard.rate().leaves(now);
    }
    return attempt;
  }

  /// Whether a canary lets ordinary attempts go first. One that always came first after a pause
  /// would always find what a limiter lets pass then: it has to be in no better place than others.
  private boolean lets() {
    Attempt first = urgent.peek();
    return first != null
        && first.isSample()
        && (current == null || !current.isEarly())
        && random.nextInt(urgent.size() + LET_GO_FIRST) >= urgent.size();
  }

  private @Nullable Attempt nextUrgent() {
    Attempt attempt = urgent.poll();
    if (attempt != null && current != null && current.isClosing()) {
      endCurrent();
    }
    return attempt;
  }

  /// @param mayTakeEntries whether there is room for an attempt from a source port of its own
  private @Nullable Attempt nextOfLane(long now, boolean mayTakeEntries) {
    boolean follow = sharesEntries && (guard.path().lostNothing() || isForlorn());
    Lane.Ask ask = lane.next(now, follow, mayTakeEntries);
    if (ask == null) {
      return null;
    }
    if (listensUntil == 0) {
      listensUntil = now + pace.attempts().getFirst().toNanos();
    }
    TwinWindow window = current;
    if (window == null) {
      int size = isTcp() ? guard.windowSize(lane.work()) : SLOW_WINDOW;
      double slow = Math.min(SLOW_WINDOW, rate);
      int enough = (int) Math.ceil(slow * (0.5 + random.nextDouble()));
      window = new TwinWindow(guard.last(), size, enough, now);
      current = window;
    }
    guard.sent();
    long patience = patienceNanos(ask.place());
    return new Probe(ask, patience, window.began(patience > ONE_PACKET));
  }

  /// Whether the bulk of the ports waits a moment for an answer to the first ones: what is silent
  /// before anybody was heard has to be asked again.
  private boolean listens(long now) {
    return isTcp() && listensUntil - now > 0 && !guard.isGuarded() && lane.hasBegunFirst();
  }

  private long patienceNanos(int place) {
    return isTcp()
        ? guard.patienceNanos(lane.silences(place), packets() - lane.packets(place))
        : pace.attempts().getLast().toNanos();
  }

  /// An attempt on a port of the lane.
  private final class Probe extends Attempt {
    private final Lane.Ask ask;
    private final Window window;
    private final long patience;
    private final boolean twice;
    private final boolean inTheDark = !guard.canaries().isKnown();

    Probe(Lane.Ask ask, long patience, Window window) {
      super(prober, lane.port(ask.place()));
      this.ask = ask;
      this.patience = patience;
      this.twice = isTcp() && patience > ONE_PACKET && guard.hearsSecond(patience);
      this.window = window;
    }

    @Override
    long patienceNanos() {
      return patience;
    }

    @Override
    @Nullable Trail follows() {
      return ask.trail();
    }

    @Override
    void landed(Answer answer, long now) {
      window.ended();
      if (done) {
        // It was given up meanwhile: no bracket to come would tell whether that is to be believed.
        return;
      }
      if (!(answer.outcome() instanceof Fault)) {
        lane.asked(ask.place(), patience > RESEND ? 2 : 1);
      }
      if (sharesEntries && answer.outcome() instanceof Silent && answer.source() > 0) {
        lane.leave(ask.place(), new Trail(answer.source(), now));
      }
      switch (answer.outcome()) {
        case Fault fault when fault.passing() && ask.tries() + 1 < TRIES ->
            lane.retry(ask, now + (BACKOFF << ask.tries()));
        case Fault fault -> lane.fault(ask.place(), fault.cause());
        case Silent _ -> silent();
        case Heard heard -> heard(heard, answer, now);
      }
    }

    private void silent() {
      whereSilent().add(ask.place());
      if (inTheDark) {
        lane.silentInTheDark(ask.place());
      }
    }

    private void heard(Heard heard, Answer answer, long now) {
      guard.heard(prober, port(), answer, lane.asked(ask.place()) - 1);
      if (!ask.recount()) {
        guard.answeredAfter(lane.silencesInTheLight(ask.place()), heard);
      }
      if (heard.state() == PortState.OPEN) {
        lane.open(ask, heard, answer.rttMicros(), guard.path(), now + gap(1));
      } else if (ask.recount()) {
        lane.notOpen(ask.place(), guard.path(), now + gap(1));
      } else {
        lane.refused(ask.place(), heard, answer.rttMicros());
        window.refused().add(ask.place());
        guard.refusals().refused();
        unconfirmed.add(ask.place());
        scout();
      }
    }

    /// A SYN that is not answered for a second is sent again.
    private Window.Places whereSilent() {
      if (ask.recount()) {
        return window.recountedSilent();
      }
      return twice ? window.silentTwice() : window.silent();
    }
  }

  private void scout() {
    if (negative == null || scouted || !negative.resets(lane)) {
      return;
    }
    scouted = true;
    for (int port : negative.scouts()) {
      urgent.add(new Scout(port));
    }
  }

  /// An attempt on a port that is likely to do as a canary.
  private final class Scout extends Attempt {
    Scout(int port) {
      super(prober, port);
    }

    @Override
    long patienceNanos() {
      return guard.canaryPatience();
    }

    @Override
    void landed(Answer answer, long now) {
      guard.heard(prober, port(), answer, 0);
    }
  }

  private int packets() {
    return isTcp() ? guard.path().packets() : pace.attempts().size();
  }

  /// Between attempts on the same port: longer with each, and up to a third more, so that they do
  /// not fall into step with something that comes and goes.
  private long gap(int attempts) {
    long gap = pace.gap().toNanos() / 2 * (1 + Math.min(attempts, 7));
    return gap + random.nextLong(1 + gap / 3);
  }

  void ended() {
    inFlight--;
  }

  /// @param byWatchers whether anybody may tell what arrives there, even if nothing is answered
  /// @param never nothing more is to be sent there
  void overseen(boolean byWatchers, boolean never) {
    watched = byWatchers;
    offLimits = never;
  }

  /// Whether nobody can tell that anything arrives: silence proves nothing then, and ports are
  /// asked for the sake of an answer alone.
  private boolean isForlorn() {
    return isTcp() && !watched && !guard.isGuarded() && guard.path().isUnsounded();
  }

  /// Whether a port that stayed silent is asked again, although it is not known to be blocked.
  private boolean isWorthAsking(int place) {
    return lane.silences(place) < FORLORN_ATTEMPTS || lane.isSampled(place) || !isForlorn();
  }

  /// This machine stalled: what was under way is not to be believed.
  void stalled() {
    if (current != null) {
      current.doubt();
    }
    closed.forEach(Window::doubt);
  }

  /// Does what is due: closes windows, asks canaries, believes or repeats what was silent, and
  /// notices the end.
  void turn(long now) {
    if (done) {
      return;
    }
    confirm(now);
    if (guard.foundRateMade()) {
      stalled();
      lane.forgetSilences();
    }
    if (isTcp() && guard.rate().perSecond() != rate) {
      rate = guard.rate().perSecond();
      bucket.rate(rate, rate / BURST_PART, now);
    }
    if (current != null && !current.isClosing() && isFull(current, now)) {
      close(current);
    }
    judge(now);
    if (isTcp() && current == null && !lane.hasNow(now) && guard.canLearnMore(true)) {
      guard.bracket(false);
    }
    guard.recover(now);
    if (offLimits) {
      guard.leave(OFF_LIMITS);
      giveUp(OFF_LIMITS);
    } else if (guard.isLost()) {
      giveUp(
          guard.controls().stream()
              .filter(c -> !c.holds())
              .map(c -> "positive control lost: " + c.detail())
              .findFirst()
              .orElse("positive control lost"));
    } else if (voidedInRow > MOST_VOIDED) {
      giveUp("this machine was too busy, or the path too unsteady, to believe any silence");
    } else if (!guard.isRecovering()) {
      finish(now);
    }
  }

  /// Refusals are believed for good once a port that was open is still open after them.
  private void confirm(long now) {
    Refusals refusals = guard.refusals();
    unconfirmed.dropFirst((int) (refusals.confirmed() - (refusals.count() - unconfirmed.size())));
    if (refusals.foundChangedSides()) {
      stalled();
      lane.repeat(lane.unsettle(unconfirmed.toArray()), false, now + gap(1));
      unconfirmed.dropFirst(unconfirmed.size());
    }
  }

  private boolean isFull(TwinWindow window, long now) {
    if (!lane.hasNow(now) || (isTcp() && guard.isOutOfCredit())) {
      return true;
    }
    if (isTcp() && window.isEarly() && guard.isGuarded()) {
      return true;
    }
    return window.isFull() || (now - window.opened() > WINDOW_AGE && window.hasEnough());
  }

  /// What is sent until its canary is, still belongs to the window.
  private void close(TwinWindow window) {
    window.close(isTcp() ? guard.bracket(false) : Bracket.NOBODY);
    if (urgent.isEmpty()) {
      endCurrent();
    }
  }

  private void endCurrent() {
    if (current != null) {
      closed.addAll(current.both());
      current = null;
    }
  }

  private void judge(long now) {
    List<Window> decided = closed.stream().filter(Window::isDecided).toList();
    closed.removeAll(decided);
    for (Window window : decided) {
      if (!window.holds()) {
        voidedInRow++;
        lane.repeat(lane.unsettle(window.refused().toArray()), false, now + gap(1));
        repeatSilences(window, now);
      } else if (isTcp() && window.isEarly() && guard.isGuarded()) {
        // Whoever guards now did not answer before it: maybe nobody could be heard then.
        repeatSilences(window, now);
      } else {
        believe(window, now);
      }
    }
  }

  private void believe(Window window, long now) {
    voidedInRow = 0;
    unguarded |= isTcp() && window.isUnguarded() && !guard.isGuarded();
    doubtUnguarded();
    count(window.silent().toArray(), 1, now);
    count(window.silentTwice().toArray(), 2, now);
    for (int place : window.recountedSilent().toArray()) {
      lane.notOpen(place, guard.path(), now + gap(1));
    }
  }

  /// It answers after all, or a neighbour does: what was silent while nobody watched is asked anew.
  private void doubtUnguarded() {
    if (unguarded && guard.isGuarded()) {
      unguarded = false;
      lane.forgetSilences();
    }
  }

  private void count(int[] places, int packetsSent, long now) {
    int needed = packets();
    lane.needs(isTcp() && guard.path().losesTooMuch() ? 0 : needed);
    int most = 0;
    Window.Places again = new Window.Places();
    for (int place : places) {
      lane.silent(place, packetsSent);
      most = Math.max(most, lane.silences(place));
      if (lane.isBelow(place, needed) && isWorthAsking(place)) {
        again.add(place);
      }
    }
    lane.repeat(again.toArray(), false, now + gap(most));
  }

  private void repeatSilences(Window window, long now) {
    lane.repeat(window.silent().toArray(), false, now + gap(1));
    lane.repeat(window.silentTwice().toArray(), false, now + gap(1));
    lane.repeat(window.recountedSilent().toArray(), true, now + gap(1));
  }

  private void finish(long now) {
    boolean busy =
        current != null || !closed.isEmpty() || !urgent.isEmpty() || !lane.isIdle() || inFlight > 0;
    if (busy) {
      return;
    }
    doubtUnguarded();
    if (isTcp() && lane.hasSilent()) {
      if (guard.canLearnMore(false)) {
        guard.bracket(false);
        return;
      }
      if (lane.repeatBelow(packets(), this::isWorthAsking, now + gap(1))) {
        return;
      }
      if (unguarded && guard.waitsForNeighbours()) {
        return;
      }
    }
    if (isTcp() && !guard.endsWell()) {
      guard.bracket(true);
      return;
    }
    guard.end();
    Optional<String> lossy = isTcp() ? guard.path().tooLossy() : Optional.empty();
    lossy.ifPresentOrElse(lane::giveUp, () -> lane.settleSilences(isForlorn()));
    done = true;
  }

  private void giveUp(String cause) {
    endCurrent();
    for (Window window : closed) {
      lane.unsettle(window.refused().toArray());
    }
    lane.unsettle(unconfirmed.toArray());
    closed.clear();
    lane.giveUp(cause);
    done = true;
  }

  /// The audit ends before its time. Nobody will tell of the last refusals any more whether they
  /// are true, although an open port could.
  void interrupt() {
    if (!done && guard.canaries().hasOpen()) {
      lane.unsettle(unconfirmed.toArray());
    }
  }

  /// How long until something is due; 0 when it is.
  long nanosUntilNext(long now) {
    if (inFlight >= pace.inFlightPerTarget()) {
      return Long.MAX_VALUE;
    }
    if (!urgent.isEmpty()) {
      return bucket.nanosUntilNext(now);
    }
    if (done) {
      return Long.MAX_VALUE;
    }
    if (listens(now)) {
      return listensUntil - now;
    }
    if (!guard.maySend(now)) {
      return guard.isRecovering() ? guard.nanosUntilMaySend(now) : Long.MAX_VALUE;
    }
    return Math.max(bucket.nanosUntilNext(now), lane.nanosUntilNext(now));
  }

  /// @param fooled phases in which something connected that does not exist
  List<Control> controls(Set<Phase> fooled) {
    List<Control> controls = new ArrayList<>();
    if (negative != null) {
      controls.addAll(guard.controls());
      controls.addAll(negative.controls(lane, fooled, scouted));
    }
    return controls;
  }

  Optional<PathReport> path() {
    return isTcp() ? Optional.of(guard.report()) : Optional.empty();
  }

  List<PortRun> runs() {
    return lane.runs("interrupted");
  }
}
