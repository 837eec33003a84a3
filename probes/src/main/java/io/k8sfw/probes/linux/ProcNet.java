package io.k8sfw.probes.linux;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.SocketTable.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads the socket tables of the kernel (proc(5), `Documentation/networking/proc_net_tcp.rst`).
public final class ProcNet {
  /// States as these files write them (`include/net/tcp_states.h`); an unconnected UDP socket is
  /// shown as CLOSE.
  private static final String LISTEN = "0A";

  private static final String UNCONNECTED = "07";
  private static final String ESTABLISHED = "01";

  /// More listeners, or sessions that are told of, than a node has.
  private static final int MOST = 65_536;

  private ProcNet() {}

  /// Whether this machine has such tables.
  public static boolean isThere() {
    return Files.isReadable(Path.of("/proc/thread-self/net/tcp"));
  }

  /// The sockets in the calling thread's network namespace.
  ///
  /// @throws IOException where a table is missing or makes no sense; IPv6 tables may be missing
  public static SocketTable ofThisThread() throws IOException {
    return read(Path.of("/proc/thread-self/net"));
  }

  static SocketTable read(Path directory) throws IOException {
    Found found = new Found(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    add(found, directory.resolve("tcp"), Protocol.TCP, false);
    add(found, directory.resolve("tcp6"), Protocol.TCP, true);
    add(found, directory.resolve("udp"), Protocol.UDP, false);
    add(found, directory.resolve("udp6"), Protocol.UDP, true);
    SocketOwners owners = SocketOwners.of(Set.copyOf(found.inodes()));
    List<Listener> owned = new ArrayList<>();
    for (int i = 0; i < found.listeners().size(); i++) {
      Listener l = found.listeners().get(i);
      owned.add(
          new Listener(
              l.protocol(),
              l.address(),
              l.port(),
              l.dualStack(),
              owners.of(found.inodes().get(i))));
    }
    Path netstat = directory.resolve("netstat");
    return new SocketTable(
        owned,
        counter(netstat, "ListenOverflows"),
        found.sessions(),
        counter(netstat, "TCPMD5NotFound"));
  }

  /// @param inodes of the listeners, in their order
  private record Found(List<Listener> listeners, List<Long> inodes, List<Session> sessions) {}

  /// A line at a time: a busy node has many thousand sockets that nobody asks for.
  private static void add(Found into, Path file, Protocol protocol, boolean mayBeMissing)
      throws IOException {
    if (mayBeMissing && !Files.exists(file)) {
      return;
    }
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Optional<Listener> listener = listener(line, protocol);
        if (listener.isPresent()) {
          into.listeners().add(listener.get());
          into.inodes().add(inode(line));
        } else if (protocol.equals(Protocol.TCP)) {
          session(line).ifPresent(into.sessions()::add);
        }
        if (into.listeners().size() > MOST || into.sessions().size() > MOST) {
          throw new IOException("more than " + MOST + " sockets that matter in " + file);
        }
      }
    }
  }

  /// @param line such as ` 0: 0100007F:1F90 00000000:0000 0A …`
  static Optional<Listener> listener(String line, Protocol protocol) throws IOException {
    String[] fields = fields(line);
    String wanted = protocol.equals(Protocol.TCP) ? LISTEN : UNCONNECTED;
    if (!fields[3].equals(wanted)) {
      return Optional.empty();
    }
    try {
      InetSocketAddress local = end(fields[1]);
      boolean dualStack = local.getAddress().isAnyLocalAddress() && fields[1].length() > 13;
      // An unbound UDP socket has port 0: nothing can be sent to it.
      return local.getPort() == 0
          ? Optional.empty()
          : Optional.of(new Listener(protocol, local.getAddress(), local.getPort(), dualStack));
    } catch (IllegalArgumentException | UnknownHostException e) {
      throw new IOException("a line of the socket table makes no sense: " + line, e);
    }
  }

  /// @param line such as ` 1: 0100007F:C350 0100007F:00B3 01 …`
  /// @return empty unless it is established and has a port that is told of
  static Optional<Session> session(String line) throws IOException {
    String[] fields = fields(line);
    if (!fields[3].equals(ESTABLISHED)) {
      return Optional.empty();
    }
    try {
      InetSocketAddress local = end(fields[1]);
      InetSocketAddress remote = end(fields[2]);
      boolean wanted =
          SocketTable.SESSION_PORTS.contains(local.getPort())
              || SocketTable.SESSION_PORTS.contains(remote.getPort());
      return wanted
          ? Optional.of(
              new Session(
                  local.getAddress(), local.getPort(), remote.getAddress(), remote.getPort()))
          : Optional.empty();
    } catch (IllegalArgumentException | UnknownHostException e) {
      throw new IOException("a line of the socket table makes no sense: " + line, e);
    }
  }

  private static String[] fields(String line) throws IOException {
    String[] fields = line.strip().split("\\s+", 5);
    if (fields.length < 5 || fields[3].length() != LISTEN.length()) {
      throw new IOException("a line of the socket table makes no sense: " + line);
    }
    return fields;
  }

  /// The tenth field; 0 where there is none.
  private static long inode(String line) {
    String[] fields = line.strip().split("\\s+", 11);
    return fields.length > 9 && fields[9].matches("[0-9]{1,18}") ? Long.parseLong(fields[9]) : 0;
  }

  /// @param text an address and a port in hexadecimal
  private static InetSocketAddress end(String text) throws UnknownHostException {
    int colon = text.indexOf(':');
    return new InetSocketAddress(
        address(text.substring(0, Math.max(colon, 0))),
        Integer.parseInt(text.substring(colon + 1), 16));
  }

  /// @param hex 32-bit words, each in the byte order of the machine, which is little-endian
  private static InetAddress address(String hex) throws UnknownHostException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    for (int word = 0; word + 3 < bytes.length; word += 4) {
      swap(bytes, word, word + 3);
      swap(bytes, word + 1, word + 2);
    }
    return InetAddress.getByAddress(bytes);
  }

  private static void swap(byte[] bytes, int a, int b) {
    byte kept = bytes[a];
    bytes[a] = bytes[b];
    bytes[b] = kept;
  }

  /// A counter of the group `TcpExt`.
  ///
  /// @return -1 where the file does not tell
  static long counter(Path netstat, String name) throws IOException {
    return counter(netstat, "TcpExt:", name);
  }

  /// From a file whose lines come in pairs: names, then values.
  private static long counter(Path file, String table, String name) throws IOException {
    if (!Files.exists(file)) {
      return -1;
    }
    List<String> lines =
        Files.readAllLines(file).stream().filter(l -> l.startsWith(table)).toList();
    if (lines.size() != 2) {
      return -1;
    }
    List<String> names = Arrays.asList(lines.getFirst().split(" ", -1));
    String[] values = lines.getLast().split(" ", -1);
    int at = names.indexOf(name);
    return at >= 0 && at < values.length && values[at].matches("[0-9]{1,18}")
        ? Long.parseLong(values[at])
        : -1;
  }

  /// UDP datagrams that sockets of the calling thread's network namespace took so far (RFC 4113,
  /// `InDatagrams`); a kernel's own, such as vxlan's, count.
  ///
  /// @return -1 where nobody can tell
  public static long datagramsTaken() throws IOException {
    return datagramsTaken(Path.of("/proc/thread-self/net"));
  }

  static long datagramsTaken(Path directory) throws IOException {
    long v4 = counter(directory.resolve("snmp"), "Udp:", "InDatagrams");
    Path snmp6 = directory.resolve("snmp6");
    if (v4 < 0 || !Files.exists(snmp6)) {
      return v4;
    }
    for (String line : Files.readAllLines(snmp6)) {
      String[] words = line.strip().split("\\s+", 2);
      if (words.length == 2
          && words[0].equals("Udp6InDatagrams")
          && words[1].matches("[0-9]{1,18}")) {
        return v4 + Long.parseLong(words[1]);
      }
    }
    return v4;
  }
}
