package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static io.k8sfw.probes.TestNet.DST6;
import static io.k8sfw.probes.TestNet.MID4;
import static io.k8sfw.probes.TestNet.MID6;
import static io.k8sfw.probes.TestNet.SRC4;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.wire.Transport;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What boxes on the way, and this machine itself, do to the answers. Needs root, `ip`, `nft`.
class PathFaultsIT {
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
  void boxOnTheWayThatRejectsIsNamed() throws Exception {
    net.nft(
        "mid",
        "forward",
        "ip saddr 10.99.1.1 tcp dport 1001 reject with icmp admin-prohibited",
        "ip saddr 10.99.1.1 tcp dport 1002 reject",
        "ip6 saddr fd99:1::1 tcp dport 1001 reject with icmpv6 admin-prohibited",
        "ip saddr 10.99.1.1 udp dport 1001 reject with icmp port-unreachable");
    VantageReading v4 = probe(Orders.tcp(DST4, "1001-1002"));
    assertThat(Orders.text(v4, 1001))
        .isEqualTo("filtered admin-prohibited ICMP 3/13 from " + MID4.getHostAddress());
    assertThat(Orders.text(v4, 1002))
        .isEqualTo("filtered port-unreachable ICMP 3/3 from " + MID4.getHostAddress());
    assertThat(Orders.text(probe(Orders.tcp(DST6, "1001")), 1001))
        .isEqualTo("filtered admin-prohibited ICMP 1/1 from " + AddressText.of(MID6));
    assertThat(Orders.text(probe(Orders.udp(DST4, "1001")), 1001))
        .isEqualTo("filtered port-unreachable ICMP 3/3 from " + MID4.getHostAddress());
  }

  @Test
  void missingRouteIsOurFault() throws Exception {
    net.in("src", "ip", "route", "del", "default");
    net.in("src", "ip", "-6", "route", "del", "default");
    assertThat(Orders.text(probe(Orders.tcp(DST4, "1001")), 1001))
        .isEqualTo("unmeasured: no route to 10.99.2.2 from here");
    assertThat(Orders.text(probe(Orders.tcp(DST6, "1001")), 1001))
        .isEqualTo("unmeasured: no route to fd99:2::2 from here");
    assertThat(Orders.text(probe(Orders.udp(DST4, "1001")), 1001))
        .isEqualTo("unmeasured: no route to 10.99.2.2 from here");
  }

  @Test
  void localRoutesThatForbidAreOurFault() throws Exception {
    net.in("src", "ip", "route", "add", "prohibit", "10.99.2.2");
    assertThat(Orders.at(probe(Orders.tcp(DST4, "1001")), 1001)).isInstanceOf(Unmeasured.class);
    net.in("src", "ip", "route", "replace", "blackhole", "10.99.2.2");
    assertThat(Orders.at(probe(Orders.tcp(DST4, "1001")), 1001)).isInstanceOf(Unmeasured.class);
    net.in("src", "ip", "route", "replace", "unreachable", "10.99.2.2");
    assertThat(Orders.at(probe(Orders.tcp(DST4, "1001")), 1001)).isInstanceOf(Unmeasured.class);
  }

  @Test
  void deadHostIsNeverClosedOrOpenAndHasNoControl() throws Exception {
    InetAddress dead = TestNet.address("10.99.1.77");
    VantageReading reading = probe(Orders.tcp(dead, "1001-1020"));
    for (PortRun run : reading.readings().getFirst().runs()) {
      assertThat(((Measured) run.observation()).state()).isEqualTo(PortState.FILTERED);
    }
    assertThat(positive(reading)).isNotEmpty().noneMatch(Control::holds);
  }

  @Test
  void neighbourThatDoesNotResolveIsAnUnreachableHost() throws Exception {
    InetAddress dead = TestNet.address("10.99.1.77");
    var patient =
        new io.k8sfw.vantage.Pace(
            "patient",
            100,
            100,
            10,
            10,
            List.of(java.time.Duration.ofSeconds(8)),
            java.time.Duration.ZERO);
    ProbeOrder order =
        new ProbeOrder(
            "src", Orders.tcp(dead, "1001").targets(), patient, 1, false, Integer.MAX_VALUE);
    assertThat(Orders.text(probe(order), 1001)).isEqualTo("filtered host-unreachable");
  }

