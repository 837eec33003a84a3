package io.k8sfw.probes.simulation;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.Campaign;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Carries out each order on a wire and a clock of its own, and keeps what the wire wrote down.
final class SimulatedCampaign implements Campaign {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /// Attempts that are told where an order does not come to its end.
  private static final int LAST = 3;

  private final Scenario scenario;
  private final Engine engine;
  private final List<Carried> carried = new ArrayList<>();

  /// One order, from the wire's side.
  ///
  /// @param ended when the engine was done
  /// @param settled ports that it reported as such
  /// @param cancelled when somebody ended it; never in most
  record Carried(
      ProbeOrder order,
      VantageReading reading,
      List<Attempt> ledger,
      long ended,
      long settled,
      long cancelled,
      int socketsKept) {}

  SimulatedCampaign(Scenario scenario, Engine engine) {
    this.scenario = scenario;
    this.engine = engine;
  }

  List<Carried> carried() {
    return carried;
  }

  @Override
  public Observations observe(List<ProbeOrder> orders, Progress progress) {
    List<VantageReport> vantages = new ArrayList<>();
    List<TargetReading> readings = new ArrayList<>();
    List<Control> controls = new ArrayList<>();
    List<PathReport> paths = new ArrayList<>();
    for (ProbeOrder order : orders) {
      VantageReading reading = carryOut(order);
      readings.addAll(reading.readings());
      controls.addAll(reading.controls());
      paths.addAll(reading.paths());
      vantages.add(
          new VantageReport(
              order.vantage(),
              "simulated",
              scenario.errorQueue() ? EnumSet.of(Capability.ERROR_QUEUE) : Set.of(),
              Optional.empty(),
              reading.probesSent()));
    }
    return new Observations(
        Instant.EPOCH,
        Instant.EPOCH,
        vantages,
        readings,
        controls,
        paths,
        scenario.evidence(),
        List.of(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of());
  }

  private VantageReading carryOut(ProbeOrder order) {
    World world = scenario.world();
    VirtualTimeline timeline = new VirtualTimeline(world.seed(), longest(order));
    SimulatedWire wire = new SimulatedWire(world, order.vantage(), scenario.errorQueue(), timeline);
    Set<InetAddress> targets =
        order.targets().stream().map(ProbeOrder.Target::address).collect(Collectors.toSet());
    // Nobody watches in any of these worlds; half of the orders are told.
    Set<InetAddress> unwatched = world.seed() % 2 == 0 ? targets : Set.of();
    Ended progress = new Ended(timeline, cancelledAt(world), new Oversight(unwatched, Set.of()));
    Semaphore sockets = new Semaphore(scenario.sockets());
    try {
      VantageReading reading =
          engine.run(order, wire.probers(), scenario.errorQueue(), sockets, timeline, progress);
      long ended = timeline.nanos();
      timeline.drain();
      carried.add(
          new Carried(
              order,
              reading,
              wire.ledger(),
              ended,
              progress.settled,
              progress.at,
              scenario.sockets() - sockets.availablePermits()));
      return reading;
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts it", e);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; " + tail(wire.ledger()), e);
    }
  }

  private static String tail(List<Attempt> ledger) {
    return ledger.size()
        + " attempts, the last of them "
        + ledger.subList(Math.max(0, ledger.size() - LAST), ledger.size());
  }

  private static long cancelledAt(World world) {
    return world.troubles().stream()
        .filter(Trouble.Cancelled.class::isInstance)
        .mapToLong(t -> ((Trouble.Cancelled) t).at())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /// An hour, and what 30 attempts on each port take at the slowest of what binds: an eighth of the
  /// pace, the tracking table, one a second for UDP; and one at a time, of two seconds each, on a
  /// machine that is short of sockets whatever we do.
  private long longest(ProbeOrder order) {
    long tcp = size(order, Protocol.TCP);
    double paced = 30.0 * 8 * tcp / order.pace().perTargetPerSecond();
    double tracked = 30.0 * 125 * tcp / order.trackedAtMost();
    double udp = 30.0 * size(order, Protocol.UDP);
    double alone = scenario.world().has(Trouble.Lacking.class) ? 30.0 * 2 * tcp : 0;
    return ((long) (3600 + paced + tracked + udp + alone)) * SECOND;
  }

  private static long size(ProbeOrder order, Protocol protocol) {
    return order.targets().stream()
        .filter(t -> t.protocol().equals(protocol))
        .mapToLong(t -> t.ports().size())
        .sum();
  }

  /// Ends at a moment of the virtual clock, and counts.
  private static final class Ended implements Progress {
    private final VirtualTimeline timeline;
    private final long at;
    private final Oversight oversight;
    private long settled;

    Ended(VirtualTimeline timeline, long at, Oversight oversight) {
      this.timeline = timeline;
      this.at = at;
      this.oversight = oversight;
    }

    @Override
    public void settled(String vantage, long ports) {
      settled += ports;
    }

    @Override
    public boolean cancelled() {
      return timeline.nanos() >= at;
    }

    @Override
    public Oversight oversight() {
      return oversight;
    }
  }
}
