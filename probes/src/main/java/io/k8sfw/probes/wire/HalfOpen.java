package io.k8sfw.probes.wire;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Family;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.linux.PacketTap;
import io.k8sfw.probes.linux.PacketTap.Direction;
import io.k8sfw.probes.linux.PacketTap.Syn;
import io.k8sfw.probes.linux.RawTcp;
import io.k8sfw.probes.linux.Sockets;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Outcome.Silent;
import io.k8sfw.probes.wire.WireErrors.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// Learns a TCP port's state from the first half of the handshake. A SYN-ACK is answered with a
/// reset, so that the program on the other side never hears that somebody asked: for ports where a
/// connection does harm.
///
/// Made for one [#ask], in the network namespace of the thread that calls it.
public final class HalfOpen {
  private static final long LOOK_AGAIN_MILLIS = 1;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final InetSocketAddress remote;
  private final InetAddress source;

  /// Source ports of SYNs to `remote` that were seen leaving this machine.
  private final Set<Integer> left = ConcurrentHashMap.newKeySet();

  private HalfOpen(InetSocketAddress remote, InetAddress source) {
    this.remote = remote;
    this.source = source;
  }

  /// Whether this can be done in the calling thread's network namespace.
  public static boolean isAllowed() {
    return RawTcp.isAllowed();
  }

  /// Sends SYNs until one is answered, or all were in vain.
  ///
  /// @param waits how long each is waited for; as many SYNs as entries make silence a fact
  /// @param threads one is started, to watch whether what is sent leaves this machine
  public static PortRun ask(InetSocketAddress remote, List<Duration> waits, ThreadFactory threads)
      throws InterruptedException {
    int port = remote.getPort();
    InetAddress source = source(remote.getAddress());
    if (source == null) {
      String cause = "no route to " + AddressText.of(remote.getAddress()) + " from here";
      return new PortRun(new PortRange(port, port), unmeasured(cause), -1);
    }
    HalfOpen asking = new HalfOpen(remote, source);
    Optional<PacketTap> tap = PacketTap.open(Direction.LEAVING, asking::take, threads);
    try {
      return asking.ask(waits, tap.isPresent());
    } finally {
      tap.ifPresent(PacketTap::close);
    }
  }

  private static @Nullable InetAddress source(InetAddress towards) {
    try (Sockets sockets = Sockets.open()) {
      return sockets.sourceTowards(towards);
    }
  }

  private static Observation unmeasured(String cause) {
    return new Unmeasured(Untrusted.of(cause));
  }

  private void take(Syn syn) {
    if (syn.to().equals(remote.getAddress()) && syn.port() == remote.getPort()) {
      left.add(syn.fromPort());
    }
  }

  private PortRun ask(List<Duration> waits, boolean watched) throws InterruptedException {
    PortRange port = new PortRange(remote.getPort(), remote.getPort());
    boolean leaves = !watched;
    int sent = 0;
    for (Duration wait : waits) {
      sent++;
      Answer answer = attempt(wait.toNanos());
      leaves |= !left.isEmpty();
      if (answer.outcome() instanceof Heard heard) {
        Observation observation =
            new Measured(heard.state(), heard.reason(), heard.icmp(), sent, 1, false);
        return new PortRun(port, observation, answer.rttMicros());
      }
      if (answer.outcome() instanceof Fault fault && !(fault.passing() && sent < waits.size())) {
        return new PortRun(port, unmeasured(fault.cause()), -1);
      }
    }
    Observation silence =
        new Measured(PortState.FILTERED, Reason.NO_RESPONSE, Optional.empty(), sent, sent, false);
    return new PortRun(
        port, leaves ? silence : unmeasured("its SYNs did not leave this machine"), -1);
  }

  /// One SYN, from a port of its own: a bound socket keeps the port, and since it neither listens
  /// nor connects, the kernel answers a SYN-ACK to it with a reset (RFC 9293 section 3.5.2).
  private Answer attempt(long waitNanos) throws InterruptedException {
    long start = System.nanoTime();
    boolean v4 = Family.of(source) == Family.IPV4;
    try (SocketChannel holder =
        SocketChannel.open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
      holder.bind(new InetSocketAddress(source, 0));
      int own = ((InetSocketAddress) holder.getLocalAddress()).getPort();
      try (RawTcp raw = RawTcp.open(remote.getAddress(), own)) {
        return Answer.since(start, attempt(raw, own, start + waitNanos));
      }
    } catch (IOException e) {
      return Answer.since(start, new Fault("a half-open attempt: " + e.getMessage(), true));
    }
  }

  private Outcome attempt(RawTcp raw, int own, long deadline) throws InterruptedException {
    int sequence = RANDOM.nextInt();
    TcpSegment syn = new TcpSegment(own, remote.getPort(), sequence, 0, TcpSegment.SYN);
    int error = raw.send(syn.write(source, remote.getAddress()));
    if (error != 0) {
      return WireErrors.outcome(failure(error, true, Optional.empty()));
    }
    do {
      byte[] came = raw.receive();
      if (came != null) {
        Outcome outcome = outcome(TcpSegment.read(came), own, sequence, raw);
        if (outcome != null) {
          return outcome;
        }
        continue;
      }
      Optional<Icmp> icmp = raw.icmp(own, remote.getPort());
      if (icmp.isPresent()) {
        return WireErrors.outcome(failure(0, false, icmp));
      }
      Thread.sleep(LOOK_AGAIN_MILLIS);
    } while (System.nanoTime() - deadline < 0);
    return new Silent();
  }

  /// Only what acknowledges our SYN is an answer to it.
  private @Nullable Outcome outcome(TcpSegment came, int own, int sequence, RawTcp raw) {
    boolean ours =
        came.from() == remote.getPort()
            && came.to() == own
            && came.has(TcpSegment.ACK)
            && came.acknowledges() == sequence + 1;
    if (ours && came.has(TcpSegment.RST)) {
      return Outcome.REFUSED;
    }
    if (ours && came.has(TcpSegment.SYN)) {
      // The kernel has done the same by now, unless a rule of this machine keeps its resets back.
      TcpSegment reset = new TcpSegment(own, remote.getPort(), sequence + 1, 0, TcpSegment.RST);
      raw.send(reset.write(source, remote.getAddress()));
      return Outcome.OPEN;
    }
    return null;
  }

  private Failure failure(int errno, boolean immediate, Optional<Icmp> icmp) {
    return new Failure(
        Protocol.TCP,
        remote.getAddress(),
        icmp.map(i -> source(i.from())).orElse(source),
        errno,
        immediate,
        icmp,
        true);
  }
}
