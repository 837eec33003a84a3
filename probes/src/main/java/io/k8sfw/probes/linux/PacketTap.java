package io.k8sfw.probes.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Sees the first packets of TCP connections, and [Challenge]s, as they come off the wire, before
/// netfilter's input hook, or as they go onto it, after its output and postrouting hooks and the
/// traffic control of the device (packet(7)): whether a packet reaches a machine, or leaves it,
/// which says nothing of what becomes of it then.
///
/// Needs CAP_NET_RAW in the user namespace that owns the network namespace. Sends nothing. Keeps
/// nothing itself.
public final class PacketTap implements AutoCloseable {
  /// Which packets are seen.
  public enum Direction {
    ARRIVING,
    LEAVING
  }

  private static final int AF_PACKET = 17;

  /// `SOCK_DGRAM | SOCK_CLOEXEC`: packets without their link-layer header.
  private static final int SOCK_DGRAM_CLOEXEC = 0x80002;

  /// ETH_P_ALL (3) in network byte order (`include/uapi/linux/if_ether.h`): only who asks for all
  /// protocols is shown what leaves.
  private static final short ALL_PROTOCOLS = 0x0300;

  /// A socket that asks for no protocol receives nothing until it is bound.
  private static final int NO_PROTOCOL = 0;

  /// `struct sockaddr_ll` (`include/uapi/linux/if_packet.h`).
  private static final int SOCKADDR_LL_SIZE = 20;

  /// `include/uapi/asm-generic/socket.h`.
  private static final int SOL_SOCKET = 1;

  private static final int SO_ATTACH_FILTER = 26;
  private static final int MSG_DONTWAIT = 0x40;

  /// The longest IPv4 header, a UDP header and a challenge.
  private static final int SNAPSHOT_BYTES = 132;

  private static final int IDLE_MILLIS = 2;

  private final int fd;
  private final Consumer<Syn> syns;
  private final Consumer<Marked> challenges;
  private final Thread reader;
  private volatile boolean closed;

  private PacketTap(
      int fd, Consumer<Syn> syns, Consumer<Marked> challenges, ThreadFactory threads) {
    this.fd = fd;
    this.syns = syns;
    this.challenges = challenges;
    this.reader = threads.newThread(this::read);
    reader.start();
  }

  /// Opens a tap in the calling thread's network namespace. What passes from now on is seen.
  ///
  /// @param syns is told of each from a thread of its own
  /// @param threads one is started, and ends with [#close]
  /// @return empty where we may not, or this is not Linux
  public static Optional<PacketTap> open(
      Direction direction, Consumer<Syn> syns, ThreadFactory threads) {
    return open(direction, syns, _ -> {}, threads);
  }

