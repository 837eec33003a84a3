package io.k8sfw.probes.batch;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The ports of one target on their way from unasked to settled: which to ask next, and what was
/// learnt of each.
///
/// Ports are meant by their place in the target's set. One thread only.
final class Lane {
  /// Ports of ranges that are no wider are asked first: among them are the services, whose answers
  /// are wanted as canaries early.
  private static final int NARROW = 16;

  /// Ports, beside those of narrow ranges, that stand for all others.
  private static final int SAMPLED = 256;

  /// Connects after an open that came after one silence, and after several.
  private static final int FEW_RECOUNTS = 4;

  private static final int RECOUNTS = 12;

  /// Connects to one port, those of canaries apart.
  private static final int MOST_CONNECTS = 24;

  /// A path that loses more is not asked whether a port is steady: loss would explain anything.
  private static final double LOSSY = 0.05;

  /// What the last answers may still take.
  private static final double NOT_YET = 0.95;

  private static final int USUAL_ATTEMPTS = 3;

  private final Target target;
  private final Tally tally;
  private final byte[] silences;
  private final byte[] packets;
  private final byte[] asked;
  private final byte[] inTheDark;
  private final PriorityQueue<Due> again = new PriorityQueue<>(Comparator.comparingLong(Due::at));
  private final Map<Integer, Recount> recounts = new HashMap<>();
  private final Map<Integer, Trail> trails = new HashMap<>();
  private final int[] early;
  private final int[] late;
  private final BitSet isLate;
  private final BitSet sample = new BitSet();
  private final BitSet begun = new BitSet();
  private final Permutation order;
  private final Random random;
  private int mostAsked = MOST_CONNECTS;
  private int cursor;
  private int settled;
  private long silentAttempts;

  /// One attempt to make.
  ///
  /// @param tries how often it was tried before, and failed on our side
  /// @param recount it belongs to a recount
  /// @param trail the silent attempt on the port whose source port it takes over; null for a port
  ///   of its own
  record Ask(int place, int tries, boolean recount, @Nullable Trail trail) {}

  /// Places to ask again.
  private static final class Due {
    private final long at;
    private final int[] places;
    private final int tries;
    private final boolean recount;
    private int next;

    Due(long at, int[] places, int tries, boolean recount) {
      this.at = at;
      this.places = places;
      this.tries = tries;
      this.recount = recount;
    }

    long at() {
      return at;
    }
  }

  /// @param answered opens, the first included
  private record Recount(int sent, int answered, int left, int rttMicros) {}

  /// @param first ports that are asked before all others, whether they belong to the target or not
  /// @param last ports that are asked for the first time after all others
  Lane(Target target, int[] first, int[] last, long seed) {
    this.target = target;
    this.tally = new Tally(target.ports().union(ports(first)).union(ports(last)));
    this.silences = new byte[tally.size()];
    this.packets = new byte[tally.size()];
    this.asked = new byte[tally.size()];
    this.inTheDark = new byte[tally.size()];
    this.order = new Permutation(tally.size(), seed);
    this.random = new Random(seed);
    this.early = early(first);
    this.late = IntStream.of(last).map(tally::place).toArray();
    this.isLate = new BitSet();
    IntStream.of(late).forEach(isLate::set);
    IntStream.of(early).forEach(sample::set);
    sample.or(isLate);
    IntStream.range(0, Math.min(SAMPLED, tally.size())).map(order::at).forEach(sample::set);
    for (int port : target.guarded().intersect(target.ports()).stream().toArray()) {
      settle(tally.place(port), unmeasured(guarded(port)), -1);
    }
  }

  private static PortSet ports(int[] ports) {
    return PortSet.of(IntStream.of(ports).mapToObj(p -> new PortRange(p, p)).toList());
  }

  /// `first`, then the ports of narrow ranges, shuffled.
  private int[] early(int[] first) {
    int[] places =
        target.ports().ranges().stream()
            .filter(r -> r.size() <= NARROW)
            .flatMapToInt(r -> IntStream.rangeClosed(r.first(), r.last()))
            .map(tally::place)
            .toArray();
    shuffle(places);
    return IntStream.concat(IntStream.of(first).map(tally::place), IntStream.of(places)).toArray();
  }

