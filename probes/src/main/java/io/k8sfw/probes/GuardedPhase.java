package io.k8sfw.probes;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.pacing.Attempts;
import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Learns of ports where a connection can do harm without making one. A session that stands tells
/// more than any packet; then a SYN whose connection is never made; then, only where the order says
/// that the harm is accepted, a connection after all.
final class GuardedPhase {
  /// Ports that one vantage point asks at the same time.
  private static final int AT_ONCE = 16;

  /// Between two SYNs, which are all waited for to the end.
  private static final Duration MOST_APART = Duration.ofMillis(500);

  private final Map<String, Vantage> vantages;
  private final Progress progress;

  GuardedPhase(Map<String, Vantage> vantages, Progress progress) {
    this.vantages = vantages;
    this.progress = progress;
  }

  /// @param readings one for each given, with what was learnt
  /// @param controls of connections that were made after all
  /// @param sent attempts of each vantage point
  record Result(List<TargetReading> readings, List<Control> controls, Map<String, Long> sent) {}

  /// A port to be learnt of, and by whom.
  private record Spot(ProbeOrder order, Target target, int port) {
    InetAddress address() {
      return target.address();
    }
  }

  private record Learnt(PortRun run, List<Control> controls, long sent) {
    static Learnt nothing(int port, String cause) {
      return new Learnt(
          new PortRun(new PortRange(port, port), new Unmeasured(Untrusted.of(cause)), -1),
          List.of(),
          0);
    }
  }

  /// @param orders of which only ports are guarded that may be listened on
  /// @param tables by the name of the place
  Result run(
      List<ProbeOrder> orders,
      List<TargetReading> readings,
      List<PathReport> paths,
      Map<String, SocketTable> tables) {
    Map<String, List<Spot>> spots = spots(orders);
    Map<String, Map<Spot, Learnt>> learnt =
        Parallel.each(spots.keySet(), name -> learn(name, spots, paths, tables));
    List<TargetReading> told = new ArrayList<>(readings);
    List<Control> controls = new ArrayList<>();
    Map<String, Long> sent = new HashMap<>();
    learnt.forEach((name, each) ->
        each.forEach((spot, what) -> {
          told.replaceAll(reading -> with(reading, spot, what.run()));
          controls.addAll(what.controls());
          sent.merge(name, what.sent(), Long::sum);
        }));
    return new Result(List.copyOf(told), controls, sent);
  }

  private static Map<String, List<Spot>> spots(List<ProbeOrder> orders) {
    Map<String, List<Spot>> spots = new LinkedHashMap<>();
    for (ProbeOrder order : orders) {
      for (Target target : order.targets()) {
        PortSet guarded = target.guarded().intersect(target.ports());
        if (target.protocol().equals(Protocol.TCP)) {
          guarded.stream()
              .forEach(port ->
                  spots
                      .computeIfAbsent(order.vantage(), _ -> new ArrayList<>())
                      .add(new Spot(order, target, port)));
        }
      }
    }
    return spots;
  }

  private Map<Spot, Learnt> learn(
      String name,
      Map<String, List<Spot>> spots,
      List<PathReport> paths,
      Map<String, SocketTable> tables) {
    Vantage vantage = vantages.get(name);
    Map<Spot, Learnt> learnt = new LinkedHashMap<>();
    List<Spot> all = spots.getOrDefault(name, List.of());
    for (int from = 0; vantage != null && from < all.size(); from += AT_ONCE) {
      List<Spot> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
      if (progress.cancelled()) {
        break;
      }
      learnt.putAll(
          Parallel.each(
              new LinkedHashSet<>(some),
              spot -> learn(vantage, spot, path(name, spot, paths), tables.get(name))));
    }
    return learnt;
  }

  private static Optional<PathReport> path(String name, Spot spot, List<PathReport> paths) {
    return paths.stream()
        .filter(p -> p.vantage().equals(name) && p.address().equals(spot.address()))
        .findFirst();
  }

