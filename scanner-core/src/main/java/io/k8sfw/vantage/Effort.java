package io.k8sfw.vantage;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.net.InetAddress;
import java.time.Duration;

/// What a vantage point takes to be sure of a port: how often it asks, and how much it asks
/// besides. `plan` announces these figures, budgets rest on them, and tests hold probing to them.
public final class Effort {
  /// Packets that make silence a fact on a clean path: three attempts, the last of which waits so
  /// long that the kernel repeats its SYN (after 1 s: RFC 6298 section 2; Linux: TCP_TIMEOUT_INIT).
  public static final int CLEAN_PACKETS = 4;

  public static final int CLEAN_ATTEMPTS = 3;

  /// On the worst path that still tells something, 24 packets make silence a fact; and as many
  /// again may be void, since nobody answered around them.
  public static final int MOST_PACKETS = 48;

  /// The last attempt of each round waits for the repeated packet.
  public static final int MOST_ATTEMPTS = 46;

  /// Datagrams: nobody repeats them.
  public static final int UDP_ATTEMPTS = 3;

  /// Connects to a witness that does not answer.
  public static final int TCP_WITNESS_ATTEMPTS = 3;

  /// Datagrams to a witness that does not answer, half a second apart: at a loss of one in a
  /// hundred each way all of them get lost once in 300 million.
  public static final int UDP_WITNESS_ATTEMPTS = 5;

  /// UDP is asked once a second per address after a burst of five, since that is how fast Linux
  /// answers with ICMP errors (icmp_ratelimit, ip-sysctl).
  public static final int UDP_BURST = 5;

  /// Where overlays usually take datagrams: vxlan (RFC 7348 section 8; Linux and flannel),
  /// flannel's udp backend.
  private static final PortSet OVERLAYS = PortSet.parse("4789, 8285, 8472");

  /// Datagrams through an overlay, at the most: two rounds of echo, two of packets in its own form,
  /// and bursts.
  public static final int MOST_OVERLAY_DATAGRAMS = 10 + 10 + 24;

  /// Ports of an address, 49152 or above, that nobody ordered: four that must not connect, and up
  /// to sixteen more that serve as canaries where they are refused.
  public static final int CONTROL_PORTS = 20;

  /// The first of the dynamic ports (RFC 6335 section 6), where nobody's service is.
  public static final int FIRST_CONTROL_PORT = 49152;

  /// How often a port that refuses may be asked as a canary.
  public static final int ASKS_PER_CANARY = 18;

  /// Canaries that bound the loss well enough for [#CLEAN_PACKETS].
  private static final int SAMPLE = 100;

  /// Attempts between two canaries, usually.
  private static final int WINDOW = 64;

  /// An entry of a connection tracking table that saw no answer lives so long
  /// (`nf_conntrack_tcp_timeout_syn_sent`, nf_conntrack-sysctl).
  public static final Duration TRACKED_UNANSWERED = Duration.ofMinutes(2);

  /// How long a silent attempt is waited for where answers prove a short way (RFC 6298, floor
  /// lowered to 100 ms), and how long the last.
  public static final Duration SHORT_WAIT = Duration.ofMillis(100);

  public static final Duration LONG_WAIT = Duration.ofMillis(1400);

  private Effort() {}

  /// Ports of an address that are connected to.
  public static long tcpPorts(ProbeOrder order, InetAddress address) {
    return ports(order, address, Protocol.TCP);
  }

  /// Ports of an address that get datagrams.
  public static long udpPorts(ProbeOrder order, InetAddress address) {
    return ports(order, address, Protocol.UDP);
  }

  /// Ports of an address that overlays usually have, and which are tried in their own way too.
  public static long overlayPorts(ProbeOrder order, InetAddress address) {
    return order.targets().stream()
        .filter(t -> t.address().equals(address) && t.protocol().equals(Protocol.UDP))
        .mapToLong(t -> t.ports().intersect(OVERLAYS).size())
        .sum();
  }

  private static long ports(ProbeOrder order, InetAddress address, Protocol protocol) {
    return order.targets().stream()
        .filter(t -> t.address().equals(address) && t.protocol().equals(protocol))
        .mapToLong(t -> t.ports().size())
        .sum();
  }

  /// Canaries of an address on a clean path where every port is silent.
  public static long cleanCanaries(long tcpPorts) {
    return tcpPorts == 0
        ? 0
        : Math.min(mostCanaries(), SAMPLE + tcpPorts * CLEAN_ATTEMPTS / WINDOW);
  }

  /// What control ports may be asked. Ordered ports that answer serve as well, and are asked less
  /// often in all than silent ones.
  private static long mostCanaries() {
    return (long) CONTROL_PORTS * ASKS_PER_CANARY;
  }

  /// Connects of an order on a clean path where every port is silent.
  public static long cleanConnects(ProbeOrder order) {
    return order.byAddress().stream()
        .mapToLong(one -> cleanConnects(one, one.targets().getFirst().address()))
        .sum();
  }

  /// The same, to one address.
  public static long cleanConnects(ProbeOrder order, InetAddress address) {
    long tcp = tcpPorts(order, address);
    return tcp * CLEAN_ATTEMPTS + cleanCanaries(tcp);
  }

  /// Whether connection tracking allows so little that a port which stays silent is asked from the
  /// same source port again, for as long as the path loses nothing: tracking takes that for a
  /// repetition of the same SYN, so that all attempts on the port share one entry. Else each has a
  /// source port, and so an entry, of its own.
  public static boolean sharesEntries(ProbeOrder order) {
    return order.trackedAtMost() < cleanConnects(order);
  }

  /// Connects to an address, at the most.
  public static long mostAttempts(ProbeOrder order, InetAddress address) {
    long tcp = tcpPorts(order, address);
    return tcp == 0 ? 0 : tcp * MOST_ATTEMPTS + mostCanaries();
  }

  /// SYN packets to an address, at the most. A canary may wait for the kernel's repetition.
  public static long mostPackets(ProbeOrder order, InetAddress address) {
    long tcp = tcpPorts(order, address);
    return tcp == 0 ? 0 : tcp * MOST_PACKETS + 2 * mostCanaries();
  }

  /// Datagrams to witnesses of an address on a clean path where every port is silent.
  public static long datagramsToWitnesses(ProbeOrder order, InetAddress address) {
    return witnessable(order, address, Protocol.UDP) * UDP_WITNESS_ATTEMPTS;
  }

  /// Packets to witnesses of an address, at the most: the kernel may repeat a SYN, and where no
  /// datagram arrives, it is tried whether others do.
  public static long mostToWitnesses(ProbeOrder order, InetAddress address) {
    return witnessable(order, address, Protocol.TCP) * 2 * TCP_WITNESS_ATTEMPTS
        + witnessable(order, address, Protocol.UDP) * (UDP_WITNESS_ATTEMPTS + TCP_WITNESS_ATTEMPTS);
  }

  private static long witnessable(ProbeOrder order, InetAddress address, Protocol protocol) {
    return order.targets().stream()
        .filter(t -> t.address().equals(address) && t.protocol().equals(protocol))
        .mapToLong(t -> t.witnessable().size())
        .sum();
  }
}
