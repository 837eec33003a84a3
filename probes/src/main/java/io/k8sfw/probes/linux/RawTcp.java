package io.k8sfw.probes.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.k8sfw.model.Family;
import io.k8sfw.observation.Icmp;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// TCP segments as bare bytes, to one address and back (raw(7)). Needs CAP_NET_RAW in the user
/// namespace that owns the network namespace.
///
/// The kernel answers what it does not know of by itself, with a reset: whoever sends a SYN here
/// sees to it that the kernel keeps the source port for nobody else.
///
/// Its buffers are used over and over: one thread only. Never blocks.
public final class RawTcp implements AutoCloseable {
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int IPPROTO_TCP = 6;

  /// `SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC`.
  private static final int RAW = 0x80803;

  /// `include/uapi/asm-generic/socket.h`.
  private static final int SOL_SOCKET = 1;

  private static final int SO_ATTACH_FILTER = 26;

  private static final int IN_SIZE = 16;
  private static final int IN6_SIZE = 28;

  /// An IPv4 header with all its options and a TCP header.
  private static final int SNAPSHOT = 128;

  private final int fd;
  private final Family family;
  private final Arena arena;
  private final ErrorQueue errors;
  private final MemorySegment in;

  private RawTcp(int fd, Family family, Arena arena) {
    this.fd = fd;
    this.family = family;
    this.arena = arena;
    errors = new ErrorQueue(arena, new SocketCalls(arena));
    in = arena.allocate(SNAPSHOT, 8);
  }

  /// Whether one could be opened in the calling thread's network namespace.
  public static boolean isAllowed() {
    int fd = Libc.AVAILABLE ? Libc.socket(AF_INET, RAW, IPPROTO_TCP) : -1;
    if (fd >= 0) {
      Libc.close(fd);
    }
    return fd >= 0;
  }

  /// In the calling thread's network namespace.
  ///
  /// @param port only segments to it are received
  /// @throws IOException naming the errno
  public static RawTcp open(InetAddress remote, int port) throws IOException {
    if (!Libc.AVAILABLE) {
      throw new IOException("raw sockets need Linux");
    }
    Family family = Family.of(remote);
    int fd = Libc.socket(family == Family.IPV4 ? AF_INET : AF_INET6, RAW, IPPROTO_TCP);
    if (fd < 0) {
      throw new IOException("no raw socket: " + Errno.name(-fd));
    }
    Arena arena = Arena.ofAuto();
    RawTcp socket = new RawTcp(fd, family, arena);
    int rc = socket.prepare(remote, port);
    if (rc < 0) {
      socket.close();
      throw new IOException("a raw socket to " + remote.getHostAddress() + ": " + Errno.name(-rc));
    }
    return socket;
  }

  /// @return 0, or `-errno`
  private int prepare(InetAddress remote, int port) {
    boolean v4 = family == Family.IPV4;
    int rc = Libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter(port));
    if (rc >= 0) {
      MemorySegment one = arena.allocateFrom(JAVA_INT, 1);
      rc =
          v4
              ? Libc.setsockopt(fd, ErrorQueue.IPPROTO_IP, ErrorQueue.IP_RECVERR, one)
              : Libc.setsockopt(fd, ErrorQueue.IPPROTO_IPV6, ErrorQueue.IPV6_RECVERR, one);
    }
    MemorySegment to = arena.allocate(v4 ? IN_SIZE : IN6_SIZE, 8);
    Sockets.write(remote, to);
    return rc < 0 ? rc : new SocketCalls(arena).connect(fd, to, (int) to.byteSize());
  }

  /// Takes what is for `port` (classic BPF, `Documentation/networking/filter.rst`). What a raw
  /// socket gets begins with the IP header in IPv4, and with TCP's own in IPv6 (raw(7)).
  private MemorySegment filter(int port) {
    int[][] steps =
        family == Family.IPV4
            ? new int[][] {
              // ldxb 4*([0]&0xf); ldh [x+2]; jeq port
              {0xb1, 0, 0, 0},
              {0x48, 0, 0, 2},
              {0x15, 0, 1, port},
              {0x06, 0, 0, SNAPSHOT},
              {0x06, 0, 0, 0}
            }
            : new int[][] {
              {0x28, 0, 0, 2}, {0x15, 0, 1, port}, {0x06, 0, 0, SNAPSHOT}, {0x06, 0, 0, 0}
            };
    MemorySegment program = arena.allocate(8L * steps.length, 4);
    for (int i = 0; i < steps.length; i++) {
      program.set(JAVA_SHORT, 8L * i, (short) steps[i][0]);
      program.set(JAVA_BYTE, 8L * i + 2, (byte) steps[i][1]);
      program.set(JAVA_BYTE, 8L * i + 3, (byte) steps[i][2]);
      program.set(JAVA_INT, 8L * i + 4, steps[i][3]);
    }
    // struct sock_fprog: length 2, padding 6, pointer 8.
    MemorySegment header = arena.allocate(16, 8);
    header.set(JAVA_SHORT, 0, (short) steps.length);
    header.set(ADDRESS, 8, program);
    return header;
  }

  /// Sends a segment, whose checksum must be right.
  ///
  /// @return 0, or the errno: EPERM where a rule of this machine drops it
  public int send(byte[] segment) {
    try (Arena once = Arena.ofConfined()) {
      long sent = Libc.send(fd, once.allocateFrom(JAVA_BYTE, segment), 0);
      return sent < 0 ? (int) -sent : 0;
    }
  }

  /// @return the TCP segment that came, of which the options may be cut; null where none did
  public byte @Nullable [] receive() {
    long got = Libc.recv(fd, in, 0);
    if (got <= 0) {
      return null;
    }
    byte[] packet = in.asSlice(0, Math.min(got, SNAPSHOT)).toArray(JAVA_BYTE);
    int header = family == Family.IPV4 ? (packet[0] & 0x0f) * 4 : 0;
    return packet.length < header + 20 ? null : Arrays.copyOfRange(packet, header, packet.length);
  }

  /// The first ICMP error about a segment between these ports.
  public Optional<Icmp> icmp(int from, int to) {
    return errors.read(fd, from, to);
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