  @Test
  void rejectionsThatRateLimitSwallowsAreNeverOpenOrClosed() throws Exception {
    net.nft("dst", "input", "tcp dport 2000-2199 reject");
    VantageReading reading = probe(Orders.tcp(DST4, "2000-2199"));
    int rejected = 0;
    for (int port = 2000; port <= 2199; port++) {
      Measured measured = (Measured) Orders.at(reading, port);
      assertThat(measured.state()).as("port %d", port).isEqualTo(PortState.FILTERED);
      rejected += measured.icmp().isPresent() ? 1 : 0;
    }
    assertThat(rejected).isPositive();
  }

  @Test
  void dropOnTheWayOutOfThisMachineHasNoControl() throws Exception {
    net.nft("src", "output", "tcp dport 1001-1100 drop", "tcp dport 49152-65535 drop");
    VantageReading reading = probe(Orders.tcp(DST4, "1001-1020"));
    assertThat(positive(reading)).isNotEmpty().noneMatch(Control::holds);
    assertThat(Orders.text(reading, 1001)).isEqualTo("filtered no-response");
  }

  @Test
  void rejectOnTheWayOutOfThisMachineIsOurFault() throws Exception {
    net.nft("src", "output", "tcp dport 1001 reject with icmpx admin-prohibited");
    assertThat(Orders.text(probe(Orders.tcp(DST4, "1001-1010")), 1001))
        .isEqualTo(
            "unmeasured: this machine itself rejects it: ICMP 3/13 from 10.99.1.1, its own address");
  }

  @Test
  void banInTheMiddleVoidsWhatItMade() throws Exception {
    // 60 bytes a SYN: the first sixty pass, then the source is banned.
    net.nft("mid", "forward", "ip saddr 10.99.1.1 quota over 3600 bytes drop");
    VantageReading reading = probe(Orders.tcp(DST4, "1001-1200"));
    assertThat(reading.readings().getFirst().runs())
        .allSatisfy(run -> {
          assertThat(run.observation()).isInstanceOf(Unmeasured.class);
          assertThat(((Unmeasured) run.observation()).cause().raw())
              .startsWith("positive control lost: port ");
        });
    assertThat(positive(reading)).anyMatch(c -> !c.holds());
  }

  @Test
  void somethingThatAcceptsEverythingFailsTheNegativeControl() throws Exception {
    net.listen("mid", TestNet.address("0.0.0.0"), 15001);
    net.in("mid", "nft", "add table ip n");
    net.in("mid", "nft", "add chain ip n pre { type nat hook prerouting priority -100; }");
    net.in(
        "mid", "nft", "add rule ip n pre ip saddr 10.99.1.1 tcp dport 1-65535 redirect to :15001");
    VantageReading reading = probe(Orders.tcp(DST4, "1001"));
    assertThat(Orders.text(reading, 1001)).isEqualTo("open syn-ack");
    assertThat(reading.controls().stream().filter(c -> c.kind() == Kind.NEGATIVE))
        .hasSize(2)
        .noneMatch(Control::holds);
  }

  @Test
  void testNetThatConnectsFailsTheNegativeControl() throws Exception {
    net.in("mid", "ip", "addr", "add", "192.0.2.1/32", "dev", "lo");
    net.listen("mid", TestNet.address("192.0.2.1"), 443);
    ProbeOrder plain = Orders.tcp(DST4, "1001");
    ProbeOrder external =
        new ProbeOrder(
            plain.vantage(), plain.targets(), plain.pace(), plain.seed(), true, Integer.MAX_VALUE);
    assertThat(negative(probe(plain))).hasSize(2).allMatch(Control::holds);
    assertThat(negative(probe(external))).hasSize(2).noneMatch(Control::holds);
  }

