package io.k8sfw.probes;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.probes.batch.Batch;
import io.k8sfw.vantage.Campaign;
import io.k8sfw.vantage.DeclaredOverlays;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
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
import java.util.function.Function;

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

  /// A socket table, or why there is none.
  private record TableRead(Optional<SocketTable> table, Optional<String> failure) {}

  @Override
  public Observations observe(List<ProbeOrder> planned, Progress progress) {
    Instant started = Instant.now();
    List<ProbeOrder> orders =
        tablesAreShared ? TrackedShares.within(planned, tables(planned)) : planned;
    Set<String> agents = agents(orders);
    Map<String, TableRead> before = Parallel.each(agents, this::table);
    ArrivalPhase arrivals = new ArrivalPhase(vantages, progress);
    List<Control> controls = new ArrayList<>(arrivals.run(orders, Phase.BEFORE));
    Set<String> names = new LinkedHashSet<>(vantages.keySet());
    orders.forEach(order -> names.add(order.vantage()));
    Map<String, Work> work = Parallel.each(names, name -> work(name, orders, before, progress));
    Map<String, TableRead> after = Parallel.each(agents, this::table);
    work.values().forEach(w -> controls.addAll(w.controls()));
    controls.addAll(arrivals.run(orders, Phase.AFTER));

    DeparturePhase.Result departed =
        new DeparturePhase(vantages, progress)
            .run(
                orders.stream().map(order -> withProvenFree(order, after)).toList(),
                work.values().stream().flatMap(w -> w.readings().stream()).toList(),
                controls);
    List<TargetReading> readings = departed.readings();
    List<TargetEvidence> targets = evidence(before, after);
    List<WitnessReport> witnesses =
        new WitnessPhase(vantages, progress).run(orders, readings, targets);
    List<OverlayReport> through = new OverlayPhase(vantages, progress, overlays).run(orders);
    List<VantageReport> reports =
        work.entrySet().stream()
            .map(w ->
                report(
                    w.getKey(),
                    w.getValue(),
                    List.of(before, after),
                    Optional.ofNullable(departed.failures().get(w.getKey())),
                    departed.sent().getOrDefault(w.getKey(), 0L)
                        + asked(w.getKey(), witnesses)
                        + through(w.getKey(), through)))
            .toList();
    return new Observations(
        started,
        Instant.now(),
        reports,
        readings,
        departed.controls(),
        work.values().stream().flatMap(w -> w.paths().stream()).toList(),
        targets,
        witnesses,
        progress.cancelled() ? Optional.of("interrupted") : Optional.empty(),
        through);
  }

  /// The connection tracking tables that the attempts will pass, as far as somebody there can tell.
  private Map<String, Tracking> tables(List<ProbeOrder> orders) {
    Set<String> places = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      places.add(order.vantage());
      order.targets().forEach(target -> target.node().ifPresent(places::add));
    }
    places.retainAll(vantages.keySet());
    Map<String, Tracking> tables = new LinkedHashMap<>();
    Parallel.each(places, this::tracking)
        .forEach((place, tracking) -> tracking.ifPresent(t -> tables.put(place, t)));
    return tables;
  }

  private Optional<Tracking> tracking(String name) {
    Vantage vantage = vantages.get(name);
    return vantage == null ? Optional.empty() : vantage.tracking();
  }

  /// Vantage points that are nodes which are probed, and can tell what sockets they have.
  private Set<String> agents(List<ProbeOrder> orders) {
    Set<String> agents = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      for (Target target : order.targets()) {
        target.node().filter(this::hasTable).ifPresent(agents::add);
      }
    }
    return agents;
  }

  private boolean hasTable(String name) {
    Vantage vantage = vantages.get(name);
    return vantage != null && vantage.capabilities().contains(Capability.SOCKET_TABLE);
  }

  private TableRead table(String name) {
    Vantage vantage = vantages.get(name);
    try {
      return new TableRead(
          vantage == null ? Optional.empty() : vantage.socketTable(), Optional.empty());
    } catch (IOException | RuntimeException e) {
      return new TableRead(Optional.empty(), Optional.of("its socket table: " + e));
    }
  }

  private Work work(
      String name, List<ProbeOrder> orders, Map<String, TableRead> tables, Progress progress) {
    List<TargetReading> readings = new ArrayList<>();
    List<Control> controls = new ArrayList<>();
    List<PathReport> paths = new ArrayList<>();
    long sent = 0;
    Optional<String> failure = Optional.empty();
    for (ProbeOrder order : orders) {
      if (!order.vantage().equals(name)) {
        continue;
      }
      Settled settled = new Settled(progress);
      try {
        VantageReading reading = probe(withProvenFree(order, tables), settled);
        readings.addAll(reading.readings());
        controls.addAll(reading.controls());
        paths.addAll(reading.paths());
        sent += reading.probesSent();
      } catch (IOException | RuntimeException e) {
        String cause = e.getMessage() == null ? e.toString() : e.getMessage();
        failure = failure.or(() -> Optional.of(cause));
        readings.addAll(unmeasured(order, cause));
        progress.settled(name, order.size() - settled.ports.get());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        readings.addAll(unmeasured(order, "interrupted"));
      }
    }
    return new Work(readings, controls, paths, sent, failure);
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

  /// Guarded ports that the node itself says nobody listens on may be asked like any other.
  private static ProbeOrder withProvenFree(ProbeOrder order, Map<String, TableRead> tables) {
    Function<Target, Target> unguard =
        target -> {
          Optional<SocketTable> table =
              target
                  .node()
                  .map(tables::get)
                  .flatMap(read -> read == null ? Optional.empty() : read.table());
          PortSet guarded = PortSet.NONE;
          for (int port : target.guarded().stream().toArray()) {
            if (table.isEmpty() || table.get().holds(target.protocol(), target.address(), port)) {
              guarded = guarded.union(PortSet.of(port));
            }
          }
          return new Target(
              target.node(),
              target.address(),
              target.protocol(),
              target.ports(),
              target.witnessable(),
              guarded);
        };
    return new ProbeOrder(
        order.vantage(),
        order.targets().stream().map(unguard).toList(),
        order.pace(),
        order.seed(),
        order.externalControl(),
        order.trackedAtMost());
  }

  private static List<TargetEvidence> evidence(
      Map<String, TableRead> before, Map<String, TableRead> after) {
    List<TargetEvidence> evidence = new ArrayList<>();
    before.forEach((node, first) -> {
      TableRead second = after.get(node);
      if (first.table().isPresent() && second != null && second.table().isPresent()) {
        evidence.add(new TargetEvidence(node, first.table().get(), second.table().get()));
      }
    });
    return evidence;
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
      String name,
      Work work,
      List<Map<String, TableRead>> tables,
      Optional<String> watching,
      long after) {
    Optional<String> failure = work.failure().or(() -> watching);
    for (Map<String, TableRead> read : tables) {
      TableRead table = read.get(name);
      failure = failure.or(() -> table == null ? Optional.empty() : table.failure());
    }
    Vantage vantage = vantages.get(name);
    return new VantageReport(
        name,
        vantage == null ? "none" : vantage.transport(),
        vantage == null ? Set.of() : vantage.capabilities(),
        failure.map(Untrusted::of),
        work.sent() + after);
  }

  /// Counts what an order reported, so that a failure can report the rest.
  private static final class Settled implements Progress {
    private final Progress progress;
    private final AtomicLong ports = new AtomicLong();

    Settled(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void settled(String vantage, long more) {
      ports.addAndGet(more);
      progress.settled(vantage, more);
    }

    @Override
    public boolean cancelled() {
      return progress.cancelled();
    }
  }
}
