package io.k8sfw.probes.simulation;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.simulation.Trouble.Fate;
import io.k8sfw.probes.simulation.Trouble.Obstacle;
import io.k8sfw.probes.simulation.Trouble.Packet;
import io.k8sfw.probes.simulation.World.Host;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What lies between one vantage point and its targets, and writes down all that is sent.
///
/// An attempt is a socket of Linux: its SYN is sent again after 1, 2, 3 and 4 s for as long as it
/// waits (tcp_syn_linear_timeouts, ip-sysctl; RFC 6298 for the first second). A listener's SYN-ACK
/// is not sent again, which makes loss a little worse than it is.
final class SimulatedWire {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /// `net.ipv4.ip_local_port_range` as it usually is.
  private static final int FIRST_SOURCE = 32768;

  private static final int SOURCES = 28_232;

  /// What making a socket costs.
  private static final long CALL_NANOS = 1500;

  /// When a call that fails at once has failed.
  private static final long FAILURE_NANOS = 20_000;

  /// `icmp_ratelimit` and its burst in `net/ipv4/icmp.c` (XRLIM_BURST_FACTOR): six, then one a
  /// second, to one peer.
  private static final double ICMP_PER_SECOND = 1;

  private static final double ICMP_BURST = 6;

  private final World world;
  private final String vantage;
  private final boolean errorQueue;
  private final VirtualTimeline timeline;
  private final List<Obstacle> obstacles = new ArrayList<>();
  private final List<Attempt> ledger = new ArrayList<>();
  private final Map<InetAddress, Allowance> icmp = new HashMap<>();
  private final Map<InetAddress, Map<Integer, Integer>> queues = new HashMap<>();
  private final Chance jitter;
  private int sockets;
  private int source = FIRST_SOURCE;

  /// @param errorQueue whether its probers tell an ICMP rejection from a reset
  SimulatedWire(World world, String vantage, boolean errorQueue, VirtualTimeline timeline) {
    this.world = world;
    this.vantage = vantage;
    this.errorQueue = errorQueue;
    this.timeline = timeline;
    this.jitter = Chance.of(world.seed(), "jitter " + vantage);
    for (Trouble trouble : nearestFirst(world.troubles())) {
      String purpose = trouble.getClass().getSimpleName() + " " + vantage;
      obstacles.add(trouble.start(Chance.of(world.seed(), purpose)));
      if (trouble instanceof Trouble.Stall stall) {
        timeline.stall(stall);
      }
    }
  }

  /// A sidecar accepts what no ban on the way ever sees.
  private static List<Trouble> nearestFirst(List<Trouble> troubles) {
    return troubles.stream()
        .sorted(Comparator.comparing(t -> !(t instanceof Trouble.Proxy p && p.before().isEmpty())))
        .toList();
  }

  Map<Protocol, Prober> probers() {
    return Map.of(Protocol.TCP, prober(Protocol.TCP), Protocol.UDP, prober(Protocol.UDP));
  }

  /// Everything that was sent, in its order.
  List<Attempt> ledger() {
    return ledger;
  }

  private Prober prober(Protocol protocol) {
    return new Prober() {
      @Override
      public void attempt(InetAddress address, int port, Duration patience, Consumer<Answer> sink) {
        // Those of others come and go too: never the same twice in a row.
        source = FIRST_SOURCE + (source + 1 - FIRST_SOURCE) % SOURCES;
        again(address, port, source, patience, sink);
      }

      @Override
      public void again(
          InetAddress address, int port, int from, Duration patience, Consumer<Answer> sink) {
        timeline.spend(CALL_NANOS);
        begin(
            new Attempt(protocol, address, port, from, timeline.nanos(), patience.toNanos()), sink);
      }
    };
  }

  private void begin(Attempt attempt, Consumer<Answer> sink) {
    long now = attempt.sent;
    ledger.add(attempt);
    for (Obstacle obstacle : obstacles) {
      Outcome.Fault fault = obstacle.local(now, sockets);
      if (fault != null) {
        sockets++;
        settleIn(FAILURE_NANOS, attempt, fault, sink);
        return;
      }
    }
    sockets++;
    send(attempt, sink);
  }

  private void send(Attempt attempt, Consumer<Answer> sink) {
    long now = timeline.nanos();
    if (attempt.over()) {
      return;
    }
    if (now >= attempt.deadline()) {
      settleIn(0, attempt, Outcome.SILENT, sink);
      return;
    }
    attempt.packets++;
    attempt.lastPacket = now;
    Packet packet =
        new Packet(
            now,
            attempt.address,
            attempt.protocol,
            attempt.port,
            world.truth(vantage, attempt.address, attempt.protocol, attempt.port));
    long arrival = Long.MAX_VALUE;
    Outcome answer = meets(packet, attempt);
    if (answer != null) {
      long there = roundTrip(packet);
      if (comesBack(packet, now + there)) {
        arrival = now + there;
        arrives(attempt, packet, answer, arrival, sink);
      }
    }
    long again = now + SECOND;
    if (attempt.protocol.equals(Protocol.TCP) && again < Math.min(arrival, attempt.deadline())) {
      timeline.schedule(again - now, () -> send(attempt, sink));
    } else if (arrival > attempt.deadline()) {
      settleIn(attempt.deadline() - now, attempt, Outcome.SILENT, sink);
    }
  }

