package io.k8sfw.probes.batch;

import io.k8sfw.model.Family;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.pacing.Stalls;
import io.k8sfw.probes.pacing.TokenBucket;
import io.k8sfw.probes.pacing.TrackedConnections;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Outcome.Silent;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Carries out one order: sends what its hosts want to send, as fast as pace, budgets and this
/// machine allow, and hands them what came of it.
///
/// Made for one [#run]; everything happens on its thread.
public final class Batch {
  /// Buckets hold what comes in this part of a second: what a scheduler's hiccup may catch up.
  private static final int BURST_PART = 20;

  private static final long FAULT_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SHORTEST_WAIT = TimeUnit.MICROSECONDS.toNanos(200);
  private static final long LONGEST_WAIT = TimeUnit.MILLISECONDS.toNanos(20);

  /// Attempts begun before answers are looked at again.
  private static final int AT_ONCE = 256;

  private final ProbeOrder order;
  private final Pace pace;
  private final Map<Protocol, Prober> probers;
  private final Progress progress;
  private final Timeline timeline;
  private final Semaphore sockets;
  private final Map<Target, Host> hosts = new LinkedHashMap<>();
  private final List<Host> active;
  private final TokenBucket overall;
  private final TrackedConnections tracked;
  private final @Nullable Nowhere nowhere;
  private @Nullable Attempt toNowhere;
  private int inFlight;
  private int inFlightCap;

  /// In a row, since this machine last lacked something or since the cap last rose.
  private int endedWell;

  private long pausedUntil;
  private int turn;
  private long sent;
  private long reported;
  private Allowance allowance = Allowance.UNLIMITED;
  private Oversight oversight = Oversight.FULL;

  /// Entries that the allowance still has.
  private int allowed = Integer.MAX_VALUE;

  /// @param probers one for each protocol that can be asked
  /// @param refusalsCount the probers tell a reset from an ICMP rejection, so that a refusal proves
  ///   that the address itself answers
  /// @param sockets a permit for each that may be open at once; shared by all batches of a process
  public Batch(
      ProbeOrder order,
      Map<Protocol, Prober> probers,
      boolean refusalsCount,
      Semaphore sockets,
      Timeline timeline,
      Progress progress) {
    this.order = order;
    this.pace = order.pace();
    this.probers = Map.copyOf(probers);
    this.progress = progress;
    this.timeline = timeline;
    this.sockets = sockets;
    this.inFlightCap = pace.inFlight();
    long now = timeline.nanos();
    this.pausedUntil = now;
    this.overall = new TokenBucket(pace.perSecond(), (double) pace.perSecond() / BURST_PART, now);
    this.tracked = new TrackedConnections(order.trackedAtMost());
    makeHosts(refusalsCount, now);
    this.active = new ArrayList<>(hosts.values());
    Prober tcp = probers.get(Protocol.TCP);
    boolean asksNowhere =
        order.externalControl()
            && hosts.keySet().stream().anyMatch(t -> Family.of(t.address()) == Family.IPV4);
    this.nowhere =
        tcp == null || !asksNowhere ? null : new Nowhere(tcp, pace.attempts().getLast().toNanos());
  }

  private void makeHosts(boolean refusalsCount, long now) {
    Random random = new Random(order.seed());
    boolean loopbackToo = order.targets().stream().allMatch(t -> t.address().isLoopbackAddress());
    Map<String, Neighbourhood> neighbourhoods = new HashMap<>();
    for (Target target : order.targets()) {
      Prober prober = probers.get(target.protocol());
      if (prober == null || NeverProbed.because(target.address(), loopbackToo).isPresent()) {
        continue;
      }
      Neighbourhood neighbours =
          neighbourhoods.computeIfAbsent(
              Neighbourhood.name(target.address()), _ -> new Neighbourhood());
      Canaries canaries = new Canaries(target.address(), refusalsCount);
      hosts.put(target, new Host(order, target, prober, canaries, neighbours, random, now));
    }
  }

  /// Blocks until every port is settled or `progress` is cancelled.
  public VantageReading run() throws InterruptedException {
    askNowhere(Phase.BEFORE);
    loop();
    if (!progress.cancelled()) {
      askNowhere(Phase.AFTER);
      loop();
    }
    hosts.values().forEach(Host::interrupt);
    report();
    Set<Phase> fooled = nowhere == null ? Set.of() : nowhere.fooled();
    List<Control> controls = new ArrayList<>();
    List<PathReport> paths = new ArrayList<>();
    for (Host host : hosts.values()) {
      controls.addAll(host.controls(fooled));
      host.path().ifPresent(paths::add);
    }
    return new VantageReading(readings(), controls, paths, sent);
  }

  private void askNowhere(Phase phase) {
    if (nowhere != null) {
      toNowhere = nowhere.ask(phase);
    }
  }

  /// Like any other attempt, it waits for pace and budgets.
  private void sendToNowhere() {
    Attempt attempt = toNowhere;
    long now = timeline.nanos();
    if (attempt != null && mayBegin(now) && entries(now) > 0 && sockets.tryAcquire()) {
      toNowhere = null;
      begin(attempt, Nowhere.ADDRESS, null, now);
    }
  }

  private void loop() throws InterruptedException {
    Stalls stalls = new Stalls(timeline.nanos(), timeline.wallMillis());
    while (!progress.cancelled() && (!active.isEmpty() || inFlight > 0 || toNowhere != null)) {
      long now = timeline.nanos();
      hearOfOverseers();
      active.forEach(host -> host.turn(now));
      keepActive();
      sendToNowhere();
      boolean busy = send();
      report();
      long wait = busy ? 0 : waitFor();
      timeline.await(wait);
      if (stalls.stalled(timeline.nanos(), timeline.wallMillis(), wait)) {
        active.forEach(Host::stalled);
      }
    }
  }

