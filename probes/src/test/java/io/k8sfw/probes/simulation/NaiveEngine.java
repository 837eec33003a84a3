package io.k8sfw.probes.simulation;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.batch.Timeline;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/// What scanners usually do: three attempts on each port, one after the other in a steady rhythm,
/// and whoever stays silent is blocked. It is here to be wrong, in its own way and in others on
/// demand: what it gets away with, the invariants do not see.
final class NaiveEngine implements Engine {
  /// Ways to be still worse.
  enum Flaw {
    ASKS_ONCE,
    BELIEVES_FAULTS,
    FORGETS_A_PORT,
    MIXES_PORTS_UP,
    HURRIES,
    ASKS_OTHERS,
    ASKS_GUARDED,
    ASKS_ON_AND_ON,
    NEVER_STOPS,
    KEEPS_SOCKETS,
    CLAIMS_MORE,
    NEVER_ENDS
  }

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Set<Flaw> flaws = EnumSet.noneOf(Flaw.class);

  NaiveEngine(Flaw... flaws) {
    this.flaws.addAll(List.of(flaws));
  }

  private boolean is(Flaw flaw) {
    return flaws.contains(flaw);
  }

  @Override
  public VantageReading run(
      ProbeOrder order,
      Map<Protocol, Prober> probers,
      boolean refusalsCount,
      Semaphore sockets,
      Timeline timeline,
      Progress progress)
      throws InterruptedException {
    return new Run(order, probers, sockets, timeline, progress).run();
  }

  private final class Run {
    private final ProbeOrder order;
    private final Map<Protocol, Prober> probers;
    private final Semaphore sockets;
    private final Timeline timeline;
    private final Progress progress;
    private long sent;

    Run(
        ProbeOrder order,
        Map<Protocol, Prober> probers,
        Semaphore sockets,
        Timeline timeline,
        Progress progress) {
      this.order = order;
      this.probers = probers;
      this.sockets = sockets;
      this.timeline = timeline;
      this.progress = progress;
    }

    VantageReading run() throws InterruptedException {
      List<TargetReading> readings = new ArrayList<>();
      List<Control> controls = new ArrayList<>();
      for (Target target : order.targets()) {
        readings.add(reading(target, ask(target)));
        controls.add(control(target, Control.Kind.POSITIVE));
        controls.add(control(target, Control.Kind.NEGATIVE));
        progress.settled(order.vantage(), target.ports().size());
      }
      while (is(Flaw.NEVER_ENDS)) {
        sleep(PATIENCE.toNanos());
      }
      return new VantageReading(readings, controls, List.of(), sent);
    }

    private Map<Integer, Observation> ask(Target target) throws InterruptedException {
      Map<Integer, Observation> seen = new TreeMap<>();
      int[] ports = target.ports().stream().toArray();
      int times = is(Flaw.ASKS_ONCE) ? 1 : is(Flaw.ASKS_ON_AND_ON) ? 30 : 3;
      for (int time = 1; time <= times; time++) {
        for (int port : ports) {
          boolean guarded = target.guarded().contains(port) && !is(Flaw.ASKS_GUARDED);
          boolean stopped = progress.cancelled() && !is(Flaw.NEVER_STOPS);
          if (guarded || stopped) {
            String cause = guarded ? "it is not connected to" : "interrupted";
            seen.putIfAbsent(port, new Unmeasured(Untrusted.of(cause)));
          } else if (!seen.containsKey(port) || is(Flaw.ASKS_ON_AND_ON)) {
            ask(target, port, time, seen);
          }
        }
        sleep(2 * PATIENCE.toNanos());
      }
      for (int port : ports) {
        seen.putIfAbsent(port, silence(target, times));
      }
      return seen;
    }

    private void sleep(long nanos) throws InterruptedException {
      long until = timeline.nanos() + nanos;
      while (timeline.nanos() < until) {
        timeline.await(until - timeline.nanos());
      }
    }

    private void ask(Target target, int port, int time, Map<Integer, Observation> seen)
        throws InterruptedException {
      boolean udp = target.protocol().equals(Protocol.UDP);
      double rate = udp ? 1 : Math.min(order.pace().perTargetPerSecond(), 20);
      sleep((long) (1.05e9 / (is(Flaw.HURRIES) ? 1000 * rate : rate)));
      while (!is(Flaw.KEEPS_SOCKETS) && !sockets.tryAcquire()) {
        sleep(PATIENCE.toNanos());
      }
      if (is(Flaw.KEEPS_SOCKETS) && sockets.availablePermits() > 1) {
        sockets.acquire(2);
      }
      sent++;
      Objects.requireNonNull(probers.get(target.protocol()))
          .attempt(
              target.address(),
              is(Flaw.ASKS_OTHERS) ? port % 40_000 + 1 : port,
              PATIENCE,
              answer -> {
                sockets.release();
                timeline.deliver(() -> take(port, time, answer.outcome(), seen));
              });
    }

    private void take(int port, int time, Outcome outcome, Map<Integer, Observation> seen) {
      switch (outcome) {
        case Outcome.Silent _ -> {}
        case Outcome.Fault fault -> {
          if (!is(Flaw.BELIEVES_FAULTS)) {
            seen.put(port, new Unmeasured(Untrusted.of(fault.cause())));
          }
        }
        case Outcome.Heard heard ->
            seen.put(
                is(Flaw.MIXES_PORTS_UP) ? port ^ 1 : port,
                new Measured(
                    heard.state(),
                    heard.reason(),
                    heard.icmp(),
                    is(Flaw.CLAIMS_MORE) ? time + 100 : time,
                    1,
                    false));
      }
    }

    private Observation silence(Target target, int times) {
      boolean udp = target.protocol().equals(Protocol.UDP);
      PortState state = udp ? PortState.OPEN_FILTERED : PortState.FILTERED;
      return new Measured(state, Reason.NO_RESPONSE, Optional.empty(), times, times, false);
    }

    private TargetReading reading(Target target, Map<Integer, Observation> seen) {
      List<PortRun> runs =
          target.ports().stream()
              .skip(is(Flaw.FORGETS_A_PORT) ? 1 : 0)
              .mapToObj(port ->
                  new PortRun(
                      new PortRange(port, port), Objects.requireNonNull(seen.get(port)), -1))
              .toList();
      return new TargetReading(order.vantage(), target.address(), target.protocol(), runs);
    }

    /// Of course everything is fine.
    private Control control(Target target, Control.Kind kind) {
      return new Control(
          order.vantage(), target.address(), kind, Control.Phase.AFTER, 1, true, "never asked");
    }
  }
}