  private void arrives(
      Attempt attempt, Packet packet, Outcome answer, long arrival, Consumer<Answer> sink) {
    if (answer.equals(Outcome.OPEN) || answer.equals(Outcome.REFUSED)) {
      attempt.answered = Math.min(attempt.answered, arrival);
    }
    if (answer.equals(Outcome.OPEN)) {
      attempt.connects++;
      takePlace(packet);
    }
    if (arrival <= attempt.deadline()) {
      settleIn(arrival - packet.now(), attempt, answer, sink);
    }
  }

  private void settleIn(long delay, Attempt attempt, Outcome outcome, Consumer<Answer> sink) {
    timeline.schedule(
        delay,
        () -> {
          if (!attempt.over()) {
            attempt.outcome = outcome;
            attempt.settled = timeline.nanos();
            sockets--;
            sink.accept(
                new Answer(
                    outcome,
                    (int) ((timeline.nanos() - attempt.sent) / 1000),
                    attempt.protocol.equals(Protocol.TCP) ? attempt.source : 0));
          }
        });
  }

  /// @return null where nothing answers
  private @Nullable Outcome meets(Packet packet, Attempt attempt) {
    for (Obstacle obstacle : obstacles) {
      Fate fate = obstacle.there(packet);
      if (fate != Fate.PASSES) {
        return switch (fate) {
          case CONNECTED -> Outcome.OPEN;
          case RESET -> Outcome.REFUSED;
          case LOST, PASSES -> null;
        };
      }
    }
    Host host = world.hosts().get(packet.address());
    return host == null
        ? null
        : attempt.protocol.equals(Protocol.UDP) ? udp(packet, host) : tcp(packet, host);
  }

  private @Nullable Outcome tcp(Packet packet, Host host) {
    return switch (packet.truth()) {
      case OPEN -> Outcome.OPEN;
      case HUNG -> taken(packet) < host.queue() ? Outcome.OPEN : null;
      case CLOSED, REJECTED_BY_RESET -> Outcome.REFUSED;
      case DROPPED -> null;
      case REJECTED_BY_ICMP -> icmpAllowed(packet) ? rejection(host) : null;
    };
  }

  private @Nullable Outcome udp(Packet packet, Host host) {
    return switch (packet.truth()) {
      case OPEN -> new Heard(PortState.OPEN, Reason.UDP_RESPONSE, Optional.empty());
      case HUNG, DROPPED, REJECTED_BY_RESET -> null;
      case CLOSED, REJECTED_BY_ICMP ->
          icmpAllowed(packet)
              ? new Heard(
                  PortState.CLOSED,
                  Reason.PORT_UNREACHABLE,
                  errorQueue ? Optional.of(unreachable(host.address(), false)) : Optional.empty())
              : null;
    };
  }

  private boolean icmpAllowed(Packet packet) {
    return icmp.computeIfAbsent(packet.address(), _ -> new Allowance(ICMP_PER_SECOND, ICMP_BURST))
        .takes(packet.now());
  }

  /// As `WireErrors` tells it: without the error queue, a port unreachable looks like a reset.
  private Outcome rejection(Host host) {
    if (!errorQueue) {
      return host.prohibits()
          ? new Heard(PortState.FILTERED, Reason.HOST_UNREACHABLE, Optional.empty())
          : Outcome.REFUSED;
    }
    return new Heard(
        PortState.FILTERED,
        host.prohibits() ? Reason.ADMIN_PROHIBITED : Reason.PORT_UNREACHABLE,
        Optional.of(unreachable(host.address(), host.prohibits())));
  }

  private static Icmp unreachable(InetAddress from, boolean prohibits) {
    return Family.of(from) == Family.IPV4
        ? new Icmp(3, prohibits ? 13 : 3, from)
        : new Icmp(1, prohibits ? 1 : 4, from);
  }

  private long roundTrip(Packet packet) {
    Host host = world.hosts().get(packet.address());
    long nanos = host == null ? SECOND / 1000 : host.roundTripNanos();
    nanos += (long) (nanos * jitter.between(0, 0.2));
    for (Obstacle obstacle : obstacles) {
      nanos += obstacle.delay(packet);
    }
    return nanos;
  }

  private boolean comesBack(Packet packet, long arrival) {
    for (Obstacle obstacle : obstacles) {
      if (!obstacle.comesBack(packet, arrival)) {
        return false;
      }
    }
    return true;
  }

  private int taken(Packet packet) {
    return queues.getOrDefault(packet.address(), Map.of()).getOrDefault(packet.port(), 0);
  }

  private void takePlace(Packet packet) {
    if (packet.truth() == Truth.HUNG) {
      queues
          .computeIfAbsent(packet.address(), _ -> new HashMap<>())
          .merge(packet.port(), 1, Integer::sum);
    }
  }
}
