package io.k8sfw.probes.wire;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/// A TCP segment without data (RFC 9293 section 3.1).
///
/// @param from source port
/// @param to destination port
/// @param sequence number of the segment
/// @param acknowledges the next number that is expected, where [#ACK] is among `flags`
record TcpSegment(int from, int to, int sequence, int acknowledges, int flags) {
  static final int SYN = 0x02;
  static final int RST = 0x04;
  static final int ACK = 0x10;

  private static final int HEADER = 20;
  private static final int PROTOCOL = 6;

  /// What an ordinary Linux offers: an option-less SYN looks like a scanner's.
  private static final int WINDOW = 64_240;

  private static final byte[] MAXIMUM_SEGMENT_SIZE = {2, 4, 0x05, (byte) 0xb4};

  /// @param bytes a header at least
  static TcpSegment read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new TcpSegment(
        Short.toUnsignedInt(in.getShort(0)),
        Short.toUnsignedInt(in.getShort(2)),
        in.getInt(4),
        in.getInt(8),
        in.get(13) & 0x3f);
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /// As it goes into an IP packet between these addresses.
  byte[] write(InetAddress source, InetAddress destination) {
    byte[] options = has(SYN) ? MAXIMUM_SEGMENT_SIZE : new byte[0];
    int length = HEADER + options.length;
    ByteBuffer out = ByteBuffer.allocate(length);
    out.putShort((short) from).putShort((short) to).putInt(sequence).putInt(acknowledges);
    out.put((byte) ((length / 4) << 4)).put((byte) flags).putShort((short) (has(SYN) ? WINDOW : 0));
    out.putInt(0).put(options);
    out.putShort(16, (short) ~sum(out.array(), pseudoHeader(source, destination, length)));
    return out.array();
  }

  /// RFC 9293 section 3.1, RFC 8200 section 8.1.
  private static int pseudoHeader(InetAddress source, InetAddress destination, int length) {
    boolean v4 = source instanceof Inet4Address;
    ByteBuffer header = ByteBuffer.allocate(v4 ? 12 : 40);
    header.put(source.getAddress()).put(destination.getAddress());
    if (v4) {
      header.putShort((short) PROTOCOL).putShort((short) length);
    } else {
      header.putInt(length).putInt(PROTOCOL);
    }
    return sum(header.array(), 0);
  }

  /// One's complement sum of 16-bit words (RFC 1071).
  private static int sum(byte[] words, int start) {
    int sum = start;
    for (int i = 0; i < words.length; i += 2) {
      sum += (words[i] & 0xff) << 8 | (words[i + 1] & 0xff);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }
}
