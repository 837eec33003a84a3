package io.k8sfw.probes;

import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.OverlayDevice.Kind;
import io.k8sfw.probes.linux.DatagramTap;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/// Payloads of datagrams that go to an overlay's UDP port, and of those inside.
final class OverlayPayload {
  /// I flag of a vxlan header (RFC 7348 section 5).
  private static final int VNI_IS_VALID = 0x08000000;

  private static final short IPV4 = 0x0800;
  private static final short IPV6 = (short) 0x86dd;

  /// "Local Experimental EtherType 1" (IEEE 802): no IP layer takes it.
  private static final short NOBODYS = (short) 0x88b5;

  /// Locally administered, nobody's: as the sender, and as a receiver that does not exist.
  private static final byte[] OUR_MAC = {0x02, 0x6b, 0x38, 0x66, 0x77, 0x01};

  private static final byte[] NO_MAC = {0x02, 0x6b, 0x38, 0x66, 0x77, 0x02};
  private static final int UDP = 17;

  /// Nothing on the way passes it on twice: the node itself is meant, and flannel's udp backend
  /// takes one off.
  private static final int TTL = 2;

  private OverlayPayload() {}

  static byte[] question(String nonce) {
    return (DatagramTap.MAGIC + "?" + nonce).getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] answer(String nonce) {
    return (DatagramTap.MAGIC + "!" + nonce).getBytes(StandardCharsets.US_ASCII);
  }

  /// The nonce of a payload that begins with the magic and `mark`.
  static Optional<String> nonce(byte[] payload, int length, char mark) {
    String text = new String(payload, 0, length, StandardCharsets.US_ASCII);
    String head = DatagramTap.MAGIC + mark;
    return text.matches("\\Q" + head + "\\E[0-9a-f]{" + DatagramTap.NONCE_LENGTH + "}")
        ? Optional.of(text.substring(head.length()))
        : Optional.empty();
  }

  /// What a node's overlay device turns into a UDP packet from `from` to `to`.
  ///
  /// @param from and `to` of one family
  static byte[] wrapped(
      OverlayDevice device, InetSocketAddress from, InetSocketAddress to, byte[] payload) {
    byte[] packet = packet(from, to, payload);
    return device.kind() == Kind.FLANNEL_UDP
        ? packet
        : frame(device, HexFormat.of().parseHex(device.mac()), etherType(to), packet);
  }

  /// What a node's overlay device takes and drops.
  static byte[] inert(OverlayDevice device) {
    return device.kind() == Kind.FLANNEL_UDP
        // Shorter than an IPv4 header: flannel discards it (`pkg/backend/udp/proxy_amd64.c`).
        ? new byte[1]
        : frame(device, NO_MAC, NOBODYS, new byte[46]);
  }

  private static short etherType(InetSocketAddress to) {
    return to.getAddress().getAddress().length == 4 ? IPV4 : IPV6;
  }

  private static byte[] frame(OverlayDevice device, byte[] mac, short type, byte[] packet) {
    return ByteBuffer.allocate(8 + 14 + packet.length)
        .putInt(VNI_IS_VALID)
        .putInt(device.vni() << 8)
        .put(mac)
        .put(OUR_MAC)
        .putShort(type)
        .put(packet)
        .array();
  }

  /// RFC 791 section 3.1, RFC 8200 section 3, RFC 768.
  private static byte[] packet(InetSocketAddress from, InetSocketAddress to, byte[] payload) {
    byte[] source = from.getAddress().getAddress();
    byte[] target = to.getAddress().getAddress();
    int length = 8 + payload.length;
    ByteBuffer pseudo = ByteBuffer.allocate(2 * source.length + 4 + length);
    pseudo.put(source).put(target).putShort((short) UDP).putShort((short) length);
    pseudo.putShort((short) from.getPort()).putShort((short) to.getPort());
    pseudo.putShort((short) length).putShort((short) 0).put(payload);
    short checksum = checksum(pseudo.array());
    ByteBuffer udp = ByteBuffer.allocate(length);
    udp.putShort((short) from.getPort()).putShort((short) to.getPort()).putShort((short) length);
    // Zero says that there is none, so a sum of zero is sent as its other form (RFC 768).
    udp.putShort(checksum == 0 ? (short) 0xffff : checksum).put(payload);
    byte[] header =
        source.length == 4 ? header4(source, target, length) : header6(source, target, length);
    return ByteBuffer.allocate(header.length + length).put(header).put(udp.array()).array();
  }

  private static byte[] header4(byte[] source, byte[] target, int length) {
    ByteBuffer header = ByteBuffer.allocate(20);
    header.putShort((short) 0x4500).putShort((short) (20 + length)).putInt(0x00004000);
    header.put((byte) TTL).put((byte) UDP).putShort((short) 0).put(source).put(target);
    return header.putShort(10, checksum(header.array())).array();
  }

  private static byte[] header6(byte[] source, byte[] target, int length) {
    ByteBuffer header = ByteBuffer.allocate(40);
    header.putInt(0x60000000).putShort((short) length).put((byte) UDP).put((byte) TTL);
    return header.put(source).put(target).array();
  }

  /// RFC 1071.
  static short checksum(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i++) {
      sum += i % 2 == 0 ? (bytes[i] & 0xffL) << 8 : bytes[i] & 0xffL;
    }
    while (sum >> 16 != 0) {
      sum = (sum & 0xffff) + (sum >> 16);
    }
    return (short) ~sum;
  }

  /// Whether both can be ends of one packet.
  static boolean sameFamily(InetAddress a, InetAddress b) {
    return a.getAddress().length == b.getAddress().length;
  }
}
