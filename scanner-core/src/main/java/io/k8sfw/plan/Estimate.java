package io.k8sfw.plan;

import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/// What a plan costs. Vantage points work at the same time.
///
/// Follows from the orders alone, `trackedAtMost` included: where connection tracking allows few
/// unanswered attempts at a time, it decides how long it takes.
///
/// @param parts one for each order, in their order
public record Estimate(List<Part> parts) {
  /// Two control ports before and after, each of which waits for its second packet, and what agents
  /// watch arrive.
  private static final int CLEAN_CONTROLS = 10;

  /// Control ports before and after, and three attempts at an arrival before and after.
  private static final int MOST_CONTROLS = 2 * 2 * Effort.CONTROL_PORTS + 6;

  /// Datagrams that agents watch arrive, one before and one after, or three each.
  private static final int CLEAN_DATAGRAM_CONTROLS = 2;

  private static final int MOST_DATAGRAM_CONTROLS = 6;

  /// 192.0.2.1 is asked before and after.
  private static final int NOWHERE_PACKETS = 4;

  /// Seconds that a silent port occupies a place among those in flight.
  private static final double CLEAN_WAITS =
      ((Effort.CLEAN_ATTEMPTS - 1) * Effort.SHORT_WAIT.toMillis() + Effort.LONG_WAIT.toMillis())
          / 1000.0;

  /// On a path that loses packets, a slower rate is tried: a quarter.
  private static final int SLOWED = 4;

  /// Pauses when an address stops answering, of 1, 2, 4 and 8 s and up to a third more.
  private static final Duration PAUSES = Duration.ofSeconds(20);

  public Estimate {
    parts = List.copyOf(parts);
  }

  /// What one vantage point does.
  ///
  /// @param ports states to learn
  /// @param clean on a path without loss, where a firewall drops every packet to the ports that are
  ///   audited, and others answer often enough to show that nothing is lost. Where they do not,
  ///   silence takes more attempts
  /// @param worst on a path that loses half of everything now and then. Where a path polices the
  ///   rate, it takes no more packets, but as long as the policer wants
  /// @param connectsPerSecond never more than so many new connections a second, averaged over a
  ///   second; in less, a twentieth of it more may come at once
  public record Part(String vantage, long ports, Cost clean, Cost worst, int connectsPerSecond) {
    /// Packets a second at the most: the kernel may repeat what was sent a second ago.
    public int packetsPerSecond() {
      return 2 * connectsPerSecond;
    }
  }

  /// @param packets SYN packets and datagrams that leave, those of controls and canaries and those
  ///   that the kernel repeats included; neither handshakes that succeed nor their resets
  /// @param time from the first packet to the last answer
  public record Cost(long packets, Duration time) {}

  /// @param orders within what connection tracking allows
  public static Estimate of(List<ProbeOrder> orders) {
    return new Estimate(orders.stream().map(Estimate::part).toList());
  }

  public long ports() {
    return parts.stream().mapToLong(Part::ports).sum();
  }

  /// All vantage points together.
  public Cost clean() {
    return together(Part::clean);
  }

  /// All vantage points together.
  public Cost worst() {
    return together(Part::worst);
  }

  /// All vantage points together, at the most.
  public int connectsPerSecond() {
    return parts.stream().mapToInt(Part::connectsPerSecond).sum();
  }

  /// All vantage points together, at the most.
  public int packetsPerSecond() {
    return parts.stream().mapToInt(Part::packetsPerSecond).sum();
  }

  private Cost together(Function<Part, Cost> cost) {
    return new Cost(
        parts.stream().map(cost).mapToLong(Cost::packets).sum(),
        parts.stream()
            .map(cost)
            .map(Cost::time)
            .max(Comparator.naturalOrder())
            .orElse(Duration.ZERO));
  }

  private static Part part(ProbeOrder order) {
    return new Part(
        order.vantage(), order.size(), clean(order), worst(order), connectsPerSecond(order));
  }

  private static int connectsPerSecond(ProbeOrder order) {
    Pace pace = order.pace();
    long all =
        order.targets().stream().map(Target::address).distinct().count()
            * pace.perTargetPerSecond();
    return (int) Math.min(pace.perSecond(), all);
  }

