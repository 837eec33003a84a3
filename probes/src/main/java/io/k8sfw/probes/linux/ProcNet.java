package io.k8sfw.probes.linux;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Reads the socket tables of the kernel (proc(5), `Documentation/networking/proc_net_tcp.rst`).
public final class ProcNet {
  /// States as these files write them (`include/net/tcp_states.h`); an unconnected UDP socket is
  /// shown as CLOSE.
  private static final String LISTEN = "0A";

  private static final String UNCONNECTED = "07";

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
    List<Listener> listeners = new ArrayList<>();
    add(listeners, directory.resolve("tcp"), Protocol.TCP, false);
    add(listeners, directory.resolve("tcp6"), Protocol.TCP, true);
    add(listeners, directory.resolve("udp"), Protocol.UDP, false);
    add(listeners, directory.resolve("udp6"), Protocol.UDP, true);
    return new SocketTable(listeners, listenOverflows(directory.resolve("netstat")));
  }

  private static void add(List<Listener> into, Path file, Protocol protocol, boolean mayBeMissing)
      throws IOException {
    if (mayBeMissing && !Files.exists(file)) {
      return;
    }
    List<String> lines = Files.readAllLines(file);
    for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
      listener(line, protocol).ifPresent(into::add);
    }
  }

  /// @param line such as ` 0: 0100007F:1F90 00000000:0000 0A …`
  static Optional<Listener> listener(String line, Protocol protocol) throws IOException {
    String[] fields = line.strip().split("\\s+", 5);
    if (fields.length < 5 || fields[3].length() != LISTEN.length()) {
      throw new IOException("a line of the socket table makes no sense: " + line);
    }
    String wanted = protocol.equals(Protocol.TCP) ? LISTEN : UNCONNECTED;
    if (!fields[3].equals(wanted)) {
      return Optional.empty();
    }
    int colon = fields[1].indexOf(':');
    try {
      InetAddress address = address(fields[1].substring(0, Math.max(colon, 0)));
      int port = Integer.parseInt(fields[1].substring(colon + 1), 16);
      boolean dualStack = address.isAnyLocalAddress() && fields[1].length() > 13;
      // An unbound UDP socket has port 0: nothing can be sent to it.
      return port == 0
          ? Optional.empty()
          : Optional.of(new Listener(protocol, address, port, dualStack));
    } catch (IllegalArgumentException | UnknownHostException e) {
      throw new IOException("a line of the socket table makes no sense: " + line, e);
    }
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

  /// @return -1 where the file does not tell
  static long listenOverflows(Path netstat) throws IOException {
    return number(netstat, "TcpExt:", "ListenOverflows");
  }

  /// From a file whose lines come in pairs: names, then values.
  private static long number(Path file, String table, String name) throws IOException {
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
    long v4 = number(directory.resolve("snmp"), "Udp:", "InDatagrams");
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
