package io.k8sfw.probes.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.k8sfw.model.Family;
import io.k8sfw.observation.Icmp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Sockets that never block, as bare file descriptors; the kernel's own words about them, without
/// exceptions. A negative result of any call is `-errno`.
///
/// Its buffers are used over and over: one thread only. A socket belongs to the network namespace
/// of the thread that makes it.
public final class Sockets {
  /// `include/net/tcp_states.h`.
  public static final int TCP_ESTABLISHED = 1;

  public static final int TCP_SYN_SENT = 2;
  public static final int TCP_CLOSE_WAIT = 8;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  /// `SOCK_STREAM` and `SOCK_DGRAM`, each with `SOCK_NONBLOCK | SOCK_CLOEXEC`.
  private static final int STREAM = 0x80801;

  private static final int DATAGRAM = 0x80802;

  /// `include/uapi/asm-generic/socket.h`, `include/uapi/linux/tcp.h`.
  private static final int SOL_SOCKET = 1;

  private static final int SO_ERROR = 4;
  private static final int SO_LINGER = 13;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;

  private static final int MSG_NOSIGNAL = 0x4000;

  /// `struct sockaddr_in` and `struct sockaddr_in6`.
  private static final int IN_SIZE = 16;

  private static final int IN6_SIZE = 28;

  private final SocketCalls calls;
  private final ErrorQueue errors;
  private final MemorySegment remote;
  private final MemorySegment local;
  private final MemorySegment value;
  private final MemorySegment length;
  private final MemorySegment one;
  private final MemorySegment lingerNot;

  /// Whose address `remote` holds.
  private @Nullable InetAddress addressed;

  private Sockets(Arena arena) {
    calls = new SocketCalls(arena);
    errors = new ErrorQueue(arena, calls);
    remote = arena.allocate(IN6_SIZE, 8);
    local = arena.allocate(IN6_SIZE, 8);
    value = arena.allocate(8, 8);
    length = arena.allocate(JAVA_INT);
    one = arena.allocateFrom(JAVA_INT, 1);
    // `struct linger`: on, for no seconds.
    lingerNot = arena.allocateFrom(JAVA_INT, 1, 0);
  }

  /// Whether this is a Linux whose C library we may call.
  public static boolean available() {
    return Libc.AVAILABLE;
  }

  /// @throws IllegalStateException where they are not [#available]
  public static Sockets open() {
    if (!available()) {
      throw new IllegalStateException("sockets without Linux");
    }
    return new Sockets(Arena.ofAuto());
  }

  /// @return a file descriptor
  public int tcp(Family family) {
    return calls.socket(family == Family.IPV4 ? AF_INET : AF_INET6, STREAM);
  }

  /// @return a file descriptor
  public int udp(Family family) {
    return calls.socket(family == Family.IPV4 ? AF_INET : AF_INET6, DATAGRAM);
  }

  /// Makes the kernel queue ICMP errors; to be called before anything is sent.
  public int queueErrors(int fd, Family family) {
    return family == Family.IPV4
        ? calls.setsockopt(fd, ErrorQueue.IPPROTO_IP, ErrorQueue.IP_RECVERR, one, 4)
        : calls.setsockopt(fd, ErrorQueue.IPPROTO_IPV6, ErrorQueue.IPV6_RECVERR, one, 4);
  }

  /// Makes [#close] reset an established connection.
  public int resetOnClose(int fd) {
    return calls.setsockopt(fd, SOL_SOCKET, SO_LINGER, lingerNot, 8);
  }

  /// @param fd a socket of the address's family
  /// @return `-EINPROGRESS` where a connection is on its way
  public int connect(int fd, InetAddress address, int port) {
    if (!address.equals(addressed)) {
      writeAddress(address);
      addressed = address;
    }
    remote.set(JAVA_SHORT, 2, Short.reverseBytes((short) port));
    return calls.connect(fd, remote, address instanceof Inet6Address ? IN6_SIZE : IN_SIZE);
  }

  private void writeAddress(InetAddress address) {
    byte[] bytes = address.getAddress();
    remote.fill((byte) 0);
    if (address instanceof Inet6Address v6) {
      remote.set(JAVA_SHORT, 0, (short) AF_INET6);
      MemorySegment.copy(bytes, 0, remote, JAVA_BYTE, 8, bytes.length);
      remote.set(JAVA_INT, 24, v6.getScopeId());
    } else {
      remote.set(JAVA_SHORT, 0, (short) AF_INET);
      MemorySegment.copy(bytes, 0, remote, JAVA_BYTE, 4, bytes.length);
    }
  }

  /// Takes the socket's error (SO_ERROR, socket(7)).
  ///
  /// @return an error number; 0 when there is none
  public int error(int fd) {
    length.set(JAVA_INT, 0, 4);
    int rc = calls.getsockopt(fd, SOL_SOCKET, SO_ERROR, value, length);
    return rc < 0 ? -rc : value.get(JAVA_INT, 0);
  }

  /// The state of a TCP socket: the first byte of `struct tcp_info`.
  public int tcpState(int fd) {
    length.set(JAVA_INT, 0, 1);
    int rc = calls.getsockopt(fd, IPPROTO_TCP, TCP_INFO, value, length);
    return rc < 0 ? rc : value.get(JAVA_BYTE, 0) & 0xff;
  }

  /// Takes the first ICMP error off the socket's error queue.
  ///
  /// @return empty when no ICMP error came
  public Optional<Icmp> icmp(int fd) {
    return errors.read(fd);
  }

  /// @return null where the socket has none
  public @Nullable InetAddress localAddress(int fd) {
    return name(fd) < 0 ? null : ErrorQueue.address(local).orElse(null);
  }

  /// Whether the kernel connected a socket to itself: source and destination port happened to
  /// agree.
  ///
  /// @param fd connected to that address and port
  public boolean metItself(int fd, InetAddress address, int port) {
    return name(fd) >= 0
        && Short.reverseBytes(local.get(JAVA_SHORT, 2)) == (short) port
        && ErrorQueue.address(local).filter(address::equals).isPresent();
  }

  private int name(int fd) {
    length.set(JAVA_INT, 0, IN6_SIZE);
    return calls.getsockname(fd, local, length);
  }

  /// @param datagram of eight bytes at most
  public int send(int fd, byte[] datagram) {
    MemorySegment.copy(datagram, 0, value, JAVA_BYTE, 0, datagram.length);
    return (int) calls.send(fd, value, datagram.length, MSG_NOSIGNAL);
  }

  /// Takes one datagram, or the socket's error.
  ///
  /// @return how long the datagram was, as far as we care; `-EAGAIN` when there is neither
  public int receive(int fd) {
    return (int) calls.recv(fd, value, JAVA_LONG.byteSize(), 0);
  }

  public int close(int fd) {
    return calls.close(fd);
  }
}
