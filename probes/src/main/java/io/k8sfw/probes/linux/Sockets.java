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
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Sockets that never block, as bare file descriptors, and the kernel's own words about them,
/// without exceptions. A negative result of any call is `-errno`. All of them queue ICMP errors.
///
/// Its buffers are used over and over: one thread only. A socket belongs to the network namespace
/// of the thread that makes it.
public final class Sockets implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  /// `SOCK_STREAM` and `SOCK_DGRAM`, each with `SOCK_NONBLOCK | SOCK_CLOEXEC`.
  private static final int STREAM = 0x80801;

  private static final int DATAGRAM = 0x80802;

  /// `include/uapi/asm-generic/socket.h`.
  private static final int SOL_SOCKET = 1;

  private static final int SO_REUSEADDR = 2;

  private static final int SO_LINGER = 13;

  /// Discard (RFC 863), to which nothing is sent.
  private static final int ANY_PORT = 9;

  private static final int NONE = -1;
  private static final int SPARES = 64;

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

  private final Spares spares4 = new Spares();
  private final Spares spares6 = new Spares();

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

  /// A TCP socket that was never used. Others of its kind may have its source port too, for other
  /// destinations (SO_REUSEADDR, socket(7)).
  ///
  /// @return a file descriptor
  public int tcp(Family family) {
    int fd = socket(family, STREAM);
    if (fd >= 0) {
      var _ = calls.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4);
    }
    return fd;
  }

  /// Takes a source port, on whatever address the socket will send from.
  ///
  /// @param fd a socket of that family that was never used
  /// @return 0, or a failure
  public int bind(int fd, Family family, int port) {
    boolean v4 = family == Family.IPV4;
    local.fill((byte) 0);
    local.set(JAVA_SHORT, 0, (short) (v4 ? AF_INET : AF_INET6));
    local.set(JAVA_SHORT, 2, Short.reverseBytes((short) port));
    return calls.bind(fd, local, v4 ? IN_SIZE : IN6_SIZE);
  }

  /// The source port of a socket that is connecting.
  ///
  /// @return 0 where it has none
  public int sourcePort(int fd) {
    return name(fd) < 0 ? 0 : Short.toUnsignedInt(Short.reverseBytes(local.get(JAVA_SHORT, 2)));
  }

  /// A TCP socket that was kept with [#keep].
  ///
  /// @return a file descriptor, or negative where there is none
  public int kept(Family family) {
    return spares(family).take();
  }

  /// Keeps a TCP socket whose connection failed, as [#connect] said: the kernel has let go of its
  /// source port and everything else of that connection (`tcp_disconnect`), so that it can be used
  /// for another, which spares the making of a new one.
  public void keep(int fd, Family family) {
    if (!spares(family).put(fd)) {
      calls.close(fd);
    }
  }

  private Spares spares(Family family) {
    return family == Family.IPV4 ? spares4 : spares6;
  }

  /// @return a file descriptor
  public int udp(Family family) {
    return socket(family, DATAGRAM);
  }

  private int socket(Family family, int type) {
    boolean v4 = family == Family.IPV4;
    int fd = calls.socket(v4 ? AF_INET : AF_INET6, type);
    if (fd < 0) {
      return fd;
    }
    int rc =
        v4
            ? calls.setsockopt(fd, ErrorQueue.IPPROTO_IP, ErrorQueue.IP_RECVERR, one, 4)
            : calls.setsockopt(fd, ErrorQueue.IPPROTO_IPV6, ErrorQueue.IPV6_RECVERR, one, 4);
    if (rc < 0) {
      calls.close(fd);
      return rc;
    }
    return fd;
  }

  /// Makes [#close] reset an established connection.
  public int resetOnClose(int fd) {
    return calls.setsockopt(fd, SOL_SOCKET, SO_LINGER, lingerNot, 8);
  }

  /// Connects a socket; asked again, tells what became of it (connect(2)).
  ///
  /// @param fd a socket of the address's family
  /// @return 0 when connected; `-EINPROGRESS` when a connection is on its way, and `-EALREADY` as
  ///   long as it still is; anything else is a failure
  public int connect(int fd, InetAddress address, int port) {
    if (!address.equals(addressed)) {
      writeAddress(address);
      addressed = address;
    }
    remote.set(JAVA_SHORT, 2, Short.reverseBytes((short) port));
    return calls.connect(fd, remote, address instanceof Inet6Address ? IN6_SIZE : IN_SIZE);
  }

  private void writeAddress(InetAddress address) {
    write(address, remote);
  }

  /// @param into a `struct sockaddr_in` or `sockaddr_in6`, which gets no port
  static void write(InetAddress address, MemorySegment into) {
    byte[] bytes = address.getAddress();
    into.fill((byte) 0);
    if (address instanceof Inet6Address v6) {
      into.set(JAVA_SHORT, 0, (short) AF_INET6);
      MemorySegment.copy(bytes, 0, into, JAVA_BYTE, 8, bytes.length);
      into.set(JAVA_INT, 24, v6.getScopeId());
    } else {
      into.set(JAVA_SHORT, 0, (short) AF_INET);
      MemorySegment.copy(bytes, 0, into, JAVA_BYTE, 4, bytes.length);
    }
  }

  /// Takes the first ICMP error off the socket's error queue.
  ///
  /// @return empty when no ICMP error came
  public Optional<Icmp> icmp(int fd) {
    return errors.read(fd);
  }

  /// The address that this machine sends from to another, which is that address itself where it is
  /// one of our own. Sends nothing (udp(7)). A socket whose connection failed knows it no more.
  ///
  /// @return null where there is no way
  public @Nullable InetAddress sourceTowards(InetAddress address) {
    int fd = udp(Family.of(address));
    if (fd < 0) {
      return null;
    }
    boolean known = connect(fd, address, ANY_PORT) == 0 && name(fd) >= 0;
    calls.close(fd);
    return known ? ErrorQueue.address(local).orElse(null) : null;
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

  /// Closes what was kept.
  @Override
  public void close() {
    spares4.forEach(calls::close);
    spares6.forEach(calls::close);
  }

  private static final class Spares {
    private final int[] fds = new int[SPARES];
    private int size;

    int take() {
      return size == 0 ? NONE : fds[--size];
    }

    /// @return whether there was room
    boolean put(int fd) {
      if (size == SPARES) {
        return false;
      }
      fds[size++] = fd;
      return true;
    }

    void forEach(IntConsumer close) {
      while (size > 0) {
        close.accept(fds[--size]);
      }
    }
  }
}
