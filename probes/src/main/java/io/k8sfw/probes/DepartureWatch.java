package io.k8sfw.probes;

import io.k8sfw.probes.linux.PacketTap;
import io.k8sfw.probes.linux.PacketTap.Direction;
import io.k8sfw.probes.linux.PacketTap.Syn;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage.Departures;
import io.k8sfw.vantage.Vantage.Departures.Fate;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Starts connections, and watches whether their first packets leave this machine.
///
/// A packet is ours if its source port is: other programs may well connect to the same port, and
/// local rules may let them (by user or control group).
///
/// Made for one [#run], in the network namespace of the thread that calls it.
final class DepartureWatch {
  private static final int ROUNDS = 3;

  /// Connections begun before they are looked for and closed again.
  private static final int AT_ONCE = 128;

  /// A packet that leaves does so within microseconds; the rest is for a neighbour that has to be
  /// resolved first, and for us to be scheduled.
  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(150);

  private static final long LOOK_AGAIN_MILLIS = 2;

  /// Packets that are kept at most. A machine that starts more connections than this meanwhile may
  /// have made us miss our own.
  private static final int KEPT = 1 << 14;

  /// A packet from one of this machine's ports.
  private record Trace(int from, InetSocketAddress to) {}

  private final Set<Trace> seen = ConcurrentHashMap.newKeySet();
  private final Set<Integer> seenFrom = ConcurrentHashMap.newKeySet();
  private final Map<InetSocketAddress, Set<Integer>> ours = new HashMap<>();
  private final Set<InetSocketAddress> connected = new HashSet<>();
  private final Set<InetSocketAddress> refused = new HashSet<>();
  private final Map<InetAddress, Long> nextTo = new HashMap<>();
  private final long gap;
  private final long gapPerAddress;
  private long next = System.nanoTime();
  private long sent;

  private DepartureWatch(Pace pace) {
    gap = TimeUnit.SECONDS.toNanos(1) / pace.perSecond();
    gapPerAddress = TimeUnit.SECONDS.toNanos(1) / pace.perTargetPerSecond();
  }

  /// As [io.k8sfw.vantage.Vantage#watchDepartures] says.
  static Optional<Departures> run(
      List<InetSocketAddress> ports, Pace pace, Progress progress, ThreadFactory threads)
      throws IOException, InterruptedException {
    DepartureWatch watch = new DepartureWatch(pace);
    Optional<PacketTap> tap = PacketTap.open(Direction.LEAVING, watch::take, threads);
    if (tap.isEmpty()) {
      return Optional.empty();
    }
    try (PacketTap _ = tap.get()) {
      watch.ask(ports, progress);
    }
    return watch.seen.size() < KEPT ? Optional.of(watch.departures(ports)) : Optional.empty();
  }

  private void take(Syn syn) {
    if (seen.size() < KEPT) {
      seen.add(new Trace(syn.fromPort(), new InetSocketAddress(syn.to(), syn.port())));
      seenFrom.add(syn.fromPort());
    }
  }

  private void ask(List<InetSocketAddress> ports, Progress progress)
      throws IOException, InterruptedException {
    List<InetSocketAddress> missing = ports;
    for (int round = 0; round < ROUNDS && !missing.isEmpty(); round++) {
      Deque<InetSocketAddress> todo = new ArrayDeque<>(missing);
      while (!todo.isEmpty() && !progress.cancelled()) {
        askSome(todo, progress);
      }
      missing = missing.stream().filter(port -> !hasLeft(port)).toList();
    }
  }

  /// Asks the first of `todo`, as many as there are sockets for, and waits for them to leave.
  private void askSome(Deque<InetSocketAddress> todo, Progress progress)
      throws IOException, InterruptedException {
    Map<InetSocketAddress, SocketChannel> open = new LinkedHashMap<>();
    try {
      while (!todo.isEmpty() && open.size() < AT_ONCE && !progress.cancelled()) {
        InetSocketAddress port = todo.getFirst();
        SocketChannel channel = socket(port.getAddress());
        if (channel == null) {
          break;
        }
        open.put(port, channel);
        todo.removeFirst();
        waitFor(port.getAddress());
        start(channel, port);
      }
      if (open.isEmpty()) {
        todo.pollFirst();
      }
      long deadline = System.nanoTime() + PATIENCE;
      while (!open.keySet().stream().allMatch(this::hasLeft) && System.nanoTime() - deadline < 0) {
        Thread.sleep(LOOK_AGAIN_MILLIS);
      }
      open.forEach(this::noteAnswer);
    } finally {
      for (SocketChannel channel : open.values()) {
        channel.close();
      }
    }
  }

  private void noteAnswer(InetSocketAddress port, SocketChannel channel) {
    try {
      if (channel.isConnectionPending() && channel.finishConnect()) {
        connected.add(port);
      }
    } catch (ConnectException _) {
      refused.add(port);
    } catch (IOException _) {
      // Rejected in some other way; what was seen leaving is all that counts.
    }
  }

  /// A socket that has its source port already, so that its packet is known when it is seen.
  ///
  /// @return null where there is none to be had
  private static @Nullable SocketChannel socket(InetAddress to) {
    boolean v4 = to instanceof Inet4Address;
    try {
      SocketChannel channel =
          SocketChannel.open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
      try {
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.bind(new InetSocketAddress(v4 ? "0.0.0.0" : "::", 0));
        return channel;
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException _) {
      return null;
    }
  }

  private void waitFor(InetAddress address) throws InterruptedException {
    long now = System.nanoTime();
    long wait = Math.max(next - now, nextTo.getOrDefault(address, now) - now);
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
    long then = System.nanoTime();
    next = then + gap;
    nextTo.put(address, then + gapPerAddress);
  }

  private void start(SocketChannel channel, InetSocketAddress port) throws IOException {
    sent++;
    if (channel.getLocalAddress() instanceof InetSocketAddress local) {
      ours.computeIfAbsent(port, _ -> new HashSet<>()).add(local.getPort());
    }
    try {
      if (channel.connect(port)) {
        connected.add(port);
      }
    } catch (ConnectException _) {
      refused.add(port);
    } catch (IOException _) {
      // On the spot, which only this machine itself can do: nothing was sent.
    }
  }

  private boolean hasLeft(InetSocketAddress port) {
    return ours.getOrDefault(port, Set.of()).stream()
        .anyMatch(from -> seen.contains(new Trace(from, port)));
  }

  private Departures departures(List<InetSocketAddress> ports) {
    Map<InetSocketAddress, Fate> fates = new HashMap<>();
    ports.stream().filter(ours::containsKey).forEach(port -> fates.put(port, fate(port)));
    return new Departures(fates, sent);
  }

  private Fate fate(InetSocketAddress port) {
    if (hasLeft(port)) {
      return Fate.LEFT;
    }
    if (ours.getOrDefault(port, Set.of()).stream().anyMatch(seenFrom::contains)) {
      return Fate.DIVERTED;
    }
    if (connected.contains(port)) {
      return Fate.HIDDEN;
    }
    return refused.contains(port) ? Fate.REFUSED_HERE : Fate.HELD_BACK;
  }
}