  @Test
  void udpAnswersAreToldApart() throws Exception {
    net.echo("dst", DST4, 1001);
    net.nft(
        "dst", "input", "udp dport 1003 drop", "udp dport 1004 reject with icmp admin-prohibited");
    VantageReading reading = probe(Orders.udp(DST4, "1001-1004"));
    assertThat(Orders.text(reading, 1001)).isEqualTo("open udp-response");
    assertThat(Orders.text(reading, 1002))
        .isEqualTo("closed port-unreachable ICMP 3/3 from 10.99.2.2");
    assertThat(Orders.text(reading, 1003)).isEqualTo("open|filtered no-response");
    assertThat(Orders.text(reading, 1004))
        .isEqualTo("filtered admin-prohibited ICMP 3/13 from 10.99.2.2");
  }

  @Test
  void udpThatThisMachineMayNotSendIsOurFault() throws Exception {
    net.nft("src", "output", "udp dport 1001 drop");
    assertThat(Orders.text(probe(Orders.udp(DST4, "1001")), 1001))
        .isEqualTo("unmeasured: this machine's own rules do not let us send to 10.99.2.2 (EPERM)");
  }

  @Test
  void lackOfSourcePortsIsWaitedOut() throws Exception {
    net.nft("dst", "input", "udp dport 1001-1004 drop");
    net.in("src", "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40001");
    VantageReading reading = probe(Orders.udp(DST4, "1001-1005"));
    assertThat(Orders.text(reading, 1001)).isEqualTo("open|filtered no-response");
    assertThat(Orders.text(reading, 1004)).isEqualTo("open|filtered no-response");
    assertThat(Orders.text(reading, 1005))
        .isEqualTo("closed port-unreachable ICMP 3/3 from 10.99.2.2");
  }

  @Test
  void closedUdpPortsAreAskedNoFasterThanLinuxAnswers() throws Exception {
    VantageReading reading = probe(Orders.udp(DST4, "1001-1012"));
    assertThat(reading.readings().getFirst().runs()).hasSize(1);
    assertThat(Orders.text(reading, 1001))
        .isEqualTo("closed port-unreachable ICMP 3/3 from 10.99.2.2");
  }

  @Test
  void socketsBelongToTheNamespaceOnBothTransports() throws Exception {
    InetAddress own = TestNet.address("10.99.9.9");
    net.in("src", "ip", "addr", "add", "10.99.9.9/32", "dev", "lo");
    net.listen("src", own, 1001);
    net.listen("dst", DST4, 1001);
    for (Transport transport : Transport.values()) {
      try (NetnsVantage vantage = NetnsVantage.open("src", net.path("src"), transport)) {
        VantageReading reading = vantage.probe(Orders.tcp(DST4, "1001"), Progress.SILENT);
        assertThat(Orders.text(reading, 1001)).isEqualTo("open syn-ack");
        assertThat(vantage.socketTable().orElseThrow().holds(Protocol.TCP, own, 1001)).isTrue();
      }
    }
  }

  @Test
  void targetSeesTheSourceAddressOfTheNamespace() throws Exception {
    String token = "0".repeat(32);
    for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
      try (var witness =
          net.vantage("dst").holdWitness(protocol, DST4, 1001, Set.of(token)).orElseThrow()) {
        assertThat(net.vantage("src").askWitness(protocol, DST4, 1001, token, 5000))
            .contains(witness.nonce());
        assertThat(witness.seenFrom(token)).contains(SRC4);
      }
    }
    assertThat(net.vantage("src").sourceTowards(DST4)).contains(SRC4);
  }

  private VantageReading probe(ProbeOrder order) throws Exception {
    return net.vantage("src").probe(order, Progress.SILENT);
  }

  private static List<Control> positive(VantageReading reading) {
    return reading.controls().stream().filter(c -> c.kind() == Kind.POSITIVE).toList();
  }

  private static List<Control> negative(VantageReading reading) {
    return reading.controls().stream().filter(c -> c.kind() == Kind.NEGATIVE).toList();
  }
}
