package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.Family;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.OverlayDevice.Kind;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class OverlayPayloadTests {
  private static final OverlayDevice VXLAN =
      new OverlayDevice(
          "flannel.1", 4, Kind.VXLAN, 0x123456, "0af100000002", 8472, Family.IPV4, List.of());
  private static final OverlayDevice FLANNEL_UDP =
      new OverlayDevice("flannel0", 4, Kind.FLANNEL_UDP, 0, "", 8285, Family.IPV4, List.of());
  private static final InetSocketAddress FROM =
      new InetSocketAddress(TestNet.address("10.77.0.21"), 40000);
  private static final InetSocketAddress TO =
      new InetSocketAddress(TestNet.address("10.244.2.0"), 50000);

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void vxlanFrameIsWhatRfc7348Says() {
    byte[] frame = OverlayPayload.wrapped(VXLAN, FROM, TO, new byte[] {1, 2, 3});
    assertThat(hex(frame))
        .startsWith("0800000012345600" + "0af100000002" + "026b38667701" + "0800");
    assertThat(frame).hasSize(8 + 14 + 20 + 8 + 3);
  }

  @Test
  void innerPacketIsSoundAndBareForFlannelsUdpBackend() {
    byte[] packet = OverlayPayload.wrapped(FLANNEL_UDP, FROM, TO, new byte[] {1, 2, 3});
    assertThat(hex(packet)).startsWith("4500001f00004000" + "0211");
    assertThat(OverlayPayload.checksum(Arrays.copyOf(packet, 20))).isZero();
    assertThat(hex(packet)).contains("0a4d0015" + "0af40200" + "9c40" + "c350" + "000b");
  }

  @Test
  void whatIsInertReachesNoIpLayer() {
    assertThat(hex(OverlayPayload.inert(VXLAN))).contains("88b5").doesNotContain("0af100000002");
    assertThat(OverlayPayload.inert(FLANNEL_UDP)).hasSizeLessThan(20);
  }

  @Test
  void onlyOurOwnPayloadsHaveANonce() {
    byte[] question = OverlayPayload.question("0123456789abcdef");
    assertThat(OverlayPayload.nonce(question, question.length, '?')).contains("0123456789abcdef");
    assertThat(OverlayPayload.nonce(question, question.length, '!')).isEmpty();
    assertThat(OverlayPayload.nonce(question, question.length - 1, '?')).isEmpty();
  }
}
