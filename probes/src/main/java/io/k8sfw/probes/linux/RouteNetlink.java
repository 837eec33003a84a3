package io.k8sfw.probes.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Asks the kernel for what it knows of links, addresses and routes (rtnetlink(7)). Needs no right.
final class RouteNetlink {
  static final short GET_LINK = 18;
  static final short GET_ADDRESS = 22;
  static final short GET_ROUTE = 26;

  private static final int AF_NETLINK = 16;

  /// `SOCK_RAW | SOCK_CLOEXEC`; protocol 0 is NETLINK_ROUTE (`include/uapi/linux/netlink.h`).
  private static final int SOCK_RAW_CLOEXEC = 0x80003;

  private static final short REQUEST = 1;
  private static final short DUMP = 0x300;
  private static final short ERROR = 2;
  private static final short DONE = 3;

  /// `struct nlmsghdr`: length 4, type 2, flags 2, sequence 4, port 4.
  private static final int HEADER = 16;

  /// The kernel never sends more in one piece (`NLMSG_GOODSIZE`,
  /// `Documentation/userspace-api/netlink`).
  private static final int BUFFER_BYTES = 1 << 16;

  /// More links than any node has; a kernel that goes on is not believed.
  private static final int MOST_MESSAGES = 100_000;

  private RouteNetlink() {}

  /// @param body what follows the header
  /// @return bodies of the answers
  static List<ByteBuffer> dump(short type, byte[] body) throws IOException {
    return ask(type, (short) (REQUEST | DUMP), body);
  }

  /// @return the body of the one answer; none where the kernel says no
  static List<ByteBuffer> get(short type, byte[] body) throws IOException {
    return ask(type, REQUEST, body);
  }

  private static List<ByteBuffer> ask(short type, short flags, byte[] body) throws IOException {
    if (!Libc.AVAILABLE) {
      throw new IOException("rtnetlink needs Linux on x86_64 or aarch64");
    }
    try (Arena arena = Arena.ofConfined()) {
      SocketCalls calls = new SocketCalls(arena);
      int fd = calls.socket(AF_NETLINK, SOCK_RAW_CLOEXEC);
      if (fd < 0) {
        throw new IOException("no rtnetlink socket: " + Errno.name(-fd));
      }
      try {
        MemorySegment out = arena.allocate(HEADER + body.length, 4);
        ByteBuffer request = out.asByteBuffer().order(ByteOrder.nativeOrder());
        request.putInt(HEADER + body.length).putShort(type).putShort(flags).putInt(1).putInt(0);
        request.put(body);
        long sent = calls.send(fd, out, out.byteSize(), 0);
        if (sent < 0) {
          throw new IOException("rtnetlink: " + Errno.name((int) -sent));
        }
        return answers(calls, fd, arena.allocate(BUFFER_BYTES, 4), (flags & DUMP) != 0);
      } finally {
        calls.close(fd);
      }
    }
  }

  private static List<ByteBuffer> answers(SocketCalls calls, int fd, MemorySegment in, boolean many)
      throws IOException {
    List<ByteBuffer> answers = new ArrayList<>();
    while (answers.size() < MOST_MESSAGES) {
      long got = calls.recv(fd, in, in.byteSize(), 0);
      if (got <= 0) {
        throw new IOException("rtnetlink: " + Errno.name((int) -got));
      }
      ByteBuffer messages =
          ByteBuffer.wrap(in.asSlice(0, got).toArray(JAVA_BYTE)).order(ByteOrder.nativeOrder());
      while (messages.remaining() >= HEADER) {
        int start = messages.position();
        int length = messages.getInt(start);
        short type = messages.getShort(start + 4);
        if (type == DONE || type == ERROR) {
          return answers;
        }
        if (length < HEADER || length > messages.remaining()) {
          throw new IOException("rtnetlink: a message makes no sense");
        }
        answers.add(messages.slice(start + HEADER, length - HEADER).order(ByteOrder.nativeOrder()));
        messages.position(Math.min(messages.limit(), start + aligned(length)));
      }
      if (!many) {
        return answers;
      }
    }
    throw new IOException("rtnetlink: no end of messages");
  }

  /// Attributes (`struct rtattr`: length 2, type 2, then the value) of a body, by type.
  ///
  /// @param from where they begin
  static java.util.Map<Integer, ByteBuffer> attributes(ByteBuffer body, int from) {
    java.util.Map<Integer, ByteBuffer> attributes = new java.util.HashMap<>();
    int at = from;
    while (at + 4 <= body.limit()) {
      int length = body.getShort(at) & 0xffff;
      // The two upper bits are flags: NLA_F_NESTED, NLA_F_NET_BYTEORDER.
      int type = body.getShort(at + 2) & 0x3fff;
      if (length < 4 || at + length > body.limit()) {
        break;
      }
      attributes.put(type, body.slice(at + 4, length - 4).order(ByteOrder.nativeOrder()));
      at += aligned(length);
    }
    return attributes;
  }

  private static int aligned(int length) {
    return (length + 3) & ~3;
  }
}
