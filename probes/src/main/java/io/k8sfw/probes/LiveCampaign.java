package io.k8sfw.probes;

import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.probes.batch.Batch;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Campaign;
import io.k8sfw.vantage.DeclaredOverlays;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.TrackedShares;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Probes from all vantage points at once, and asks the targets' own sockets before and after.
///
/// A vantage point whose name is a target's node is the agent on that node.
public final class LiveCampaign implements Campaign {
  private final Map<String, Vantage> vantages = new LinkedHashMap<>();
  private final boolean tablesAreShared;
  private final DeclaredOverlays overlays;

  /// @param vantages with names of their own; whoever made them closes them
  public LiveCampaign(Collection<? extends Vantage> vantages) {
    this(vantages, true);
  }

  /// @param vantages with names of their own; whoever made them closes them
  /// @param tablesAreShared others need the connection tracking tables of these places too, so that
  ///   attempts keep to a budget in them; false only where nobody else can be harmed, as in a lab
  public LiveCampaign(Collection<? extends Vantage> vantages, boolean tablesAreShared) {
    this(vantages, tablesAreShared, DeclaredOverlays.NONE);
  }

  /// @param overlays what the operator says of those that no agent can read
  public LiveCampaign(
      Collection<? extends Vantage> vantages, boolean tablesAreShared, DeclaredOverlays overlays) {
    vantages.forEach(v -> this.vantages.put(v.name(), v));
    this.tablesAreShared = tablesAreShared;
    this.overlays = overlays;
  }

  /// What one vantage point did of its orders.
  private record Work(
      List<TargetReading> readings,
      List<Control> controls,
      List<PathReport> paths,
      long sent,
      Optional<String> failure) {}

  /// What is known before anything is asked.
  ///
  /// @param planned as the plan wants it
  /// @param orders as the sockets and tables of the places allow it, in the same order
  /// @param tracked tables that could get crowded
  private record Prepared(
      Instant started,
      List<ProbeOrder> planned,
      List<ProbeOrder> orders,
      SocketTables before,
      Map<String, Tracking> tracked) {}

  @Override
  public Observations observe(List<ProbeOrder> planned, Progress progress) {
    Prepared prepared = prepared(planned);
    try (OverlayPhase overlay =
        OverlayPhase.start(vantages, progress, overlays, prepared.orders())) {
      return observe(prepared, overlay, progress);
    }
  }

  private Prepared prepared(List<ProbeOrder> planned) {
    Instant started = Instant.now();
    SocketTables before = SocketTables.of(planned, vantages);
    List<ProbeOrder> wanted = planned.stream().map(before::withListening).toList();
    Map<String, Tracking> tracked =
        tablesAreShared ? TableWatch.passed(wanted, vantages) : Map.of();
    return new Prepared(started, planned, TrackedShares.within(wanted, tracked), before, tracked);
  }

  private Observations observe(Prepared prepared, OverlayPhase overlay, Progress progress) {
    List<ProbeOrder> orders = prepared.orders();
    SocketTables before = prepared.before();
    ArrivalPhase arrivals = new ArrivalPhase(vantages, progress);
    List<Control> controls = new ArrayList<>(arrivals.run(orders, Phase.BEFORE));
    Set<String> names = new LinkedHashSet<>(vantages.keySet());
    orders.forEach(order -> names.add(order.vantage()));
    Map<String, Work> work;
    try (TableWatch tables = new TableWatch(orders, prepared.tracked(), vantages)) {
      work =
          Parallel.each(
              names, name -> work(name, prepared.planned(), orders, before, tables, progress));
    }
    work.values().forEach(w -> controls.addAll(w.controls()));
    List<PathReport> paths = work.values().stream().flatMap(w -> w.paths().stream()).toList();
    GuardedPhase.Result asked =
        new GuardedPhase(vantages, progress)
            .run(
                // A place that failed at its order, or stands where it must not, is not asked more.
                orders.stream()
                    .filter(order -> didItsWork(work.get(order.vantage())))
                    .map(before::withProvenFree)
                    .toList(),
                work.values().stream().flatMap(w -> w.readings().stream()).toList(),
                paths,
                before.known());
    controls.addAll(asked.controls());
    SocketTables after = before.again();
    controls.addAll(arrivals.run(orders, Phase.AFTER));

    DeparturePhase.Result departed =
        new DeparturePhase(vantages, progress)
            .run(orders.stream().map(after::withProvenFree).toList(), asked.readings(), controls);
    List<TargetReading> readings = departed.readings();
    List<Control> astray =
        new AnswererPhase(vantages, progress)
            .run(orders, readings, ArrivalPhase.arrived(departed.controls()));
    List<TargetEvidence> targets = before.evidence(orders, after);
    List<WitnessReport> witnesses =
        new WitnessPhase(vantages, progress).run(orders, readings, targets);
    List<OverlayReport> through = overlay.finish();
    List<VantageReport> reports =
        work.entrySet().stream()
            .map(w ->
                report(
                    w.getKey(),
                    w.getValue(),
                    List.of(before, after),
                    Optional.ofNullable(departed.failures().get(w.getKey())),
                    departed.sent().getOrDefault(w.getKey(), 0L)
                        + asked.sent().getOrDefault(w.getKey(), 0L)
                        + asked(w.getKey(), witnesses)
                        + through(w.getKey(), through)))
            .toList();
    return new Observations(
        prepared.started(),
        Instant.now(),
        reports,
        readings,
        Stream.concat(departed.controls().stream(), astray.stream()).toList(),
        paths,
        targets,
        witnesses,
        progress.cancelled() ? Optional.of("interrupted") : Optional.empty(),
        StandingSessions.reports(orders, before.known(), after.known()),
        new SourcePhase(vantages).run(orders, arrivals.sighted(), witnesses),
        through);
  }

