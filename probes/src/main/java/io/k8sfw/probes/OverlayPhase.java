package io.k8sfw.probes;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.OverlayDevice.Kind;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.OverlayReport.Means;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.DeclaredOverlays;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.EchoPoint;
import io.k8sfw.vantage.Vantage.OverlayTap;
import io.k8sfw.vantage.Vantage.OverlayTap.Passed;
import io.k8sfw.vantage.Vantage.Sent;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// Settles what silence on the UDP port of an overlay cannot tell: does a datagram reach the node's
/// overlay device, or is it lost, and where?
///
/// A ladder, which ends at the first rung that tells: an echo between overlay addresses, by the
/// route that pods' packets take; a datagram in the overlay's form, made here, whose inner packet
/// the node refuses; and bursts that the node's counters may show. Agents on both ends watch what
/// leaves, arrives and comes out of the device.
///
/// Inner packets go to the node's own overlay address, and to a port where nothing listens or where
/// our own echo does: never to a service.
///
/// All of it may go on beside other probing: payloads are told apart by their nonces, and the test
/// of the counters holds whatever else moves them. What they did not show then, they are asked
/// again in the quiet afterwards.
final class OverlayPhase implements AutoCloseable {
  /// Datagrams of a round. As many that arrive and never come out are no accident.
  static final int ROUND = 5;

  /// The second tells more where a path loses some, and whether one that is shut stays so: a
  /// ruleset or a device that is loaded anew is shut for a moment.
  private static final int ROUNDS = 2;

  /// Between a round of which none came through, and the next.
  private static final int PAUSE_MILLIS = 2000;

  private static final int GAP_MILLIS = 200;

  /// What was sent last may still be on its way.
  private static final int SETTLE_MILLIS = 150;

  private static final long BUDGET = TimeUnit.SECONDS.toNanos(30);

  /// IANA's dynamic range, where nobody's service is (RFC 6335, section 6).
  private static final int FIRST_PORT = 49152;

  private static final int PORTS = 16384;
  private static final int UNKNOWN = -1;

  private final Map<String, Vantage> vantages;
  private final Progress progress;
  private final DeclaredOverlays declared;
  private final Map<String, OverlayTap> taps = new ConcurrentHashMap<>();
  private final Map<String, List<OverlayDevice>> devices = new ConcurrentHashMap<>();
  private final OverlayBursts bursts;
  private final Beside<Map<Lane, List<OverlayReport>>> climbing;

  /// One direction.
  record Lane(Vantage asker, String node, InetAddress address, OverlayDevice device) {}

  private OverlayPhase(
      Map<String, Vantage> vantages,
      Progress progress,
      DeclaredOverlays declared,
      List<ProbeOrder> orders) {
    this.vantages = vantages;
    this.progress = progress;
    this.declared = declared;
    this.bursts = new OverlayBursts(vantages, progress);
    this.climbing = Beside.start(() -> climb(orders));
  }

  /// Begins with those ports of `orders` of which an overlay device takes datagrams.
  static OverlayPhase start(
      Map<String, Vantage> vantages,
      Progress progress,
      DeclaredOverlays declared,
      List<ProbeOrder> orders) {
    return new OverlayPhase(vantages, progress, declared, orders);
  }

  /// Waits for the end, while nothing else may be probing.
  List<OverlayReport> finish() {
    Map<Lane, List<OverlayReport>> climbed = climbing.result();
    long deadline = System.nanoTime() + BUDGET;
    return Parallel.each(
            climbed.keySet(),
            lane -> quietly(lane, climbed.getOrDefault(lane, List.of()), deadline))
        .values()
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  @Override
  public void close() {
    climbing.close();
  }

  private List<OverlayReport> quietly(Lane lane, List<OverlayReport> reports, long deadline) {
    if (reports.stream().noneMatch(OverlayBursts::isUnclear) || System.nanoTime() - deadline > 0) {
      return reports;
    }
    List<OverlayReport> anew =
        new ArrayList<>(reports.stream().filter(r -> r.means() != Means.BURSTS).toList());
    climb(lane, anew, List.of(bursts::report), deadline);
    return anew.stream().anyMatch(r -> r.means() == Means.BURSTS) ? anew : reports;
  }

  private Map<Lane, List<OverlayReport>> climb(List<ProbeOrder> orders) {
    findDevices(orders);
    Set<Lane> lanes = lanes(orders);
    long deadline = System.nanoTime() + BUDGET;
    try {
      openTaps(lanes);
      return Parallel.each(
          lanes,
          lane -> {
            List<OverlayReport> reports = new ArrayList<>();
            climb(lane, reports, List.of(this::echo, this::knock, this::count), deadline);
            return reports;
          });
    } finally {
      taps.values().forEach(OverlayTap::close);
    }
  }

  private void findDevices(List<ProbeOrder> orders) {
    Set<String> places = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      for (Target target : order.targets()) {
        if (target.protocol().equals(Protocol.UDP)) {
          target.node().ifPresent(places::add);
          places.add(order.vantage());
        }
      }
    }
    devices.putAll(Parallel.each(places, this::devices));
  }