  /// @param challenges is told of each from the same thread as `syns`
  public static Optional<PacketTap> open(
      Direction direction, Consumer<Syn> syns, Consumer<Marked> challenges, ThreadFactory threads) {
    if (!Libc.AVAILABLE) {
      return Optional.empty();
    }
    int fd = Libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, NO_PROTOCOL);
    if (fd < 0) {
      return Optional.empty();
    }
    if (!listen(fd, direction)) {
      Libc.close(fd);
      return Optional.empty();
    }
    return Optional.of(new PacketTap(fd, syns, challenges, threads));
  }

  /// Filters first, so that nothing else is ever received.
  private static boolean listen(int fd, Direction direction) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter = SynFilter.allocate(arena, direction, SNAPSHOT_BYTES);
      MemorySegment everywhere = arena.allocate(SOCKADDR_LL_SIZE, 4);
      everywhere.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
      everywhere.set(ValueLayout.JAVA_SHORT, 2, ALL_PROTOCOLS);
      return Libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter) >= 0
          && Libc.bind(fd, everywhere) >= 0;
    }
  }

  /// Whether a tap could be opened in the calling thread's network namespace.
  public static boolean isAllowed() {
    int fd = Libc.AVAILABLE ? Libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, NO_PROTOCOL) : -1;
    if (fd >= 0) {
      Libc.close(fd);
    }
    return fd >= 0;
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(SNAPSHOT_BYTES);
      while (!closed) {
        long got = Libc.recv(fd, buffer, MSG_DONTWAIT);
        if (got > 0) {
          byte[] packet =
              buffer.asSlice(0, Math.min(got, SNAPSHOT_BYTES)).toArray(ValueLayout.JAVA_BYTE);
          take(packet);
        } else {
          Thread.sleep(IDLE_MILLIS);
        }
      }
    } catch (InterruptedException _) {
      // Closed while it slept.
    } finally {
      Libc.close(fd);
    }
  }

  private void take(byte[] packet) {
    Syn syn = Syn.of(packet);
    if (syn != null) {
      syns.accept(syn);
    } else {
      Marked.of(packet).ifPresent(challenges);
    }
  }

  @Override
  public void close() {
    closed = true;
    reader.interrupt();
  }

  /// The first packet of a TCP connection.
  ///
  /// @param fromPort the source port
  /// @param port the destination port
  public record Syn(InetAddress from, int fromPort, InetAddress to, int port) {
    private static final int TCP = 6;

    /// SYN without ACK (RFC 9293, section 3.1).
    private static final int SYN_AND_ACK = 0x12;

    private static final int SYN = 0x02;

    /// @return null where it is none, or too short, or hides behind IPv6 extension headers
    static @Nullable Syn of(byte[] packet) {
      if (packet.length == 0) {
        return null;
      }
      return switch ((packet[0] & 0xff) >> 4) {
        // RFC 791, section 3.1; later fragments have no TCP header.
        case 4 ->
            packet.length >= 20 && packet[9] == TCP && ((packet[6] & 0x1f) | packet[7]) == 0
                ? of(packet, 12, 16, 4, (packet[0] & 0x0f) * 4)
                : null;
        // RFC 8200, section 3.
        case 6 -> packet.length >= 40 && packet[6] == TCP ? of(packet, 8, 24, 16, 40) : null;
        default -> null;
      };
    }

    private static @Nullable Syn of(byte[] packet, int from, int to, int length, int tcp) {
      if (packet.length < tcp + 14 || (packet[tcp + 13] & SYN_AND_ACK) != SYN) {
        return null;
      }
      return new Syn(
          address(packet, from, length),
          port(packet, tcp),
          address(packet, to, length),
          port(packet, tcp + 2));
    }

    private static int port(byte[] packet, int at) {
      return (packet[at] & 0xff) << 8 | (packet[at + 1] & 0xff);
    }

    private static InetAddress address(byte[] packet, int at, int length) {
      try {
        return InetAddress.getByAddress(Arrays.copyOfRange(packet, at, at + length));
      } catch (IOException e) {
        throw new IllegalStateException("4 and 16 bytes are addresses", e);
      }
    }
  }

  /// A datagram of ours.
  public record Marked(InetAddress from, Challenge challenge) {
    private static final int UDP = 17;
    private static final int UDP_HEADER = 8;

    /// @return empty where it is none, or hides behind IPv6 extension headers
    static Optional<Marked> of(byte[] packet) {
      int version = packet.length < 20 ? 0 : (packet[0] & 0xff) >> 4;
      if (version == 4 && packet[9] == UDP && ((packet[6] & 0x1f) | packet[7]) == 0) {
        return of(packet, 12, 4, (packet[0] & 0x0f) * 4);
      }
      return version == 6 && packet.length >= 40 && packet[6] == UDP
          ? of(packet, 8, 16, 40)
          : Optional.empty();
    }

    private static Optional<Marked> of(byte[] packet, int from, int length, int udp) {
      return Challenge.in(packet, udp + UDP_HEADER)
          .map(c -> new Marked(Syn.address(packet, from, length), c));
    }
  }
}