  private Learnt learn(
      Vantage vantage, Spot spot, Optional<PathReport> path, @Nullable SocketTable own) {
    int port = spot.port();
    if (StandingSessions.outward(own, spot.address(), port)) {
      return Learnt.nothing(port, "not asked: a session with it stood when the audit began");
    }
    try {
      Optional<PortRun> halfOpen =
          vantage.halfOpen(
              new InetSocketAddress(spot.address(), port), waits(spot.order().pace(), path));
      if (halfOpen.isPresent()) {
        return believed(halfOpen.get(), path);
      }
      return spot.target().lastResort().contains(port)
          ? connected(vantage, spot)
          : Learnt.nothing(port, forbidden(port));
    } catch (IOException | RuntimeException e) {
      String cause = e.getMessage() == null ? e.toString() : e.getMessage();
      return Learnt.nothing(port, cause);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Learnt.nothing(port, "interrupted");
    }
  }

  private static String forbidden(int port) {
    String harm = port == 179 ? "it can reset a BGP session" : "a connect there can do harm";
    return "port "
        + port
        + " is not connected to: "
        + harm
        + ", nothing proves that nobody listens, no session tells of it,"
        + " and a half-open SYN takes CAP_NET_RAW on the vantage point";
  }

  private static Learnt believed(PortRun run, Optional<PathReport> path) {
    if (!(run.observation() instanceof Measured measured)) {
      return new Learnt(run, List.of(), 0);
    }
    boolean lossy = path.filter(p -> p.lost() > 0 && Attempts.tooHigh(p.loss())).isPresent();
    return lossy && measured.state() == PortState.FILTERED && measured.icmp().isEmpty()
        ? Learnt.nothing(run.ports().first(), "the path loses too much to tell silence from loss")
        : new Learnt(run, List.of(), measured.sent());
  }

  /// As many as make silence a fact on that path, as patient as the pace.
  private static List<Duration> waits(Pace pace, Optional<PathReport> path) {
    // One of the kernel's attempts is two packets; these are one each.
    int wanted = path.map(p -> p.attempts() + 1).orElse(Effort.CLEAN_PACKETS);
    int packets = Math.clamp(wanted, Effort.CLEAN_PACKETS, Effort.MOST_PACKETS);
    List<Duration> waits = new ArrayList<>();
    Duration first = pace.attempts().getFirst();
    for (int i = 0; i < packets - 1; i++) {
      waits.add(first.compareTo(MOST_APART) < 0 ? first : MOST_APART);
    }
    waits.add(pace.attempts().getLast());
    return List.copyOf(waits);
  }

  private Learnt connected(Vantage vantage, Spot spot) throws IOException, InterruptedException {
    Target alone = spot.target().withPorts(PortSet.of(spot.port())).withGuarded(PortSet.NONE);
    VantageReading reading =
        vantage.probe(spot.order().withTargets(List.of(alone)), new Unheard(progress));
    PortRun run =
        reading
            .readings()
            .getFirst()
            .at(spot.port())
            .orElseThrow(() -> new IOException("it did not report on port " + spot.port()));
    return new Learnt(run, reading.controls(), reading.probesSent());
  }

  /// The reading with another run for that port, where it is about that port.
  private static TargetReading with(TargetReading reading, Spot spot, PortRun learnt) {
    boolean about =
        reading.vantage().equals(spot.order().vantage())
            && reading.address().equals(spot.address())
            && reading.protocol().equals(Protocol.TCP)
            && reading.at(spot.port()).isPresent();
    if (!about) {
      return reading;
    }
    List<PortRun> runs = new ArrayList<>();
    for (PortRun run : reading.runs()) {
      int first = run.ports().first();
      int last = run.ports().last();
      if (!run.ports().contains(spot.port())) {
        runs.add(run);
        continue;
      }
      if (first < spot.port()) {
        runs.add(part(run, first, spot.port() - 1));
      }
      runs.add(learnt);
      if (spot.port() < last) {
        runs.add(part(run, spot.port() + 1, last));
      }
    }
    return new TargetReading(reading.vantage(), reading.address(), reading.protocol(), runs);
  }

  private static PortRun part(PortRun run, int first, int last) {
    return new PortRun(new PortRange(first, last), run.observation(), run.rttMicros());
  }

  /// Its ports are settled already.
  private record Unheard(Progress progress) implements Progress {
    @Override
    public void settled(String vantage, long ports) {}

    @Override
    public boolean cancelled() {
      return progress.cancelled();
    }
  }
}
