package io.k8sfw.probes.batch;

import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.pacing.TokenBucket;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The ports of one target on their way from unasked to settled. A pass asks every port that is due
/// once; then it is either kept, or voided and asked again.
///
/// Ports are meant by their place in the target's set. One thread only.
final class Lane {
  /// Connects after an open that came after silence.
  private static final int RECOUNT = 3;

  /// Tries of one attempt that failed for lack of something on this machine.
  private static final int TRIES = 8;

  /// What the last answers may still take.
  private static final double NOT_YET = 0.95;

  private static final long BACKOFF = TimeUnit.MILLISECONDS.toNanos(100);

  private final Target target;
  private final Prober prober;
  private final Host host;
  private final TokenBucket bucket;
  private final Tally tally;
  private final BitSet due;
  private final BitSet silent = new BitSet();
  private final BitSet doubtful = new BitSet();
  private final PriorityQueue<Ask> again =
      new PriorityQueue<>(Comparator.comparingLong(Ask::notBefore));
  private final Map<Integer, Recount> recounts = new HashMap<>();
  private Permutation order;
  private int cursor;
  private int silentPasses;
  private int inFlight;
  private int settled;

  /// One attempt to make.
  ///
  /// @param tries how often it was tried before, and failed on our side
  /// @param recount it belongs to a recount, not to the pass
  record Ask(int place, int tries, boolean recount, long notBefore) {}

  /// @param answered opens, the first included
  private record Recount(int sent, int answered, int left, int rttMicros) {}

  Lane(Target target, Prober prober, Host host, TokenBucket bucket) {
    this.target = target;
    this.prober = prober;
    this.host = host;
    this.bucket = bucket;
    this.tally = new Tally(target.ports());
    this.due = new BitSet(tally.size());
    this.order = new Permutation(tally.size(), 0);
    for (int place = 0; place < tally.size(); place++) {
      int port = tally.port(place);
      if (target.guarded().contains(port)) {
        settle(place, unmeasured(guarded(port)), -1);
      } else {
        due.set(place);
      }
    }
  }

  private static String guarded(int port) {
    String harm = port == 179 ? "it can reset a BGP session" : "a connect there can do harm";
    return "port "
        + port
        + " is not connected to: "
        + harm
        + ", and nothing proves that nobody listens";
  }

  Target target() {
    return target;
  }

  Prober prober() {
    return prober;
  }

  Host host() {
    return host;
  }

  TokenBucket bucket() {
    return bucket;
  }

  int inFlight() {
    return inFlight;
  }

  /// How far the lane is, in ports: those whose state is known or known to be unknowable, and of
  /// the rest the share of `passes` that is behind them. All ports when it is done.
  long advance(int passes) {
    int open = tally.size() - settled;
    double ofPass = tally.size() == 0 ? 0 : (double) cursor / tally.size();
    return settled + (long) (open * Math.min(1, (silentPasses + ofPass) / passes) * NOT_YET);
  }

  boolean hasDue() {
    return !due.isEmpty();
  }

  /// Starts to ask every port that is due, in an order of `seed`'s.
  void startPass(long seed) {
    silent.clear();
    doubtful.clear();
    order = new Permutation(tally.size(), seed);
    cursor = 0;
  }

  /// Whether the pass still has something to send, now or later.
  boolean hasMore() {
    while (cursor < tally.size() && !due.get(order.at(cursor))) {
      cursor++;
    }
    return cursor < tally.size() || !again.isEmpty();
  }

  boolean passed() {
    return inFlight == 0 && !hasMore();
  }

  /// The next attempt to make; it counts as in flight from now on. Null when there is none now.
  @Nullable Ask next(long now) {
    Ask waiting = again.peek();
    if (waiting != null && waiting.notBefore() - now <= 0) {
      inFlight++;
      return again.poll();
    }
    if (!hasMore() || cursor >= tally.size()) {
      return null;
    }
    inFlight++;
    return new Ask(order.at(cursor++), 0, false, now);
  }

  int port(Ask ask) {
    return tally.port(ask.place());
  }

