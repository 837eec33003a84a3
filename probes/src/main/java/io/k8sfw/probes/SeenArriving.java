package io.k8sfw.probes;

import io.k8sfw.probes.linux.PacketTap;
import io.k8sfw.probes.linux.PacketTap.Direction;
import io.k8sfw.vantage.Vantage.Arrivals;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/// Remembers who tried to connect where, and whose challenges came by.
final class SeenArriving implements Arrivals {
  /// What is kept at most of each: more than controls and witnesses ever ask.
  private static final int KEPT = 4096;

  private final Map<InetSocketAddress, InetAddress> attempts;
  private final Map<String, InetAddress> tokens;
  private final PacketTap tap;

  private SeenArriving(
      Map<InetSocketAddress, InetAddress> attempts,
      Map<String, InetAddress> tokens,
      PacketTap tap) {
    this.attempts = attempts;
    this.tokens = tokens;
    this.tap = tap;
  }

  /// In the calling thread's network namespace.
  static Optional<Arrivals> open(Direction direction, ThreadFactory threads) {
    Map<InetSocketAddress, InetAddress> attempts = new ConcurrentHashMap<>();
    Map<String, InetAddress> tokens = new ConcurrentHashMap<>();
    return PacketTap.open(
            direction,
            syn -> take(attempts, new InetSocketAddress(syn.to(), syn.port()), syn.from()),
            marked -> take(tokens, marked.challenge().token(), marked.from()),
            threads)
        .map(tap -> new SeenArriving(attempts, tokens, tap));
  }

  private static <K> void take(Map<K, InetAddress> seen, K what, InetAddress from) {
    if (seen.size() < KEPT) {
      seen.put(what, from);
    }
  }

  @Override
  public Optional<InetAddress> seenFrom(InetAddress address, int port) {
    return Optional.ofNullable(attempts.get(new InetSocketAddress(address, port)));
  }

  @Override
  public Optional<InetAddress> seenFrom(String token) {
    return Optional.ofNullable(tokens.get(token));
  }

  @Override
  public void close() {
    tap.close();
  }
}
