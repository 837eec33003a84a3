package io.k8sfw.probes.batch;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.batch.Lane.Ask;
import io.k8sfw.probes.linux.FileLimit;
import io.k8sfw.probes.pacing.TokenBucket;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Carries out one order: a first pass over every port, then passes over those that stayed silent,
/// as many as the pace says.
///
/// After each pass the positive control must hold for every address that ever answered; else the
/// pass's silences and refusals are void, and it is repeated once. From one address at a time, TCP
/// goes at the order's pace, and UDP at one a second after a burst of five, since Linux answers no
/// faster (icmp_ratelimit, icmp(7)).
///
/// Made for one [#run], on one thread.
public final class Batch {
  private static final double UDP_PER_SECOND = 1;
  private static final double UDP_BURST = 5;

  /// Buckets hold what comes in this part of a second: what a scheduler's hiccup may catch up.
  private static final int BURST_PART = 20;

  private static final long CONTROL_EVERY = TimeUnit.SECONDS.toNanos(2);
  private static final long FAULT_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SHORTEST_WAIT = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LONGEST_WAIT = TimeUnit.MILLISECONDS.toNanos(20);

  /// Attempts begun before answers are looked at again.
  private static final int AT_ONCE = 256;

  /// Three quarters of the files that this process may open, for all batches that run in it: the
  /// rest of the program needs some too.
  private static final Semaphore SOCKETS =
      new Semaphore(Math.clamp(FileLimit.read().orElse(8192) / 4 * 3, 16, 1 << 20));

  private final ProbeOrder order;
  private final Pace pace;
  private final Map<Protocol, Prober> probers;
  private final Progress progress;
  private final Map<InetAddress, Host> hosts = new LinkedHashMap<>();
  private final Map<Target, Lane> lanes = new LinkedHashMap<>();
  private final PositiveControl positive;
  private final BlockingQueue<Arrived> arrived = new LinkedBlockingQueue<>();
  private final TokenBucket overall;
  private final Random random;
  private int inFlight;
  private int inFlightCap;
  private long pausedUntil = System.nanoTime();
  private int turn;
  private long sent;
  private long reported;

  private final List<Control> negatives = new ArrayList<>();

  /// The negative control that runs along with the first pass.
  private @Nullable NegativeAnswers unfinished;

  private interface NegativeAnswers {
    List<Control> await() throws InterruptedException;
  }

  private record Arrived(Lane lane, Ask ask, Answer answer) {}

  /// @param probers one for each protocol that can be asked
  /// @param refusalsCount the probers tell a reset from an ICMP rejection, so that a refusal proves
  ///   that the address itself answers
  public Batch(
      ProbeOrder order, Map<Protocol, Prober> probers, boolean refusalsCount, Progress progress) {
    this.order = order;
    this.pace = order.pace();
    this.probers = Map.copyOf(probers);
    this.progress = progress;
    this.positive = new PositiveControl(order.vantage(), longest(), progress);
    this.random = new Random(order.seed());
    this.inFlightCap = pace.inFlight();
    long now = System.nanoTime();
    this.overall = new TokenBucket(pace.perSecond(), (double) pace.perSecond() / BURST_PART, now);
    boolean loopbackToo = order.targets().stream().allMatch(t -> t.address().isLoopbackAddress());
    Map<InetAddress, TokenBucket> tcpBuckets = new HashMap<>();
    Map<InetAddress, TokenBucket> udpBuckets = new HashMap<>();
    for (Target target : order.targets()) {
      Prober prober = probers.get(target.protocol());
      if (prober == null || NeverProbed.because(target.address(), loopbackToo).isPresent()) {
        continue;
      }
      Host host =
          hosts.computeIfAbsent(target.address(), address -> new Host(address, refusalsCount));
      TokenBucket bucket =
          target.protocol().equals(Protocol.UDP)
              ? udpBuckets.computeIfAbsent(
                  target.address(), _ -> new TokenBucket(UDP_PER_SECOND, UDP_BURST, now))
              : tcpBuckets.computeIfAbsent(target.address(), _ -> perTarget(now));
      lanes.put(target, new Lane(target, prober, host, bucket));
    }
  }

  private TokenBucket perTarget(long now) {
    int rate = pace.perTargetPerSecond();
    return new TokenBucket(rate, (double) rate / BURST_PART, now);
  }

  private Duration longest() {
    return pace.attempts().stream().max(Comparator.naturalOrder()).orElseThrow();
  }