  private static Cost clean(ProbeOrder order) {
    long packets = order.externalControl() ? NOWHERE_PACKETS : 0;
    Load load = new Load(order, 1);
    boolean shared = Effort.sharesEntries(order);
    for (ProbeOrder one : order.byAddress()) {
      InetAddress address = one.targets().getFirst().address();
      long tcp = Effort.tcpPorts(one, address);
      long udp = Effort.udpPorts(one, address);
      long canaries = Effort.cleanCanaries(tcp);
      long controls = tcp == 0 ? 0 : CLEAN_CONTROLS;
      packets += tcp * Effort.CLEAN_PACKETS + canaries + controls + udp * Effort.UDP_ATTEMPTS;
      packets += udp == 0 ? 0 : CLEAN_DATAGRAM_CONTROLS;
      packets += Effort.datagramsToWitnesses(one, address);
      load.connects(
          tcp * Effort.CLEAN_ATTEMPTS + canaries + controls,
          tcp * (shared ? 1 : Effort.CLEAN_ATTEMPTS) + canaries + controls,
          tcp * CLEAN_WAITS);
      load.datagrams(udp * Effort.UDP_ATTEMPTS);
    }
    return new Cost(packets, load.time(longestWait(order)));
  }

  private static Cost worst(ProbeOrder order) {
    long packets = order.externalControl() ? NOWHERE_PACKETS : 0;
    Load load = new Load(order, SLOWED);
    double wait = longestWait(order).toMillis() / 1000.0;
    for (ProbeOrder one : order.byAddress()) {
      InetAddress address = one.targets().getFirst().address();
      long udp = Effort.udpPorts(one, address);
      long connects = Effort.mostAttempts(one, address);
      packets += Effort.mostPackets(one, address) + MOST_CONTROLS + 2L * udp * Effort.UDP_ATTEMPTS;
      packets += udp == 0 ? 0 : MOST_DATAGRAM_CONTROLS;
      packets += Effort.mostToWitnesses(one, address);
      packets += Effort.overlayPorts(one, address) * Effort.MOST_OVERLAY_DATAGRAMS;
      load.connects(connects, connects, connects * wait);
      load.datagrams(2L * udp * Effort.UDP_ATTEMPTS);
    }
    return new Cost(packets, load.time(longestWait(order)).plus(PAUSES));
  }

  /// The last attempt at a port waits for the kernel's repetition, whatever the pace.
  private static Duration longestWait(ProbeOrder order) {
    Duration last = order.pace().attempts().getLast();
    return last.compareTo(Effort.LONG_WAIT) > 0 ? last : Effort.LONG_WAIT;
  }

  /// How long an order keeps its buckets, its places in flight and its tracked entries busy: the
  /// scarcest of them decides.
  private static final class Load {
    private final ProbeOrder order;
    private final int slowed;
    private long allConnects;
    private long allEntries;
    private double allWaits;
    private double slowest;

    Load(ProbeOrder order, int slowed) {
      this.order = order;
      this.slowed = slowed;
    }

    /// To one address.
    ///
    /// @param entries that they take in a connection tracking table
    /// @param waits seconds that all of them together are in flight
    void connects(long connects, long entries, double waits) {
      Pace pace = order.pace();
      allConnects += connects;
      allEntries += entries;
      allWaits += waits;
      slowest = Math.max(slowest, (double) connects * slowed / pace.perTargetPerSecond());
      slowest = Math.max(slowest, waits / pace.inFlightPerTarget());
    }

    /// To one address.
    void datagrams(long datagrams) {
      double late = (double) Math.max(0, datagrams - Effort.UDP_BURST);
      slowest = Math.max(slowest, late);
    }

    Duration time(Duration lastWait) {
      Pace pace = order.pace();
      double seconds = Math.max(slowest, (double) allConnects * slowed / pace.perSecond());
      seconds = Math.max(seconds, allWaits / pace.inFlight());
      // All entries are taken at once, and come back together.
      long waits = Math.max(0, (allEntries - 1) / order.trackedAtMost());
      seconds = Math.max(seconds, (double) waits * Effort.TRACKED_UNANSWERED.toSeconds());
      return Duration.ofMillis(Math.round(1000 * seconds))
          .plus(order.pace().gap().multipliedBy(Effort.CLEAN_ATTEMPTS - 1))
          .plus(lastWait);
    }
  }
}
