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
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
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
  /// @param waits how long each is waited for before the next, which does not end the wait for it;
  ///   as many SYNs as entries make silence a fact
  /// @param threads one is started, to watch whether what is sent leaves this machine
  public static PortRun ask(InetSocketAddress remote, List<Duration> waits, ThreadFactory threads)
      throws InterruptedException {
    int port = remote.getPort();
    InetAddress source = source(remote.getAddress());
    Optional<String> refused = refused(remote.getAddress(), source);
    if (source == null || refused.isPresent()) {
      String cause =
          refused.orElse("no route to " + AddressText.of(remote.getAddress()) + " from here");
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

  /// Why nothing is sent there.
  private static Optional<String> refused(InetAddress remote, @Nullable InetAddress source) {
    return remote.equals(source) && !remote.isLoopbackAddress()
        ? Optional.of(
            "it is itself where " + AddressText.of(remote) + " is, and reaches it past every rule")
        : Optional.empty();
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

  /// One SYN under way, from a port of its own: a bound socket keeps the port, and since it neither
  /// listens nor connects, the kernel answers a SYN-ACK to it with a reset (RFC 9293 section
  /// 3.5.2).
  private record Attempt(SocketChannel holder, RawTcp raw, int port, int sequence, long start)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try (holder) {
        raw.close();
      }
    }
  }

  private PortRun ask(List<Duration> waits, boolean watched) throws InterruptedException {
    PortRange port = new PortRange(remote.getPort(), remote.getPort());
    List<Attempt> open = new ArrayList<>();
    try {
      for (Duration wait : waits) {
        Outcome outcome = begin(open);
        Answer answer =
            outcome instanceof Silent
                ? await(open, System.nanoTime() + wait.toNanos())
                : new Answer(outcome, -1);
        if (answer.outcome() instanceof Heard heard) {
          Observation observation =
              new Measured(heard.state(), heard.reason(), heard.icmp(), open.size(), 1, false);
          return new PortRun(port, observation, answer.rttMicros());
        }
        if (answer.outcome() instanceof Fault fault) {
          return new PortRun(port, unmeasured(fault.cause()), -1);
        }
      }
      int sent = open.size();
      Observation silence =
          new Measured(PortState.FILTERED, Reason.NO_RESPONSE, Optional.empty(), sent, sent, false);
      return new PortRun(
          port,
          watched && left.isEmpty() ? unmeasured("its SYNs did not leave this machine") : silence,
          -1);
    } finally {
      open.forEach(HalfOpen::close);
    }
  }

  private static void close(Attempt attempt) {
    try {
      attempt.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a socket that was never connected", e);
    }
  }

  /// Sends one more SYN.
  ///
  /// @return silence, or why it could not be sent
  private Outcome begin(List<Attempt> open) {
    boolean v4 = Family.of(source) == Family.IPV4;
    try {
      SocketChannel holder =
          SocketChannel.open(v4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
      Attempt attempt;
      try {
        holder.bind(new InetSocketAddress(source, 0));
        int own = ((InetSocketAddress) holder.getLocalAddress()).getPort();
        attempt =
            new Attempt(
                holder,
                RawTcp.open(remote.getAddress(), own),
                own,
                RANDOM.nextInt(),
                System.nanoTime());
      } catch (IOException e) {
        holder.close();
        throw e;
      }
      open.add(attempt);
      TcpSegment syn =
          new TcpSegment(attempt.port(), remote.getPort(), attempt.sequence(), 0, TcpSegment.SYN);
      int error = attempt.raw().send(syn.write(source, remote.getAddress()));
      return error == 0
          ? Outcome.SILENT
          : WireErrors.outcome(failure(error, true, Optional.empty()));
    } catch (IOException e) {
      return new Fault("a half-open attempt: " + e.getMessage(), true);
    }
  }

  /// What comes first of an answer to any of the SYNs so far and `deadline`.
  private Answer await(List<Attempt> open, long deadline) throws InterruptedException {
    while (true) {
      for (Attempt attempt : open) {
        Outcome outcome = look(attempt);
        if (outcome != null) {
          return Answer.since(attempt.start(), outcome);
        }
      }
      if (System.nanoTime() - deadline >= 0) {
        return new Answer(Outcome.SILENT, -1);
      }
      Thread.sleep(LOOK_AGAIN_MILLIS);
    }
  }

  private @Nullable Outcome look(Attempt attempt) {
    for (byte[] came = attempt.raw().receive(); came != null; came = attempt.raw().receive()) {
      Outcome outcome = outcome(TcpSegment.read(came), attempt);
      if (outcome != null) {
        return outcome;
      }
    }
    Optional<Icmp> icmp = attempt.raw().icmp(attempt.port(), remote.getPort());
    return icmp.isPresent() ? WireErrors.outcome(failure(0, false, icmp)) : null;
  }

  /// Only what acknowledges our SYN is an answer to it.
  private @Nullable Outcome outcome(TcpSegment came, Attempt attempt) {
    boolean ours =
        came.from() == remote.getPort()
            && came.to() == attempt.port()
            && came.has(TcpSegment.ACK)
            && came.acknowledges() == attempt.sequence() + 1;
    if (ours && came.has(TcpSegment.RST)) {
      return Outcome.REFUSED;
    }
    if (ours && came.has(TcpSegment.SYN)) {
      // The kernel has done the same by now, unless a rule of this machine keeps its resets back.
      TcpSegment reset =
          new TcpSegment(
              attempt.port(), remote.getPort(), attempt.sequence() + 1, 0, TcpSegment.RST);
      attempt.raw().send(reset.write(source, remote.getAddress()));
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