  private static boolean didItsWork(@Nullable Work work) {
    return work != null && work.failure().isEmpty();
  }

  private Work work(
      String name,
      List<ProbeOrder> planned,
      List<ProbeOrder> orders,
      SocketTables tables,
      TableWatch tracked,
      Progress progress) {
    List<TargetReading> readings = new ArrayList<>();
    List<Control> controls = new ArrayList<>();
    List<PathReport> paths = new ArrayList<>();
    long sent = 0;
    Optional<String> failure = Optional.empty();
    for (int i = 0; i < orders.size(); i++) {
      ProbeOrder order = orders.get(i);
      if (!order.vantage().equals(name)) {
        continue;
      }
      int index = i;
      Settled settled =
          new Settled(
              progress,
              planned.get(i).size(),
              () -> tracked.allowance(index),
              new Overseers(order.targets(), vantages, () -> tracked.offLimits(index)));
      try {
        VantageReading reading = probe(tables.withProvenFree(order), settled);
        readings.addAll(reading.readings());
        controls.addAll(reading.controls());
        paths.addAll(reading.paths());
        sent += reading.probesSent();
      } catch (IOException | RuntimeException e) {
        String cause = cause(e);
        failure = failure.or(() -> Optional.of(cause));
        readings.addAll(unmeasured(order, cause));
        settled.rest(name);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        readings.addAll(unmeasured(order, "interrupted"));
      }
    }
    return new Work(readings, controls, paths, sent, failure);
  }

  static String cause(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private VantageReading probe(ProbeOrder order, Progress progress)
      throws IOException, InterruptedException {
    Vantage vantage = vantages.get(order.vantage());
    if (vantage == null) {
      throw new IOException("no such vantage point here: " + order.vantage());
    }
    return vantage.probe(order, progress);
  }

  private static List<TargetReading> unmeasured(ProbeOrder order, String cause) {
    return order.targets().stream()
        .map(t ->
            new TargetReading(
                order.vantage(),
                t.address(),
                t.protocol(),
                Batch.unmeasured(t.ports().ranges(), cause)))
        .toList();
  }

  private static long asked(String name, List<WitnessReport> witnesses) {
    return witnesses.stream()
        .filter(w -> w.vantage().equals(name))
        .mapToLong(WitnessReport::attempts)
        .sum();
  }

  private static long through(String name, List<OverlayReport> overlays) {
    return overlays.stream()
        .filter(o -> o.vantage().equals(name))
        .mapToLong(OverlayReport::sent)
        .sum();
  }

  /// @param after attempts made when the orders were done
  private VantageReport report(
      String name, Work work, List<SocketTables> tables, Optional<String> watching, long after) {
    Optional<String> failure = work.failure().or(() -> watching);
    for (SocketTables read : tables) {
      failure = failure.or(() -> read.failure(name));
    }
    Vantage vantage = vantages.get(name);
    return new VantageReport(
            name,
            vantage == null ? "none" : vantage.transport(),
            vantage == null ? Set.of() : vantage.capabilities(),
            failure.map(Untrusted::of),
            work.sent() + after)
        .by(vantage == null ? Optional.empty() : vantage.exec());
  }

  /// Counts what an order reported, so that a failure can report the rest. Reports no more than was
  /// planned: what listens somewhere comes on top, and nobody counts on it.
  private static final class Settled implements Progress {
    private final Progress progress;
    private final long planned;
    private final Supplier<Allowance> allowance;
    private final Overseers overseers;
    private final AtomicLong ports = new AtomicLong();

    Settled(Progress progress, long planned, Supplier<Allowance> allowance, Overseers overseers) {
      this.progress = progress;
      this.planned = planned;
      this.allowance = allowance;
      this.overseers = overseers;
    }

    @Override
    public void settled(String vantage, long more) {
      long before = ports.getAndAdd(more);
      progress.settled(vantage, Math.min(planned, before + more) - Math.min(planned, before));
    }

    void rest(String vantage) {
      progress.settled(vantage, planned - Math.min(planned, ports.get()));
    }

    @Override
    public boolean cancelled() {
      return progress.cancelled();
    }

    @Override
    public Allowance allowance() {
      return allowance.get();
    }

    @Override
    public Oversight oversight() {
      return overseers.oversight();
    }
  }
}
