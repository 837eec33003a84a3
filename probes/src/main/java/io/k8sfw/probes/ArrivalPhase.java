package io.k8sfw.probes;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.Arrivals;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Shows that packets of a vantage point reach a node even where its firewall answers none of them:
/// the agent on the node watches them come off the wire.
///
/// Each vantage point asks each address on one high port that is its own in this campaign, and
/// signs its datagrams, so that what arrives tells who sent it, whatever became of the source
/// address on the way.
final class ArrivalPhase {
  private static final int ATTEMPTS = 3;
  private static final int PATIENCE_MILLIS = 250;
  private static final int GLANCE_MILLIS = 5;

  /// IANA's dynamic range, where nobody's service is (RFC 6335, section 6).
  private static final int FIRST_PORT = 49152;

  private static final int PORTS = 16384;

  private final Map<String, Vantage> vantages;
  private final Progress progress;

  ArrivalPhase(Map<String, Vantage> vantages, Progress progress) {
    this.vantages = vantages;
    this.progress = progress;
  }

  private record Pair(
      Vantage asker, String node, InetAddress address, Protocol protocol, int port) {}

  /// Where the packets of one vantage point to one address came from.
  record Sighted(String vantage, InetAddress address, InetAddress from) {}

  private final Set<Sighted> sighted = ConcurrentHashMap.newKeySet();

  /// What all runs so far saw.
  Set<Sighted> sighted() {
    return Set.copyOf(sighted);
  }

  /// @return a control for each vantage point and address whose node can watch
  List<Control> run(List<ProbeOrder> orders, Phase phase) {
    Map<String, Arrivals> taps = new LinkedHashMap<>();
    try {
      for (String node : watchers(orders)) {
        open(node).ifPresent(tap -> taps.put(node, tap));
      }
      Set<Pair> pairs = pairs(orders, taps.keySet());
      return List.copyOf(
          Parallel.each(pairs, pair -> ask(pair, taps, phase)).values().stream()
              .flatMap(Optional::stream)
              .toList());
    } finally {
      taps.values().forEach(Arrivals::close);
    }
  }

  private Set<String> watchers(List<ProbeOrder> orders) {
    Set<String> nodes = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      for (Target target : order.targets()) {
        target.node().filter(this::canWatch).ifPresent(nodes::add);
      }
    }
    return nodes;
  }

  private boolean canWatch(String name) {
    Vantage vantage = vantages.get(name);
    return vantage != null && vantage.capabilities().contains(Capability.PACKET_TAP);
  }

  private Optional<Arrivals> open(String node) {
    Vantage vantage = vantages.get(node);
    try {
      return vantage == null ? Optional.empty() : vantage.watchArrivals();
    } catch (IOException | RuntimeException _) {
      // Without a watcher the other rungs of the ladder decide.
      return Optional.empty();
    }
  }

  private Set<Pair> pairs(List<ProbeOrder> orders, Set<String> watched) {
    Set<Pair> pairs = new LinkedHashSet<>();
    List<Integer> used = new ArrayList<>();
    for (ProbeOrder order : orders) {
      Vantage asker = vantages.get(order.vantage());
      if (asker == null) {
        continue;
      }
      int port = port(order, used);
      used.add(port);
      for (Target target : order.targets()) {
        if (target.node().filter(watched::contains).isPresent()) {
          pairs.add(
              new Pair(
                  asker, target.node().orElseThrow(), target.address(), target.protocol(), port));
        }
      }
    }
    return pairs;
  }

  /// A high port that nobody was ordered to ask, and no other vantage point asks.
  private static int port(ProbeOrder order, List<Integer> used) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(order.seed());
    while (true) {
      int port = FIRST_PORT + random.nextInt(PORTS);
      boolean ordered = order.targets().stream().anyMatch(t -> t.ports().contains(port));
      if (!used.contains(port) && (!ordered || used.size() >= PORTS / 2)) {
        return port;
      }
    }
  }

  private Optional<Control> ask(Pair pair, Map<String, Arrivals> taps, Phase phase) {
    Arrivals tap = taps.get(pair.node());
    Optional<InetAddress> from = Optional.empty();
    for (int i = 0; tap != null && i < ATTEMPTS && from.isEmpty(); i++) {
      if (progress.cancelled()) {
        return Optional.empty();
      }
      from = pair.protocol().equals(Protocol.UDP) ? datagram(pair, tap) : connect(pair, tap);
    }
    from.ifPresent(f -> sighted.add(new Sighted(pair.asker().name(), pair.address(), f)));
    String what = pair.protocol().equals(Protocol.UDP) ? "datagram" : "packet";
    String detail =
        from.map(a -> pair.node() + " saw our " + what + " arrive from " + AddressText.of(a))
            .orElse(pair.node() + " did not see our " + what + " arrive");
    return Optional.of(
        new Control(
            pair.asker().name(),
            pair.address(),
            pair.protocol().equals(Protocol.UDP) ? Kind.DATAGRAM : Kind.ARRIVAL,
            phase,
            pair.port(),
            from.isPresent(),
            detail));
  }

  private static Optional<InetAddress> connect(Pair pair, Arrivals tap) {
    return await(pair, "", () -> tap.seenFrom(pair.address(), pair.port()));
  }

  private static Optional<InetAddress> datagram(Pair pair, Arrivals tap) {
    String token = Challenge.random(HeldSocket.RANDOM);
    return await(pair, token, () -> tap.seenFrom(token));
  }

  /// What comes back, if anything does, may be here before whoever watches has looked.
  private static Optional<InetAddress> await(
      Pair pair, String token, Supplier<Optional<InetAddress>> seen) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    knock(pair, token);
    try {
      while (seen.get().isEmpty() && System.nanoTime() - deadline < 0) {
        Thread.sleep(GLANCE_MILLIS);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return seen.get();
  }

  private static void knock(Pair pair, String token) {
    try {
      pair.asker().askWitness(pair.protocol(), pair.address(), pair.port(), token, PATIENCE_MILLIS);
    } catch (IOException | RuntimeException _) {
      // What arrived, if anything, is all that counts.
    }
  }

  /// Where packets of each vantage point were seen to arrive, before and after.
  static Map<String, Set<InetAddress>> arrived(List<Control> controls) {
    Map<String, Set<InetAddress>> arrived = new LinkedHashMap<>();
    Map<String, Set<InetAddress>> lost = new LinkedHashMap<>();
    for (Control c : controls) {
      if (c.kind() == Kind.ARRIVAL) {
        (c.holds() ? arrived : lost)
            .computeIfAbsent(c.vantage(), _ -> new LinkedHashSet<>())
            .add(c.address());
      }
    }
    lost.forEach((vantage, addresses) ->
        arrived.getOrDefault(vantage, new LinkedHashSet<>()).removeAll(addresses));
    return arrived;
  }
}
