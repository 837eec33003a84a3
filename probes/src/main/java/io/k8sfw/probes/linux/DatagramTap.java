package io.k8sfw.probes.linux;

import io.k8sfw.vantage.Vantage.OverlayTap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// Sees our own datagrams pass, inside an overlay's and bare, as they come off a device, before
/// netfilter's hooks, and as they go onto one, after all of them (packet(7)).
///
/// What a vxlan or TUN device hands to the IP layer is seen there as well: a datagram that arrives
/// in an overlay's and never bare was dropped between the wire and the device.
///
/// Needs CAP_NET_RAW in the user namespace that owns the network namespace. Sends nothing.
public final class DatagramTap implements OverlayTap {
  /// What our payloads begin with, before `?` or `!` and a nonce.
  public static final String MAGIC = "k8fw";

  /// Of a nonce, in hex digits.
  public static final int NONCE_LENGTH = 16;

  private static final int AF_PACKET = 17;

  /// `SOCK_DGRAM | SOCK_CLOEXEC`: packets without their link-layer header.
  private static final int SOCK_DGRAM_CLOEXEC = 0x80002;

  /// ETH_P_ALL (3) in network byte order (`include/uapi/linux/if_ether.h`).
  private static final short ALL_PROTOCOLS = 0x0300;

  /// `struct sockaddr_ll` (`include/uapi/linux/if_packet.h`): family 2, protocol 2, index 4, type
  /// 2, packet type 1.
  private static final int SOCKADDR_LL_SIZE = 20;

  private static final int INDEX = 4;
  private static final int PACKET_TYPE = 10;
  private static final int PACKET_OUTGOING = 4;

  /// `include/uapi/asm-generic/socket.h`.
  private static final int SOL_SOCKET = 1;

  private static final int SO_ATTACH_FILTER = 26;
  private static final int MSG_DONTWAIT = 0x40;

  /// `struct msghdr` on 64 bits: name 8, length of it 4, padding 4, iovec 8, count 8, control 8,
  /// length of it 8, flags 4, padding 4.
  private static final int MSGHDR_SIZE = 56;

  /// An IPv6 header, and all that a vxlan of IPv6 in IPv6 puts before the payload.
  private static final int SNAPSHOT_BYTES = 192;

  /// Bare: behind the UDP header. In an overlay's, from the end of the first IP header: UDP 8 +
  /// IPv4 20 + UDP 8 (flannel's udp backend), and UDP 8 + vxlan 8 + Ethernet 14 + IPv4 20 or IPv6
  /// 40 + UDP 8.
  private static final int[] OFFSETS = {8, 36, 58, 78};

  /// More than any audit sends at a time to one machine.
  private static final int KEPT = 4096;

  private static final int IDLE_MILLIS = 2;

  private final int fd;
  private final Set<Passed> seen = ConcurrentHashMap.newKeySet();
  private final Thread reader;
  private volatile boolean closed;

  private DatagramTap(int fd, ThreadFactory threads) {
    this.fd = fd;
    this.reader = threads.newThread(this::read);
    reader.start();
  }

  /// Opens a tap in the calling thread's network namespace. What passes from now on is seen.
  ///
  /// @param threads one is started, and ends with [#close]
  /// @return empty where we may not, or this is not Linux
  public static Optional<OverlayTap> open(ThreadFactory threads) {
    if (!Libc.AVAILABLE) {
      return Optional.empty();
    }
    int fd = Libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) {
      return Optional.empty();
    }
    if (!listen(fd)) {
      Libc.close(fd);
      return Optional.empty();
    }
    return Optional.of(new DatagramTap(fd, threads));
  }

  /// Filters first, so that nothing else is ever received.
  private static boolean listen(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment filter =
          OverlayFilter.allocate(
              arena, magic(MAGIC.getBytes(StandardCharsets.US_ASCII), 0), OFFSETS, SNAPSHOT_BYTES);
      MemorySegment everywhere = arena.allocate(SOCKADDR_LL_SIZE, 4);
      everywhere.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
      everywhere.set(ValueLayout.JAVA_SHORT, 2, ALL_PROTOCOLS);
      return Libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, filter) >= 0
          && Libc.bind(fd, everywhere) >= 0;
    }
  }

  private static int magic(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | (bytes[at + 3] & 0xff);
  }

  private void read() {
    try (Arena arena = Arena.ofConfined()) {
      SocketCalls calls = new SocketCalls(arena);
      MemorySegment from = arena.allocate(SOCKADDR_LL_SIZE, 8);
      MemorySegment buffer = arena.allocate(SNAPSHOT_BYTES);
      MemorySegment iov = arena.allocate(16, 8);
      iov.set(ValueLayout.ADDRESS, 0, buffer);
      iov.set(ValueLayout.JAVA_LONG, 8, SNAPSHOT_BYTES);
      MemorySegment message = arena.allocate(MSGHDR_SIZE, 8);
      message.set(ValueLayout.ADDRESS, 0, from);
      message.set(ValueLayout.ADDRESS, 16, iov);
      message.set(ValueLayout.JAVA_LONG, 24, 1);
      while (!closed) {
        message.set(ValueLayout.JAVA_INT, 8, SOCKADDR_LL_SIZE);
        long got = calls.recvmsg(fd, message, MSG_DONTWAIT);
        if (got > 0) {
          byte[] packet =
              buffer.asSlice(0, Math.min(got, SNAPSHOT_BYTES)).toArray(ValueLayout.JAVA_BYTE);
          boolean leaving = from.get(ValueLayout.JAVA_BYTE, PACKET_TYPE) == PACKET_OUTGOING;
          take(passed(packet, leaving, from.get(ValueLayout.JAVA_INT, INDEX)));
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

  private void take(@Nullable Passed passed) {
    if (passed != null && seen.size() < KEPT) {
      seen.add(passed);
    }
  }

  /// @param packet from its IP header on
  /// @return null where it is none of ours
  static @Nullable Passed passed(byte[] packet, boolean leaving, int device) {
    if (packet.length < 20) {
      return null;
    }
    int header = (packet[0] & 0xff) >> 4 == 4 ? (packet[0] & 0x0f) * 4 : 40;
    for (int offset : OFFSETS) {
      int at = header + offset;
      int end = at + MAGIC.length() + 1 + NONCE_LENGTH;
      if (end > packet.length) {
        return null;
      }
      String text = new String(packet, at, end - at, StandardCharsets.US_ASCII);
      if (text.matches(MAGIC + "[?!][0-9a-f]{" + NONCE_LENGTH + "}")) {
        return new Passed(
            text.substring(MAGIC.length() + 1),
            text.charAt(MAGIC.length()) == '!',
            offset != OFFSETS[0],
            leaving,
            device);
      }
    }
    return null;
  }

  @Override
  public Set<Passed> seen() {
    return Set.copyOf(seen);
  }

  @Override
  public void close() {
    closed = true;
    reader.interrupt();
  }
}