  /// Blocks until every port is settled or `progress` is cancelled.
  public VantageReading run() throws InterruptedException {
    NegativeControl negative = negativeControl();
    if (negative != null && !progress.cancelled()) {
      startNegative(negative, Phase.BEFORE);
    }
    passes();
    finishNegative();
    if (negative != null && !progress.cancelled()) {
      startNegative(negative, Phase.AFTER);
      finishNegative();
    }
    List<Control> controls = new ArrayList<>(negatives);
    if (!progress.cancelled()) {
      lanes.values().forEach(Lane::settleSilences);
    }
    for (Host host : hosts.values()) {
      controls.addAll(host.controls(order.vantage()));
    }
    report();
    return new VantageReading(readings(), controls, List.of(), sent + positive.sent());
  }

  private @Nullable NegativeControl negativeControl() {
    Prober tcp = probers.get(Protocol.TCP);
    List<InetAddress> addresses =
        lanes.keySet().stream()
            .filter(t -> t.protocol().equals(Protocol.TCP))
            .map(Target::address)
            .distinct()
            .toList();
    return tcp == null || addresses.isEmpty() ? null : new NegativeControl(order, addresses, tcp);
  }

  private void startNegative(NegativeControl negative, Phase phase) {
    sent += negative.attempts();
    NegativeControl.Running running = negative.start(phase, longest());
    unfinished = () -> negative.finish(running, this::heardOutside, progress);
  }

  private void heardOutside(InetAddress address, int port, Heard outcome) {
    Host host = hosts.get(address);
    Prober tcp = probers.get(Protocol.TCP);
    if (host != null && tcp != null) {
      host.canaries().offer(tcp, port, outcome);
    }
  }

  /// What a cancelled control came to is nobody's evidence.
  private void finishNegative() throws InterruptedException {
    NegativeAnswers running = unfinished;
    unfinished = null;
    if (running != null) {
      List<Control> controls = running.await();
      if (!progress.cancelled()) {
        negatives.addAll(controls);
      }
    }
  }

  private void passes() throws InterruptedException {
    for (int pass = 0; pass < pace.attempts().size(); pass++) {
      List<Lane> due = lanes.values().stream().filter(Lane::hasDue).toList();
      if (due.isEmpty() || progress.cancelled()) {
        return;
      }
      if (pass > 0) {
        restBetweenPasses();
      }
      List<Lane> lost = guardedPass(due, pass);
      due.stream().filter(lane -> !lost.contains(lane)).forEach(Lane::keepPass);
      if (!lost.isEmpty() && !progress.cancelled()) {
        lost.forEach(Lane::voidPass);
        List<Lane> lostAgain = guardedPass(lost, pass);
        lostAgain.forEach(lane -> lane.giveUp("positive control lost: " + why(lane)));
        lost.stream().filter(lane -> !lostAgain.contains(lane)).forEach(Lane::keepPass);
      }
    }
  }

  private String why(Lane lane) {
    return lane.host().controls(order.vantage()).stream()
        .filter(c -> !c.holds())
        .map(Control::detail)
        .findFirst()
        .orElse("the address does not answer any more");
  }

  /// The gap that the pace asks for and up to a third more, so that attempts on one port do not
  /// fall into step with something that comes and goes.
  private void restBetweenPasses() throws InterruptedException {
    long rest = pace.gap().toMillis() + random.nextLong(1 + pace.gap().toMillis() / 3);
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(rest);
    while (!progress.cancelled() && until - System.nanoTime() > 0) {
      Thread.sleep(Math.min(20, 1 + (until - System.nanoTime()) / 1_000_000));
    }
  }

  /// @return those whose address failed a control
  private List<Lane> guardedPass(List<Lane> due, int pass) throws InterruptedException {
    List<Host> asked = due.stream().map(Lane::host).distinct().toList();
    asked.forEach(host -> host.startPass(pass > 0));
    due.forEach(lane -> lane.startPass(random.nextLong()));
    pass(due, pass);
    finishNegative();
    if (progress.cancelled()) {
      return List.of();
    }
    positive.check(asked.stream().filter(h -> !h.lost()).toList(), Phase.AFTER);
    return due.stream().filter(lane -> lane.host().lost()).toList();
  }

  private void pass(List<Lane> due, int pass) throws InterruptedException {
    Duration patience = pace.attempts().get(pass);
    long nextControl = System.nanoTime() + CONTROL_EVERY;
    while (!progress.cancelled()) {
      takeArrived();
      if (due.stream().allMatch(Lane::passed)) {
        return;
      }
      boolean busy = send(due, patience);
      if (pass > 0 && System.nanoTime() - nextControl > 0) {
        controlDuring(due);
        nextControl = System.nanoTime() + CONTROL_EVERY;
      }
      if (!busy) {
        Arrived next = arrived.poll(waitFor(due), TimeUnit.NANOSECONDS);
        if (next != null) {
          take(next);
        }
      }
    }
  }

