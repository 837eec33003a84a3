package io.k8sfw.probes.linux;

import io.k8sfw.vantage.Vantage.Arrivals;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// Sees TCP connection attempts as they come off the wire, before netfilter's input hook
/// (packet(7)): whether a packet reaches a machine, which says nothing of what its firewall makes
/// of it.
///
/// Needs CAP_NET_RAW in the user namespace that owns the network namespace. Sends nothing.
public final class PacketTap implements Arrivals {
  private static final int AF_PACKET = 17;

  /// `SOCK_DGRAM | SOCK_CLOEXEC`: packets without their link-layer header.
  private static final int SOCK_DGRAM_CLOEXEC = 0x80002;

  /// ETH_P_ALL (3) in network byte order (`include/uapi/linux/if_ether.h`).
  private static final int ALL_PROTOCOLS = 0x0300;

  private static final int MSG_DONTWAIT = 0x40;

  /// An IPv6 header and the start of a TCP header fit well.
  private static final int SNAPSHOT_BYTES = 128;

  private static final int IDLE_MILLIS = 2;

  /// What is kept at most: more attempts than controls ever make.
  private static final int KEPT = 4096;

  private record Attempt(InetAddress address, int port) {}

  private final Map<Attempt, InetAddress> seen = new ConcurrentHashMap<>();
  private final int fd;
  private final Thread reader;
  private volatile boolean closed;

  private PacketTap(int fd, ThreadFactory threads) {
    this.fd = fd;
    this.reader = threads.newThread(this::read);
    reader.start();
  }

  /// Opens a tap in the calling thread's network namespace.
  ///
  /// @param threads one is started, and ends with [#close]
  /// @return empty where we may not, or this is not Linux
  public static Optional<PacketTap> open(ThreadFactory threads) {
    if (!Libc.AVAILABLE) {
      return Optional.empty();
    }
    int fd = Libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, ALL_PROTOCOLS);
    return fd < 0 ? Optional.empty() : Optional.of(new PacketTap(fd, threads));
  }

  /// Whether a tap could be opened in the calling thread's network namespace.
  public static boolean isAllowed() {
    int fd = Libc.AVAILABLE ? Libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, ALL_PROTOCOLS) : -1;
    if (fd >= 0) {
      Libc.close(fd);
    }
    return fd >= 0;
  }

  @Override
  public Optional<InetAddress> seenFrom(InetAddress address, int port) {
    return Optional.ofNullable(seen.get(new Attempt(address, port)));
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
    if (syn != null && seen.size() < KEPT) {
      seen.put(new Attempt(syn.to(), syn.port()), syn.from());
    }
  }

  @Override
  public void close() {
    closed = true;
    reader.interrupt();
  }

  /// The first packet of a TCP connection.
  record Syn(InetAddress from, InetAddress to, int port) {
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
      int port = (packet[tcp + 2] & 0xff) << 8 | (packet[tcp + 3] & 0xff);
      return new Syn(address(packet, from, length), address(packet, to, length), port);
    }

    private static InetAddress address(byte[] packet, int at, int length) {
      try {
        return InetAddress.getByAddress(Arrays.copyOfRange(packet, at, at + length));
      } catch (IOException e) {
        throw new IllegalStateException("4 and 16 bytes are addresses", e);
      }
    }
  }
}