  /// Takes the end of an attempt.
  ///
  /// @param gapNanos between attempts on the same port
  void take(Ask ask, Answer answer, long now, long gapNanos) {
    inFlight--;
    if (answer.outcome() instanceof Fault fault && fault.passing() && ask.tries() + 1 < TRIES) {
      long backoff = BACKOFF << ask.tries();
      again.add(new Ask(ask.place(), ask.tries() + 1, ask.recount(), now + backoff));
    } else if (ask.recount()) {
      recounted(ask.place(), answer.outcome(), now, gapNanos);
    } else {
      passTook(ask.place(), answer, now, gapNanos);
    }
  }

  private void passTook(int place, Answer answer, long now, long gapNanos) {
    switch (answer.outcome()) {
      case Outcome.Silent _ -> silent.set(place);
      case Fault fault -> settle(place, unmeasured(fault.cause()), -1);
      case Heard heard -> {
        host.canaries().offer(prober, tally.port(place), heard);
        settle(place, measured(heard, silentPasses + 1, 1, false), answer.rttMicros());
        if (heard.state() != PortState.OPEN) {
          doubtful.set(place);
        } else if (silentPasses > 0 && target.protocol().equals(Protocol.TCP)) {
          recounts.put(place, new Recount(silentPasses + 1, 1, RECOUNT, answer.rttMicros()));
          again.add(new Ask(place, 0, true, now + gapNanos));
        }
      }
    }
  }

  /// A port that opens after silence lost a packet, or changes its mind: only more tries tell.
  private void recounted(int place, Outcome outcome, long now, long gapNanos) {
    Recount before = recounts.get(place);
    if (before == null) {
      throw new IllegalStateException("a recount that nobody began");
    }
    boolean open = outcome instanceof Heard heard && heard.state() == PortState.OPEN;
    boolean asked = !(outcome instanceof Fault);
    Recount after =
        new Recount(
            before.sent() + (asked ? 1 : 0),
            before.answered() + (open ? 1 : 0),
            before.left() - 1,
            before.rttMicros());
    if (after.left() > 0) {
      recounts.put(place, after);
      again.add(new Ask(place, 0, true, now + gapNanos));
      return;
    }
    recounts.remove(place);
    boolean steady = after.answered() == after.sent() - silentPasses;
    settle(
        place,
        measured((Heard) Outcome.OPEN, after.sent(), after.answered(), !steady),
        after.rttMicros());
  }

  private static Measured measured(Heard heard, int sent, int answered, boolean unstable) {
    return new Measured(heard.state(), heard.reason(), heard.icmp(), sent, answered, unstable);
  }

  private static Unmeasured unmeasured(String cause) {
    return new Unmeasured(Untrusted.of(cause));
  }

  private void settle(int place, Observation observation, int rttMicros) {
    if (tally.at(place) == null) {
      settled++;
    }
    tally.put(place, observation, rttMicros);
  }

  /// Believes the pass: what was silent in it is due again.
  void keepPass() {
    due.clear();
    due.or(silent);
    silentPasses++;
  }

  /// Forgets every silence and refusal of the pass: they are due again, as if never asked.
  void voidPass() {
    due.clear();
    due.or(silent);
    due.or(doubtful);
    doubtful.stream()
        .forEach(place -> {
          tally.clear(place);
          settled--;
        });
  }

  /// Gives up on every silence and refusal of the pass.
  void giveUp(String cause) {
    Unmeasured unmeasured = unmeasured(cause);
    silent.or(doubtful);
    silent.stream().forEach(place -> settle(place, unmeasured, -1));
    due.clear();
  }

  /// Silence in every pass is what was to be learnt.
  void settleSilences() {
    boolean tcp = target.protocol().equals(Protocol.TCP);
    Measured silence =
        new Measured(
            tcp ? PortState.FILTERED : PortState.OPEN_FILTERED,
            Reason.NO_RESPONSE,
            Optional.empty(),
            Math.max(1, silentPasses),
            Math.max(1, silentPasses),
            false);
    due.stream().forEach(place -> settle(place, silence, -1));
    due.clear();
  }

  /// @param otherwise of ports that were not settled
  List<PortRun> runs(String otherwise) {
    return tally.runs(unmeasured(otherwise));
  }
}
