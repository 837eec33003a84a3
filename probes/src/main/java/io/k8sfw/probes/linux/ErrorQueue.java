package io.k8sfw.probes.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.k8sfw.observation.Icmp;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.function.LongPredicate;

/// Reads the ICMP error that ended a connection attempt from a socket's error queue (ip(7),
/// IP_RECVERR; recv(2), MSG_ERRQUEUE).
///
/// Its buffers are used over and over: one thread only.
final class ErrorQueue {
  /// Socket options that make the kernel fill the queue (`include/uapi/linux/in.h`, `in6.h`).
  static final int IPPROTO_IP = 0;

  static final int IP_RECVERR = 11;
  static final int IPPROTO_IPV6 = 41;
  static final int IPV6_RECVERR = 25;

  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_ERRQUEUE = 0x2000;

  /// `struct msghdr` on 64-bit Linux (`include/linux/socket.h`, `struct user_msghdr`).
  private static final int MSGHDR_SIZE = 56;

  private static final int MSG_NAME = 0;
  private static final int MSG_NAMELEN = 8;
  private static final int MSG_IOV = 16;
  private static final int MSG_IOVLEN = 24;
  private static final int MSG_CONTROL = 32;
  private static final int MSG_CONTROLLEN = 40;

  /// `struct cmsghdr`: length 8, level 4, type 4, then the data.
  private static final int CMSG_HEADER = 16;

  /// `struct sock_extended_err` (`include/uapi/linux/errqueue.h`), then the offender's address.
  private static final int EE_SIZE = 16;

  private static final int SO_EE_ORIGIN_ICMP = 2;
  private static final int SO_EE_ORIGIN_ICMP6 = 3;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private static final int CONTROL_SIZE = 512;

  /// A queue may hold errors of other origins before the one we want; more than this is nobody's
  /// honest doing.
  private static final int ENTRIES = 8;

  private final SocketCalls calls;
  private final MemorySegment message;
  private final MemorySegment control;
  private final MemorySegment payload;

  /// @param arena may be closed once nothing is read any more
  ErrorQueue(Arena arena, SocketCalls calls) {
    this.calls = calls;
    message = arena.allocate(MSGHDR_SIZE, 8);
    control = arena.allocate(CONTROL_SIZE, 8);
    MemorySegment name = arena.allocate(32, 8);
    payload = arena.allocate(64, 8);
    MemorySegment iov = arena.allocate(16, 8);
    iov.set(ADDRESS, 0, payload);
    iov.set(JAVA_LONG, 8, payload.byteSize());
    message.set(ADDRESS, MSG_NAME, name);
    message.set(ADDRESS, MSG_IOV, iov);
    message.set(JAVA_LONG, MSG_IOVLEN, 1);
    message.set(ADDRESS, MSG_CONTROL, control);
  }

  /// Takes entries off the queue until one came from ICMP.
  ///
  /// @param fd a socket that is still open
  /// @return empty when no ICMP error came
  Optional<Icmp> read(int fd) {
    return read(fd, _ -> true);
  }

  /// Takes entries off the queue until one came from ICMP and is about a TCP segment between these
  /// ports, which the error quotes (RFC 792, RFC 4443 section 3.1).
  ///
  /// @param fd a raw socket that is still open
  Optional<Icmp> read(int fd, int fromPort, int toPort) {
    return read(
        fd,
        quoted ->
            quoted >= 4
                && (payload.get(JAVA_SHORT, 0) & 0xffff) == swapped(fromPort)
                && (payload.get(JAVA_SHORT, 2) & 0xffff) == swapped(toPort));
  }

  private static int swapped(int port) {
    return Short.reverseBytes((short) port) & 0xffff;
  }

  /// @param wanted is told how much of `payload` is filled
  private Optional<Icmp> read(int fd, LongPredicate wanted) {
    for (int i = 0; i < ENTRIES; i++) {
      message.set(JAVA_INT, MSG_NAMELEN, 32);
      message.set(JAVA_LONG, MSG_CONTROLLEN, CONTROL_SIZE);
      long quoted = calls.recvmsg(fd, message, MSG_ERRQUEUE | MSG_DONTWAIT);
      if (quoted < 0) {
        return Optional.empty();
      }
      long length = Math.min(message.get(JAVA_LONG, MSG_CONTROLLEN), CONTROL_SIZE);
      Optional<Icmp> icmp = parse(control.asSlice(0, length));
      if (icmp.isPresent() && wanted.test(quoted)) {
        return icmp;
      }
    }
    return Optional.empty();
  }

  /// @param control the control messages of one `recvmsg`
  static Optional<Icmp> parse(MemorySegment control) {
    long at = 0;
    while (at + CMSG_HEADER <= control.byteSize()) {
      long length = control.get(JAVA_LONG, at);
      if (length < CMSG_HEADER || length > control.byteSize() - at) {
        return Optional.empty();
      }
      int level = control.get(JAVA_INT, at + 8);
      int type = control.get(JAVA_INT, at + 12);
      if ((level == IPPROTO_IP && type == IP_RECVERR)
          || (level == IPPROTO_IPV6 && type == IPV6_RECVERR)) {
        return extendedError(control.asSlice(at + CMSG_HEADER, length - CMSG_HEADER));
      }
      at += (length + 7) & ~7L;
    }
    return Optional.empty();
  }

  private static Optional<Icmp> extendedError(MemorySegment error) {
    if (error.byteSize() < EE_SIZE + 8) {
      return Optional.empty();
    }
    int origin = error.get(JAVA_BYTE, 4);
    if (origin != SO_EE_ORIGIN_ICMP && origin != SO_EE_ORIGIN_ICMP6) {
      return Optional.empty();
    }
    int type = error.get(JAVA_BYTE, 5) & 0xff;
    int code = error.get(JAVA_BYTE, 6) & 0xff;
    return address(error.asSlice(EE_SIZE)).map(from -> new Icmp(type, code, from));
  }

  /// @param sockaddr a `struct sockaddr_in` or `sockaddr_in6`
  static Optional<InetAddress> address(MemorySegment sockaddr) {
    int family = sockaddr.get(JAVA_SHORT, 0);
    if (family == AF_INET && sockaddr.byteSize() >= 8) {
      return Optional.of(inet(sockaddr.asSlice(4, 4)));
    }
    if (family == AF_INET6 && sockaddr.byteSize() >= 24) {
      return Optional.of(inet(sockaddr.asSlice(8, 16)));
    }
    return Optional.empty();
  }

  private static InetAddress inet(MemorySegment bytes) {
    try {
      return InetAddress.getByAddress(bytes.toArray(JAVA_BYTE));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are an address", e);
    }
  }
}