  private void controlDuring(Collection<Lane> due) throws InterruptedException {
    positive.check(
        due.stream()
            .filter(lane -> !lane.passed())
            .map(Lane::host)
            .distinct()
            .filter(host -> !host.lost() && host.canaries().plenty())
            .toList(),
        Phase.DURING);
  }

  private void takeArrived() {
    for (Arrived next = arrived.poll(); next != null; next = arrived.poll()) {
      take(next);
    }
    report();
  }

  private void take(Arrived next) {
    long now = System.nanoTime();
    inFlight--;
    if (next.answer().outcome() instanceof Fault fault && fault.passing()) {
      lackOf(now);
    }
    next.lane().take(next.ask(), next.answer(), now, pace.gap().toNanos());
  }

  /// This machine lacks something: do half as much at once from now on, and nothing for a moment.
  private void lackOf(long now) {
    if (now - pausedUntil > 0) {
      inFlightCap = Math.max(1, inFlightCap / 2);
      pausedUntil = now + FAULT_PAUSE;
    }
  }

  /// Begins attempts in turn over all lanes, as far as pace and caps allow.
  ///
  /// @return whether any began
  private boolean send(List<Lane> due, Duration patience) {
    int begun = 0;
    boolean progressed = true;
    turn++;
    while (progressed && begun < AT_ONCE) {
      progressed = false;
      for (int i = 0; i < due.size(); i++) {
        long now = System.nanoTime();
        if (inFlight >= inFlightCap || now - pausedUntil < 0 || !overall.has(now)) {
          return begun > 0;
        }
        if (send(due.get(Math.floorMod(turn + i, due.size())), patience, now)) {
          begun++;
          progressed = true;
        }
      }
    }
    return begun > 0;
  }

  private boolean send(Lane lane, Duration patience, long now) {
    if (lane.inFlight() >= pace.inFlightPerTarget() || !lane.bucket().has(now)) {
      return false;
    }
    if (!SOCKETS.tryAcquire()) {
      return false;
    }
    Ask ask = lane.next(now);
    if (ask == null) {
      SOCKETS.release();
      return false;
    }
    lane.bucket().take();
    overall.take();
    inFlight++;
    sent++;
    lane.prober()
        .attempt(
            lane.target().address(),
            lane.port(ask),
            patience,
            answer -> {
              SOCKETS.release();
              arrived.add(new Arrived(lane, ask, answer));
            });
    return true;
  }

  /// Until a token may be there; answers end the wait anyway.
  private long waitFor(List<Lane> due) {
    long now = System.nanoTime();
    long wait = LONGEST_WAIT;
    if (inFlight < inFlightCap) {
      for (Lane lane : due) {
        if (lane.inFlight() < pace.inFlightPerTarget() && lane.hasMore()) {
          wait = Math.min(wait, lane.bucket().nanosUntilNext(now));
        }
      }
    }
    return Math.clamp(wait, SHORTEST_WAIT, LONGEST_WAIT);
  }

  private void report() {
    int passes = pace.attempts().size();
    long settled = lanes.values().stream().mapToLong(lane -> lane.advance(passes)).sum();
    if (settled > reported) {
      progress.settled(order.vantage(), settled - reported);
      reported = settled;
    }
  }

  private List<TargetReading> readings() {
    return order.targets().stream()
        .map(target ->
            new TargetReading(order.vantage(), target.address(), target.protocol(), runs(target)))
        .toList();
  }

  private List<PortRun> runs(Target target) {
    Lane lane = lanes.get(target);
    if (lane != null) {
      return lane.runs("interrupted");
    }
    String cause =
        Optional.of(target)
            .filter(t -> probers.containsKey(t.protocol()))
            .flatMap(t -> NeverProbed.because(t.address(), false))
            .orElse("nothing here can probe " + target.protocol());
    return unmeasured(target.ports().ranges(), cause);
  }

  /// Runs that say of all `ranges` that nothing was learnt.
  public static List<PortRun> unmeasured(List<PortRange> ranges, String cause) {
    Unmeasured unmeasured = new Unmeasured(Untrusted.of(cause));
    return ranges.stream().map(range -> new PortRun(range, unmeasured, -1)).toList();
  }
}