  private List<OverlayDevice> devices(String place) {
    Vantage vantage = vantages.get(place);
    try {
      List<OverlayDevice> found = vantage == null ? List.of() : vantage.overlays();
      return found.isEmpty() ? declared.of(place) : found;
    } catch (IOException | RuntimeException _) {
      return declared.of(place);
    }
  }

  private Set<Lane> lanes(List<ProbeOrder> orders) {
    Set<Lane> lanes = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      Vantage asker = vantages.get(order.vantage());
      for (Target target : order.targets()) {
        if (asker == null || !target.protocol().equals(Protocol.UDP) || target.node().isEmpty()) {
          continue;
        }
        String node = target.node().get();
        devices.getOrDefault(node, List.of()).stream()
            .filter(d -> target.ports().contains(d.port()))
            .filter(d -> d.outer() == Family.of(target.address()))
            .filter(d -> d.address(d.outer()).isPresent())
            .map(d -> new Lane(asker, node, target.address(), d))
            .forEach(lanes::add);
      }
    }
    return lanes;
  }

  private boolean isInside(String node, InetAddress address) {
    return devices.getOrDefault(node, List.of()).stream()
        .anyMatch(d -> d.addresses().contains(address));
  }

  private void openTaps(Set<Lane> lanes) {
    Set<String> places = new LinkedHashSet<>();
    for (Lane lane : lanes) {
      places.add(lane.asker().name());
      places.add(lane.node());
    }
    for (String place : places) {
      Vantage vantage = vantages.get(place);
      try {
        if (vantage != null && vantage.capabilities().contains(Capability.PACKET_TAP)) {
          vantage.watchOverlays().ifPresent(tap -> taps.put(place, tap));
        }
      } catch (IOException | RuntimeException _) {
        // Without a watcher the other end's word must do.
      }
    }
  }

  private static void climb(
      Lane lane, List<OverlayReport> reports, List<Rung> rungs, long deadline) {
    for (Rung rung : rungs) {
      if (isEnough(lane, reports) || System.nanoTime() - deadline > 0) {
        break;
      }
      try {
        rung.step(lane).ifPresent(reports::add);
      } catch (IOException | RuntimeException _) {
        // Nothing was learnt here; the next may tell.
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        break;
      }
    }
  }

  /// Datagrams of flannel's udp backend go from the port that they go to: a stateful firewall may
  /// let an echo pass as an answer to the other direction's. So one from another port is tried too.
  private static boolean isEnough(Lane lane, List<OverlayReport> reports) {
    boolean echoed =
        reports.size() == 1
            && reports.getFirst().means() == Means.ECHO
            && reports.getFirst().cameThrough();
    return reports.stream().anyMatch(OverlayPhase::tells)
        && !(echoed && lane.device().kind() == Kind.FLANNEL_UDP);
  }

  private interface Rung {
    Optional<OverlayReport> step(Lane lane) throws IOException, InterruptedException;
  }

  /// Whether a further rung can add nothing.
  private static boolean tells(OverlayReport report) {
    return report.cameThrough() || report.arrived() >= ROUND;
  }

  private Optional<OverlayReport> echo(Lane lane) throws IOException, InterruptedException {
    Vantage node = vantages.get(lane.node());
    InetAddress inner = lane.device().address(lane.device().outer()).orElseThrow();
    Optional<OverlayDevice> own =
        devices.getOrDefault(lane.asker().name(), List.of()).stream()
            .filter(d -> d.kind() == lane.device().kind() && d.port() == lane.device().port())
            .filter(d -> d.outer() == lane.device().outer() && d.address(d.outer()).isPresent())
            .findFirst();
    boolean uses =
        own.isPresent() && lane.asker().deviceTowards(inner).equals(own.map(OverlayDevice::name));
    // An echo goes to the address outside, whatever was asked for.
    if (node == null || !uses || isInside(lane.node(), lane.address())) {
      return Optional.empty();
    }
    InetAddress from = own.get().address(own.get().outer()).orElseThrow();
    Optional<EchoPoint> held = node.answerEcho(inner);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    try (EchoPoint point = held.get()) {
      InetSocketAddress to = new InetSocketAddress(inner, point.port());
      return rounds(
          lane,
          Means.ECHO,
          nonces -> lane.asker().askEcho(from, to, nonces, GAP_MILLIS),
          point::heard);
    }
  }

  private Optional<OverlayReport> knock(Lane lane) throws IOException, InterruptedException {
    InetAddress inner = lane.device().address(lane.device().outer()).orElseThrow();
    OptionalInt port = freePort(lane.node(), inner);
    if (port.isEmpty()) {
      return Optional.empty();
    }
    InetSocketAddress to = new InetSocketAddress(inner, port.getAsInt());
    return rounds(
        lane,
        Means.ENCAPSULATED,
        nonces -> lane.asker().knock(lane.address(), lane.device(), to, nonces, GAP_MILLIS),
        Set::of);
  }

  /// A high port that the node itself says nobody takes, or any where that may be dared.
  private OptionalInt freePort(String node, InetAddress inner) throws IOException {
    Vantage agent = vantages.get(node);
    Optional<SocketTable> table = agent == null ? Optional.empty() : agent.socketTable();
    int port = FIRST_PORT + RandomGenerator.getDefault().nextInt(PORTS);
    if (table.isEmpty()) {
      return declared.inject() ? OptionalInt.of(port) : OptionalInt.empty();
    }
    while (table.get().holds(Protocol.UDP, inner, port)) {
      port = FIRST_PORT + RandomGenerator.getDefault().nextInt(PORTS);
    }
    return OptionalInt.of(port);
  }

  /// Sends some.
  private interface Sending {
    Sent send(List<String> nonces) throws IOException;
  }

  /// What the node's agent heard, if it listens.
  private interface Hearing {
    Set<String> heard() throws IOException;
  }

  private Optional<OverlayReport> rounds(Lane lane, Means means, Sending sending, Hearing hearing)
      throws IOException, InterruptedException {
    Set<String> nonces = new HashSet<>();
    int sent = 0;
    int answered = 0;
    Optional<OverlayReport> report = Optional.empty();
    for (int round = 0; round < ROUNDS && !progress.cancelled(); round++) {
      if (round > 0) {
        Thread.sleep(PAUSE_MILLIS);
      }
      List<String> fresh = freshNonces();
      nonces.addAll(fresh);
      Sent done = sending.send(fresh);
      sent += done.sent();
      answered += done.answered() ? 1 : 0;
      Thread.sleep(SETTLE_MILLIS);
      report = report(lane, means, sent, answered, nonces, hearing.heard());
      if (report.filter(OverlayReport::cameThrough).isPresent()) {
        return report;
      }
    }
    return report;
  }

  private Optional<OverlayReport> report(
      Lane lane, Means means, int sent, int answered, Set<String> nonces, Set<String> heard)
      throws IOException {
    String node = lane.node();
    int arrived = seen(node, nonces, p -> p.wrapped() && !p.leaving());
    int delivered =
        seen(
            node, nonces, p -> !p.wrapped() && !p.leaving() && p.device() == lane.device().index());
    Set<String> ours = new HashSet<>(heard);
    ours.retainAll(nonces);
    return sent == 0
        ? Optional.empty()
        : Optional.of(
            new OverlayReport(
                lane.asker().name(),
                node,
                lane.address(),
                lane.device().port(),
                means,
                sent,
                seen(lane.asker().name(), nonces, p -> p.wrapped() && p.leaving()),
                arrived,
                means == Means.ECHO ? Math.max(delivered, ours.size()) : delivered,
                answered,
                1));
  }

  /// How many of `nonces` a place saw like that.
  private int seen(String place, Set<String> nonces, Predicate<Passed> like) throws IOException {
    OverlayTap tap = taps.get(place);
    return tap == null
        ? UNKNOWN
        : (int)
            tap.seen().stream()
                .filter(p -> !p.reply() && like.test(p) && nonces.contains(p.nonce()))
                .map(Passed::nonce)
                .distinct()
                .count();
  }

  private static List<String> freshNonces() {
    List<String> nonces = new ArrayList<>();
    for (int i = 0; i < ROUND; i++) {
      nonces.add("%016x".formatted(RandomGenerator.getDefault().nextLong()));
    }
    return nonces;
  }

  /// Only where nobody at the node can look.
  private Optional<OverlayReport> count(Lane lane) throws IOException, InterruptedException {
    return taps.containsKey(lane.node()) ? Optional.empty() : bursts.report(lane);
  }
}
