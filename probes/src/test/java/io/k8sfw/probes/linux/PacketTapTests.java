package io.k8sfw.probes.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class PacketTapTests {
  private static byte[] ipv4(int protocol, int fragment, int flags) {
    byte[] packet = new byte[40];
    packet[0] = 0x45;
    packet[6] = (byte) (fragment >> 8);
    packet[7] = (byte) fragment;
    packet[9] = (byte) protocol;
    System.arraycopy(InetAddress.ofLiteral("10.0.0.1").getAddress(), 0, packet, 12, 4);
    System.arraycopy(InetAddress.ofLiteral("10.0.0.2").getAddress(), 0, packet, 16, 4);
    packet[20] = (byte) (40001 >> 8);
    packet[21] = (byte) 40001;
    packet[22] = (byte) 0xc3;
    packet[23] = 0x50;
    packet[33] = (byte) flags;
    return packet;
  }

  private static byte[] ipv6(int next, int flags) {
    byte[] packet = new byte[60];
    packet[0] = 0x60;
    packet[6] = (byte) next;
    System.arraycopy(InetAddress.ofLiteral("fd77::1").getAddress(), 0, packet, 8, 16);
    System.arraycopy(InetAddress.ofLiteral("fd77::2").getAddress(), 0, packet, 24, 16);
    packet[40] = (byte) (40001 >> 8);
    packet[41] = (byte) 40001;
    packet[42] = (byte) 0xc3;
    packet[43] = 0x50;
    packet[53] = (byte) flags;
    return packet;
  }

  @Test
  void synIsAnAttemptInBothFamilies() {
    assertThat(PacketTap.Syn.of(ipv4(6, 0, 0x02)))
        .isEqualTo(
            new PacketTap.Syn(
                InetAddress.ofLiteral("10.0.0.1"),
                40001,
                InetAddress.ofLiteral("10.0.0.2"),
                50000));
    assertThat(PacketTap.Syn.of(ipv6(6, 0xc2)))
        .isEqualTo(
            new PacketTap.Syn(
                InetAddress.ofLiteral("fd77::1"), 40001, InetAddress.ofLiteral("fd77::2"), 50000));
  }

  @Test
  void answersOtherProtocolsAndFragmentsAreNone() {
    assertThat(PacketTap.Syn.of(ipv4(6, 0, 0x12))).isNull();
    assertThat(PacketTap.Syn.of(ipv4(6, 0, 0x04))).isNull();
    assertThat(PacketTap.Syn.of(ipv4(17, 0, 0x02))).isNull();
    assertThat(PacketTap.Syn.of(ipv4(6, 8, 0x02))).isNull();
    assertThat(PacketTap.Syn.of(ipv6(17, 0x02))).isNull();
  }

  @Test
  void packetCutAnywhereIsNeverAFault() {
    for (byte[] whole : new byte[][] {ipv4(6, 0, 0x02), ipv6(6, 0x02)}) {
      for (int length = 0; length < whole.length - 6; length++) {
        assertThat(PacketTap.Syn.of(java.util.Arrays.copyOf(whole, length))).isNull();
      }
    }
  }

  private static byte[] udp(byte[] packet, int header) {
    byte[] whole = java.util.Arrays.copyOf(packet, header + 8 + Challenge.LENGTH);
    byte[] challenge = new Challenge("a".repeat(32)).datagram();
    System.arraycopy(challenge, 0, whole, header + 8, challenge.length);
    return whole;
  }

  @Test
  void challengeIsKnownInBothFamilies() {
    Challenge expected = new Challenge("a".repeat(32));
    assertThat(PacketTap.Marked.of(udp(ipv4(17, 0, 0), 20)))
        .contains(new PacketTap.Marked(InetAddress.ofLiteral("10.0.0.1"), expected));
    assertThat(PacketTap.Marked.of(udp(ipv6(17, 0), 40)))
        .contains(new PacketTap.Marked(InetAddress.ofLiteral("fd77::1"), expected));
  }

  @Test
  void otherDatagramsProtocolsFragmentsAndPiecesAreNoChallenge() {
    byte[] other = udp(ipv4(17, 0, 0), 20);
    other[28 + 5] = 'x';
    assertThat(PacketTap.Marked.of(other)).isEmpty();
    assertThat(PacketTap.Marked.of(udp(ipv4(6, 0, 0), 20))).isEmpty();
    assertThat(PacketTap.Marked.of(udp(ipv4(17, 8, 0), 20))).isEmpty();
    for (byte[] whole : new byte[][] {udp(ipv4(17, 0, 0), 20), udp(ipv6(17, 0), 40)}) {
      for (int length = 0; length < whole.length; length++) {
        assertThat(PacketTap.Marked.of(java.util.Arrays.copyOf(whole, length))).isEmpty();
      }
    }
  }
}
