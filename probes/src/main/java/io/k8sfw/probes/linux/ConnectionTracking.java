package io.k8sfw.probes.linux;

import io.k8sfw.vantage.Tracking;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads the connection tracking table of the calling thread's network namespace
/// (`Documentation/networking/nf_conntrack-sysctl.rst`). Needs no rights.
///
/// The files are there in every namespace once the kernel has the module, but packets are only
/// tracked where some rule asked for it (`nf_ct_netns_get`, since Linux 4.10), and an idle table is
/// as empty as an unused one. So where it is empty, datagrams that never leave the machine show
/// which of the two it is: one to each of its loopback addresses, and multicasts with a TTL of 0,
/// one on each interface, since rules may exempt loopback. They pass the same hooks as what is sent
/// to others; then the kernel drops them (`ip_mc_output`, `ip6_finish_output2`).
public final class ConnectionTracking {
  private static final Path DIRECTORY = Path.of("/proc/sys/net/netfilter");
  private static final Path COUNT = DIRECTORY.resolve("nf_conntrack_count");
  private static final Path MOST = DIRECTORY.resolve("nf_conntrack_max");
  private static final Path NET = Path.of("/proc/thread-self/net");

  /// All systems on this link (RFC 1112); every host is a member, and nothing is reported for it.
  private static final InetAddress ALL_IPV4 = InetAddress.ofLiteral("224.0.0.1");

  /// RFC 4291 section 2.7.1.
  private static final byte[] ALL_IPV6 =
      HexFormat.of().parseHex("ff020000000000000000000000000001");

  /// A place with more addresses is busy enough to be asked by its own traffic.
  private static final int MOST_DATAGRAMS = 64;

  private ConnectionTracking() {}

  /// @return empty where nothing is tracked, or without a limit; a table in which nothing can be
  ///   told is one in use
  /// @throws IOException where the table cannot be read
  public static Optional<Tracking> ofThisThread() throws IOException {
    if (!Files.exists(COUNT)) {
      return Optional.empty();
    }
    // 0 lifts the limit (nf_conntrack_core.c, __nf_conntrack_alloc).
    int most = number(MOST);
    if (most <= 0 || (number(COUNT) == 0 && !tracksOwnPackets())) {
      return Optional.empty();
    }
    return Optional.of(new Tracking(table(), number(COUNT), most));
  }

  /// In one read: such a file gives nothing more after the first, however little that took.
  private static int number(Path file) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      String line = String.valueOf(in.readLine()).strip();
      if (!line.matches("[0-9]{1,10}")) {
        throw new IOException(file + " makes no sense: " + line);
      }
      return (int) Math.min(Integer.MAX_VALUE, Long.parseLong(line));
    }
  }

  /// The namespace (namespaces(7)), on this machine since it started.
  private static String table() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
        + " "
        + Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
  }

  /// Where in doubt, true.
  private static boolean tracksOwnPackets() {
    try {
      List<Trial> trials = new ArrayList<>(ipv4(Files.readAllLines(NET.resolve("fib_trie"))));
      Path ipv6 = NET.resolve("if_inet6");
      if (Files.exists(ipv6)) {
        trials.addAll(ipv6(Files.readAllLines(ipv6)));
      }
      if (trials.size() > MOST_DATAGRAMS) {
        return true;
      }
      for (Trial trial : trials) {
        trial.send();
        // An entry is made before the send returns (nf_confirm, at the last hook on the way out).
        if (number(COUNT) > 0) {
          return true;
        }
      }
      return false;
    } catch (IOException _) {
      // Such as EPERM from a firewall: what it does to others cannot be told from here.
      return true;
    }
  }

  /// A datagram that never leaves the machine.
  ///
  /// @param to equal to `from`, or a multicast address
  record Trial(InetAddress from, InetAddress to) {
    void send() throws IOException {
      ProtocolFamily family =
          to instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
      try (DatagramChannel channel = DatagramChannel.open(family)) {
        channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 0);
        channel.bind(new InetSocketAddress(from, 0));
        int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        channel.send(ByteBuffer.allocate(1), new InetSocketAddress(to, port));
      }
    }
  }

  /// @param fibTrie `/proc/net/fib_trie`: an address, and on the next lines what it is
  static List<Trial> ipv4(List<String> fibTrie) {
    Set<Trial> trials = new LinkedHashSet<>();
    String last = "";
    for (String line : fibTrie) {
      String text = line.strip();
      if (text.startsWith("|-- ")) {
        last = text.substring("|-- ".length());
      } else if (text.equals("/32 host LOCAL")) {
        InetAddress own = InetAddress.ofLiteral(last);
        // A multicast leaves by the interface of its source address.
        trials.add(new Trial(own, own.isLoopbackAddress() ? own : ALL_IPV4));
      }
    }
    return List.copyOf(trials);
  }

  /// @param lines of `/proc/net/if_inet6`, such as `fe8000000000000002163efffe000001 02 40 20 80
  ///   eth0`
  static List<Trial> ipv6(List<String> lines) throws IOException {
    Set<Trial> trials = new LinkedHashSet<>();
    for (String line : lines) {
      String[] fields = line.strip().split("\\s+", 3);
      InetAddress own = InetAddress.getByAddress(HexFormat.of().parseHex(fields[0]));
      int scope = Integer.parseInt(fields[1], 16);
      trials.add(
          own.isLoopbackAddress()
              ? new Trial(own, own)
              : new Trial(
                  InetAddress.ofLiteral("::"), Inet6Address.getByAddress(null, ALL_IPV6, scope)));
    }
    return List.copyOf(trials);
  }
}