  private void shuffle(int[] places) {
    for (int i = places.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int place = places[i];
      places[i] = places[other];
      places[other] = place;
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

  boolean isTcp() {
    return target.protocol().equals(Protocol.TCP);
  }

  /// How far the lane is, in ports: those whose state is known or known to be unknowable, and part
  /// of each that was silent so far. All ports when it is done.
  long advance() {
    int open = tally.size() - settled;
    double silent = Math.min(open, (double) silentAttempts / (USUAL_ATTEMPTS + 1));
    return Math.min(target.ports().size(), settled + (long) (silent * NOT_YET));
  }

  /// Attempts that are still to be made, about.
  long work() {
    return Math.max(1, (long) (tally.size() - settled) * USUAL_ATTEMPTS - silentAttempts);
  }

  /// The next attempt to make; null when there is none now.
  ///
  /// @param follow whether it may take over the source port of an earlier one
  /// @param mayTakeEntries whether it may have a source port of its own
  @Nullable Ask next(long now, boolean follow, boolean mayTakeEntries) {
    skipAsked();
    if (cursor < firstPass() && mayTakeEntries) {
      int place = atCursor();
      begun.set(place);
      cursor++;
      return new Ask(place, 0, false, null);
    }
    Due due = again.peek();
    if (due == null || due.at - now > 0) {
      return null;
    }
    int place = due.places[due.next];
    Trail trail = follow && !due.recount ? trail(place, now) : null;
    if (trail == null && !mayTakeEntries) {
      return null;
    }
    // What becomes of that entry now, only the end of the next attempt tells.
    trails.remove(place);
    due.next++;
    if (due.next == due.places.length) {
      again.poll();
    }
    return new Ask(place, due.tries, due.recount, trail);
  }

  private @Nullable Trail trail(int place, long now) {
    Trail trail = trails.get(place);
    return trail != null && trail.lives(now) ? trail : null;
  }

  /// A silent attempt left an entry in connection tracking tables.
  void leave(int place, Trail trail) {
    trails.put(place, trail);
  }

  /// Places to go through until every port was asked once; some come up twice.
  private int firstPass() {
    return early.length + tally.size() + late.length;
  }

  private int atCursor() {
    if (cursor < early.length) {
      return early[cursor];
    }
    int index = cursor - early.length;
    return index < tally.size() ? order.at(index) : late[index - tally.size()];
  }

  private void skipAsked() {
    while (cursor < firstPass()) {
      int place = atCursor();
      boolean later = isLate.get(place) && cursor < early.length + tally.size();
      if (!later && !begun.get(place) && tally.at(place) == null) {
        return;
      }
      cursor++;
    }
  }

  /// Whether all ports were begun that are asked before all others.
  boolean hasBegunFirst() {
    skipAsked();
    return cursor >= early.length;
  }

  /// Whether every port was asked, and none waits to be asked again.
  boolean isIdle() {
    skipAsked();
    return cursor >= firstPass() && again.isEmpty();
  }

  /// Whether there is something to send now.
  boolean hasNow(long now) {
    return nanosUntilNext(now) == 0;
  }

  /// How long until there is something to send; [Long#MAX_VALUE] when nothing waits.
  long nanosUntilNext(long now) {
    skipAsked();
    if (cursor < firstPass()) {
      return 0;
    }
    Due due = again.peek();
    return due == null ? Long.MAX_VALUE : Math.max(0, due.at - now);
  }

  int port(int place) {
    return tally.port(place);
  }

  /// Silent attempts so far that are believed.
  int silences(int place) {
    return silences[place];
  }

  /// Packets that were sent in them.
  int packets(int place) {
    return packets[place];
  }

  /// An attempt was silent that was begun before the address had answered at all: its way may not
  /// have been open yet (ARP, neighbour discovery, a route that converges).
  void silentInTheDark(int place) {
    inTheDark[place] = (byte) Math.min(Byte.MAX_VALUE, inTheDark[place] + 1);
  }

  /// Believed silences of a port on a way that was known to be open.
  int silencesInTheLight(int place) {
    return Math.max(0, silences[place] - inTheDark[place]);
  }

  /// Packets that were sent to a port, believed or not; 127 stands for more.
  int asked(int place) {
    return asked[place];
  }

  /// From now on no port is asked again to which more were sent than a third more than make a
  /// silence: windows that were void take some.
  ///
  /// @param needed packets that make a silence; 0 where none is to be believed
  void needs(int needed) {
    mostAsked = Math.max(MOST_CONNECTS, needed + needed / 3);
  }

  /// So many more packets were sent to it.
  void asked(int place, int more) {
    asked[place] = (byte) Math.min(Byte.MAX_VALUE, asked[place] + more);
  }

  /// Asks again, since the attempt failed on our side.
  void retry(Ask ask, long at) {
    again.add(new Due(at, new int[] {ask.place()}, ask.tries() + 1, ask.recount()));
  }

  /// Asks all of `places` again, in another order: behind a limiter that lets the first of a burst
  /// pass, the last would always be the same ones.
  ///
  /// None is asked for ever: its answers may all have come too late, and each was a connect.
  void repeat(int[] places, boolean recount, long at) {
    int[] gentle =
        isTcp() && !recount ? IntStream.of(places).filter(this::mayBeAsked).toArray() : places;
    if (gentle.length > 0) {
      shuffle(gentle);
      again.add(new Due(at, gentle, 0, recount));
    }
  }

  private boolean mayBeAsked(int place) {
    if (asked[place] <= mostAsked) {
      return true;
    }
    fault(
        place,
        "asked " + asked[place] + " times, too seldom at a time of which anything can be believed");
    return false;
  }

  /// Nothing can be learnt of the port.
  void fault(int place, String cause) {
    recounts.remove(place);
    settle(place, unmeasured(cause), -1);
  }

  /// The port is open.
  ///
  /// @param next when to connect again, if that must be
  void open(Ask ask, Heard heard, int rttMicros, PathLoss path, long next) {
    int place = ask.place();
    if (ask.recount()) {
      recounted(place, true, path, next);
      return;
    }
    int silent = silences[place];
    settle(place, measured(heard, silent + 1, 1, false), rttMicros);
    int left = Math.min(silent > 1 ? RECOUNTS : FEW_RECOUNTS, MOST_CONNECTS - asked[place]);
    if (silent > 0 && left > 0 && isTcp() && path.upperBound() <= LOSSY) {
      recounts.put(place, new Recount(silent + 1, 1, left, rttMicros));
      repeat(new int[] {place}, true, next);
    }
  }

  /// A connect of a recount did not open.
  void notOpen(int place, PathLoss path, long again) {
    recounted(place, false, path, again);
  }

  /// A port that opens after silence lost a packet, or changes its mind: only more tries tell.
  private void recounted(int place, boolean open, PathLoss path, long at) {
    Recount before = recounts.get(place);
    if (before == null) {
      throw new IllegalStateException("a recount that nobody began");
    }
    boolean lengthens =
        !open
            && before.sent() + before.left() < RECOUNTS
            && asked[place] + RECOUNTS <= MOST_CONNECTS;
    Recount after =
        new Recount(
            before.sent() + 1,
            before.answered() + (open ? 1 : 0),
            before.left() - 1 + (lengthens ? RECOUNTS - FEW_RECOUNTS : 0),
            before.rttMicros());
    if (after.left() > 0) {
      recounts.put(place, after);
      repeat(new int[] {place}, true, at);
      return;
    }
    recounts.remove(place);
    boolean unstable = !path.explains(after.sent(), after.sent() - after.answered());
    settle(
        place,
        measured((Heard) Outcome.OPEN, after.sent(), after.answered(), unstable),
        after.rttMicros());
  }

  /// The port was refused, if its window is believed.
  void refused(int place, Heard heard, int rttMicros) {
    settle(place, measured(heard, silences[place] + 1, 1, false), rttMicros);
  }

  /// Forgets what was refused: it is to be asked again, as if never asked.
  ///
  /// @return those that were still taken to refuse
  int[] unsettle(int[] places) {
    Window.Places forgotten = new Window.Places();
    for (int place : places) {
      if (tally.at(place) instanceof Measured measured && measured.state() != PortState.OPEN) {
        tally.clear(place);
        settled--;
        silentAttempts += silences[place];
        forgotten.add(place);
      }
    }
    return forgotten.toArray();
  }

  /// An attempt was silent, and is believed.
  void silent(int place, int sentPackets) {
    silences[place]++;
    packets[place] += (byte) sentPackets;
    silentAttempts++;
  }

  /// Forgets every silence of ports that are not settled.
  void forgetSilences() {
    for (int place = 0; place < silences.length; place++) {
      if (tally.at(place) == null) {
        silentAttempts -= silences[place];
        silences[place] = 0;
        packets[place] = 0;
      }
    }
  }

  /// Asks ports again that are not settled and were silent in fewer packets.
  ///
  /// @param which of their places
  /// @return whether there are any
  boolean repeatBelow(int needed, IntPredicate which, long at) {
    Window.Places places = new Window.Places();
    for (int place = 0; place < silences.length; place++) {
      if (tally.at(place) == null && isBelow(place, needed) && which.test(place)) {
        places.add(place);
      }
    }
    int[] all = places.toArray();
    repeat(all, false, at);
    return all.length > 0;
  }

  /// Whether silence of the port is not yet a fact.
  boolean isBelow(int place, int needed) {
    return packets[place] < needed || silences[place] < USUAL_ATTEMPTS;
  }

  /// Whether it is one of those that stand for all: ports of narrow ranges, control ports, and some
  /// at random.
  boolean isSampled(int place) {
    return sample.get(place);
  }

  /// Whether any port stayed silent so far.
  boolean hasSilent() {
    return settled < tally.size();
  }

  /// Silence in all attempts is what was to be learnt.
  ///
  /// @param alike some stood for all, and were asked more often than the others: what is told of
  ///   each is what holds of all
  void settleSilences(boolean alike) {
    int least = Integer.MAX_VALUE;
    for (int place = 0; alike && place < silences.length; place++) {
      least = tally.at(place) == null ? Math.min(least, silences[place]) : least;
    }
    for (int place = 0; place < silences.length; place++) {
      if (tally.at(place) == null) {
        int sent = Math.max(1, Math.min(least, silences[place]));
        settle(
            place,
            new Measured(
                isTcp() ? PortState.FILTERED : PortState.OPEN_FILTERED,
                Reason.NO_RESPONSE,
                Optional.empty(),
                sent,
                sent,
                false),
            -1);
      }
    }
  }

  /// Nothing can be learnt of ports that are not settled.
  void giveUp(String cause) {
    Unmeasured unmeasured = unmeasured(cause);
    for (int place = 0; place < silences.length; place++) {
      if (tally.at(place) == null) {
        settle(place, unmeasured, -1);
      }
    }
    recounts.clear();
    again.clear();
    cursor = firstPass();
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
      silentAttempts -= silences[place];
    }
    tally.put(place, observation, rttMicros);
  }

  /// What is known of a port, be it of the target or not; null while it is not settled.
  @Nullable Observation at(int port) {
    return tally.at(tally.place(port));
  }

  /// Of the ports of the target.
  ///
  /// @param otherwise of ports that were not settled
  List<PortRun> runs(String otherwise) {
    List<PortRun> runs = tally.runs(unmeasured(otherwise));
    return tally.size() == target.ports().size()
        ? runs
        : runs.stream().flatMap(this::ofTarget).toList();
  }

  private Stream<PortRun> ofTarget(PortRun run) {
    return PortSet.of(List.of(run.ports())).intersect(target.ports()).ranges().stream()
        .map(range -> new PortRun(range, run.observation(), run.rttMicros()));
  }
}
