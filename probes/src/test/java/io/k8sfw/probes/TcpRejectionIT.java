package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static io.k8sfw.probes.TestNet.DST6;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What each way of refusing a TCP port looks like from another machine. Needs root, `ip`, `nft`.
class TcpRejectionIT {
  private TestNet net;

  @BeforeEach
  void build() throws Exception {
    net = TestNet.create();
  }

  @AfterEach
  void takeDown() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  @Test
  void everyIpv4RejectionOfTheTargetIsToldApart() throws Exception {
    net.listen("dst", DST4, 1001);
    net.nft(
        "dst",
        "input",
        "tcp dport 1003 drop",
        "tcp dport 1004 reject with tcp reset",
        "tcp dport 1005 reject with icmp port-unreachable",
        "tcp dport 1006 reject with icmp admin-prohibited",
        "tcp dport 1007 reject with icmp host-prohibited",
        "tcp dport 1008 reject with icmp net-prohibited",
        "tcp dport 1009 reject with icmp host-unreachable",
        "tcp dport 1010 reject with icmp net-unreachable",
        "tcp dport 1011 reject with icmp prot-unreachable");
    VantageReading reading = probe(DST4, "1001-1011");
    assertThat(Orders.text(reading, 1001)).isEqualTo("open syn-ack");
    assertThat(Orders.text(reading, 1002)).isEqualTo("closed reset");
    assertThat(Orders.text(reading, 1003)).isEqualTo("filtered no-response");
    assertThat(Orders.text(reading, 1004)).isEqualTo("closed reset");
    String from = " from 10.99.2.2";
    assertThat(Orders.text(reading, 1005)).isEqualTo("filtered port-unreachable ICMP 3/3" + from);
    assertThat(Orders.text(reading, 1006)).isEqualTo("filtered admin-prohibited ICMP 3/13" + from);
    assertThat(Orders.text(reading, 1007)).isEqualTo("filtered host-prohibited ICMP 3/10" + from);
    assertThat(Orders.text(reading, 1008)).isEqualTo("filtered net-prohibited ICMP 3/9" + from);
    assertThat(Orders.text(reading, 1009)).isEqualTo("filtered host-unreachable ICMP 3/1" + from);
    assertThat(Orders.text(reading, 1010)).isEqualTo("filtered net-unreachable ICMP 3/0" + from);
    assertThat(Orders.text(reading, 1011)).isEqualTo("filtered proto-unreachable ICMP 3/2" + from);
  }

  @Test
  void everyIpv6RejectionOfTheTargetIsToldApart() throws Exception {
    net.listen("dst", DST6, 1001);
    net.nft(
        "dst",
        "input",
        "tcp dport 1003 drop",
        "tcp dport 1004 reject with tcp reset",
        "tcp dport 1005 reject with icmpv6 port-unreachable",
        "tcp dport 1006 reject with icmpv6 admin-prohibited",
        "tcp dport 1007 reject with icmpv6 policy-fail",
        "tcp dport 1008 reject with icmpv6 reject-route",
        "tcp dport 1009 reject with icmpv6 addr-unreachable",
        "tcp dport 1010 reject with icmpv6 no-route");
    VantageReading reading = probe(DST6, "1001-1010");
    assertThat(Orders.text(reading, 1001)).isEqualTo("open syn-ack");
    assertThat(Orders.text(reading, 1002)).isEqualTo("closed reset");
    assertThat(Orders.text(reading, 1003)).isEqualTo("filtered no-response");
    assertThat(Orders.text(reading, 1004)).isEqualTo("closed reset");
    String from = " from fd99:2::2";
    assertThat(Orders.text(reading, 1005)).isEqualTo("filtered port-unreachable ICMP 1/4" + from);
    assertThat(Orders.text(reading, 1006)).isEqualTo("filtered admin-prohibited ICMP 1/1" + from);
    assertThat(Orders.text(reading, 1007)).isEqualTo("filtered admin-prohibited ICMP 1/5" + from);
    assertThat(Orders.text(reading, 1008)).isEqualTo("filtered net-prohibited ICMP 1/6" + from);
    assertThat(Orders.text(reading, 1009)).isEqualTo("filtered host-unreachable ICMP 1/3" + from);
    assertThat(Orders.text(reading, 1010)).isEqualTo("filtered net-unreachable ICMP 1/0" + from);
  }

  private VantageReading probe(java.net.InetAddress address, String ports) throws Exception {
    return net.vantage("src").probe(Orders.tcp(address, ports), Progress.SILENT);
  }
}
