package io.k8sfw.probes;

import io.k8sfw.probes.linux.PacketTap;
import io.k8sfw.probes.linux.PacketTap.Direction;
import io.k8sfw.probes.linux.PacketTap.Syn;
import io.k8sfw.vantage.Vantage.Arrivals;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/// Remembers who tried to connect where.
final class SeenArriving implements Arrivals {
  /// What is kept at most: more addresses and ports than controls ever ask.
  private static final int KEPT = 4096;

  private final Map<InetSocketAddress, InetAddress> seen;
  private final PacketTap tap;

  private SeenArriving(Map<InetSocketAddress, InetAddress> seen, PacketTap tap) {
    this.seen = seen;
    this.tap = tap;
  }

  /// In the calling thread's network namespace.
  static Optional<Arrivals> open(ThreadFactory threads) {
    Map<InetSocketAddress, InetAddress> seen = new ConcurrentHashMap<>();
    return PacketTap.open(Direction.ARRIVING, syn -> take(seen, syn), threads)
        .map(tap -> new SeenArriving(seen, tap));
  }

  private static void take(Map<InetSocketAddress, InetAddress> seen, Syn syn) {
    if (seen.size() < KEPT) {
      seen.put(new InetSocketAddress(syn.to(), syn.port()), syn.from());
    }
  }

  @Override
  public Optional<InetAddress> seenFrom(InetAddress address, int port) {
    return Optional.ofNullable(seen.get(new InetSocketAddress(address, port)));
  }

  @Override
  public void close() {
    tap.close();
  }
}