  private void hearOfOverseers() {
    Oversight latest = progress.oversight();
    if (!latest.equals(oversight)) {
      oversight = latest;
      hosts
          .values()
          .forEach(host ->
              host.overseen(
                  !latest.unwatched().contains(host.address()),
                  latest.offLimits().contains(host.address())));
    }
  }

  /// One that is done may still lend a canary to a neighbour.
  private void keepActive() {
    active.clear();
    for (Host host : hosts.values()) {
      if (!host.isDone()) {
        active.add(host);
      }
    }
  }

  /// Attempts that may take an entry of connection tracking tables now.
  private int entries(long now) {
    Allowance latest = progress.allowance();
    if (latest.number() != allowance.number() || latest.entries() != allowance.entries()) {
      allowance = latest;
      allowed = latest.entries();
    }
    return Math.min(allowed, tracked.left(now));
  }

  /// Begins attempts in turn over all hosts, as far as pace and caps allow.
  ///
  /// @return whether as many began as may at once
  private boolean send() {
    int begun = 0;
    boolean progressed = true;
    turn++;
    while (progressed && begun < AT_ONCE) {
      progressed = false;
      for (int i = 0; i < active.size(); i++) {
        long now = timeline.nanos();
        if (!mayBegin(now)) {
          return false;
        }
        if (send(active.get(Math.floorMod(turn + i, active.size())), now)) {
          begun++;
          progressed = true;
        }
      }
    }
    return begun >= AT_ONCE;
  }

  private boolean mayBegin(long now) {
    return inFlight < inFlightCap && now - pausedUntil >= 0 && overall.has(now);
  }

  private boolean send(Host host, long now) {
    if (!host.bucket().has(now) || !sockets.tryAcquire()) {
      return false;
    }
    Attempt attempt = host.next(now, entries(now) > 0);
    if (attempt == null) {
      sockets.release();
      return false;
    }
    host.bucket().take();
    begin(attempt, host.address(), host, now);
    return true;
  }

  private void begin(Attempt attempt, InetAddress address, @Nullable Host host, long now) {
    overall.take();
    Trail trail = attempt.follows();
    if (trail == null) {
      tracked.sent(now);
      allowed -= allowed == Integer.MAX_VALUE ? 0 : 1;
    } else {
      tracked.again(trail.endedAt(), now);
    }
    inFlight++;
    sent++;
    attempt.start(this, address, host, now);
  }

  /// From any thread.
  void arrived(Attempt attempt) {
    sockets.release();
    timeline.deliver(attempt);
  }

  /// On the batch's thread.
  void ended(Attempt attempt, @Nullable Host host, Answer answer) {
    long now = timeline.nanos();
    inFlight--;
    tracked.ended(attempt.sentAt(), closes(answer.outcome()), now);
    Trail trail = attempt.follows();
    boolean failed = answer.outcome() instanceof Fault;
    if (trail != null && (failed || trail.source() != answer.source())) {
      // It was not made, or from another port: so the earlier entry lives on by itself.
      tracked.sent(now);
    }
    if (answer.outcome() instanceof Fault fault && fault.passing()) {
      lackOf(now);
    } else {
      lackOfNothing();
    }
    if (host != null) {
      host.ended();
    }
    attempt.landed(answer, now);
  }

  /// Whether it ended the connection in the tracking tables. An ICMP error does not: its entry
  /// lives on as that of a SYN nobody answered (`nf_conntrack_tcp_packet` sees none of it).
  private static boolean closes(Outcome outcome) {
    return switch (outcome) {
      case Heard heard -> heard.reason() == Reason.SYN_ACK || heard.reason() == Reason.RESET;
      case Fault _ -> true;
      case Silent _ -> false;
    };
  }

  /// This machine lacks something: do half as much at once from now on, and nothing for a moment.
  private void lackOf(long now) {
    if (now - pausedUntil > 0) {
      inFlightCap = Math.max(1, inFlightCap / 2);
      pausedUntil = now + FAULT_PAUSE;
    }
    endedWell = 0;
  }

  /// As many as may be under way ended well: what was lacking may be there again, so dare an eighth
  /// more.
  private void lackOfNothing() {
    endedWell++;
    if (inFlightCap < pace.inFlight() && endedWell >= inFlightCap) {
      inFlightCap = Math.min(pace.inFlight(), inFlightCap + Math.max(1, inFlightCap / 8));
      endedWell = 0;
    }
  }

  /// Until something may be due; answers end the wait anyway.
  private long waitFor() {
    long now = timeline.nanos();
    if (entries(now) == 0) {
      long free = tracked.nanosUntilNext(now);
      return free == 0 ? LONGEST_WAIT : Math.clamp(free, SHORTEST_WAIT, LONGEST_WAIT);
    }
    if (inFlight >= inFlightCap || sockets.availablePermits() == 0) {
      return LONGEST_WAIT;
    }
    long wait = Math.max(pausedUntil - now, overall.nanosUntilNext(now));
    if (wait > 0) {
      return Math.clamp(wait, SHORTEST_WAIT, LONGEST_WAIT);
    }
    wait = LONGEST_WAIT;
    for (Host host : active) {
      wait = Math.min(wait, host.nanosUntilNext(now));
    }
    return Math.clamp(wait, SHORTEST_WAIT, LONGEST_WAIT);
  }

  private void report() {
    long settled = hosts.values().stream().mapToLong(host -> host.lane().advance()).sum();
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
    Host host = hosts.get(target);
    if (host != null) {
      return host.runs();
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
