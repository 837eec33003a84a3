package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static io.k8sfw.probes.TestNet.SRC4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.observation.WitnessReport.Hearing;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Both ends at once: sockets and witnesses on the target. Needs root, `ip`, `nft`.
class CampaignIT {
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
  void witnessIsHeardBehindAnOpenFirewallAndNotBehindAForgedReset() throws Exception {
    net.listen("dst", DST4, 1003);
    net.nft("dst", "input", "tcp dport 1002 reject with tcp reset");
    Observations seen = observe("1001-1004", "1001-1003", "1004");
    assertThat(seen.witnesses())
        .containsExactlyInAnyOrder(
            report(Protocol.TCP, 1001, Hearing.ANSWERED, 1, Optional.of(SRC4), true),
            report(Protocol.TCP, 1002, Hearing.UNHEARD, 3, Optional.empty(), false));
    assertThat(seen.interrupted()).isEmpty();
    assertThat(seen.targets())
        .singleElement()
        .satisfies(t -> assertThat(t.node()).isEqualTo("dst"));
    // Let go of at once.
    try (var again =
        net.vantage("dst").holdWitness(Protocol.TCP, DST4, 1001, Set.of()).orElseThrow()) {
      assertThat(again.nonce()).hasSize(32);
    }
  }

  private static WitnessReport report(
      Protocol protocol,
      int port,
      Hearing hearing,
      int attempts,
      Optional<InetAddress> from,
      boolean arrived) {
    return new WitnessReport("src", DST4, protocol, port, hearing, attempts, from, arrived);
  }

  @Test
  void datagramWitnessTellsAnOpenPortFromADroppedAndARejectedOne() throws Exception {
    net.nft("dst", "input", "udp dport 1002 drop", "udp dport 1003 reject");
    Observations seen = observe(Protocol.UDP, "1001-1003", "1001-1003", "22");
    assertThat(seen.witnesses())
        .containsExactlyInAnyOrder(
            report(Protocol.UDP, 1001, Hearing.ANSWERED, 1, Optional.of(SRC4), true),
            report(Protocol.UDP, 1002, Hearing.UNHEARD, 5, Optional.of(SRC4), true),
            report(Protocol.UDP, 1003, Hearing.UNHEARD, 5, Optional.of(SRC4), true));
    assertThat(seen.controls())
        .filteredOn(c -> c.kind() == Control.Kind.DATAGRAM)
        .hasSize(2)
        .allMatch(Control::holds);
    assertThat(seen.sources())
        .containsExactly(new SourceReport("src", DST4, Optional.of(SRC4), Optional.of(SRC4)));
    // Let go of at once.
    try (var again =
        net.vantage("dst").holdWitness(Protocol.UDP, DST4, 1001, Set.of()).orElseThrow()) {
      assertThat(again.holds()).isTrue();
    }
  }

  @Test
  void datagramThatARouterStopsIsUnheardAndDidNotArrive() throws Exception {
    net.nft("mid", "forward", "udp dport 1002 drop");
    assertThat(observe(Protocol.UDP, "1002", "1002", "22").witnesses())
        .containsExactly(report(Protocol.UDP, 1002, Hearing.UNHEARD, 5, Optional.empty(), false));
  }

  @Test
  void datagramWhoseAnswerIsLostWasReceived() throws Exception {
    net.nft("mid", "forward", "udp sport 1002 drop");
    assertThat(observe(Protocol.UDP, "1002", "1002", "22").witnesses())
        .containsExactly(report(Protocol.UDP, 1002, Hearing.RECEIVED, 5, Optional.of(SRC4), true));
  }

  @Test
  void datagramThatNeverLeftItsOwnMachineTellsNothing() throws Exception {
    net.nft("src", "output", "udp dport 1002 drop");
    assertThat(observe(Protocol.UDP, "1002", "1002", "22").witnesses()).isEmpty();
  }

  @Test
  void witnessTellsNothingWhereNoDatagramArrivesAtAll() throws Exception {
    net.nft("mid", "forward", "meta l4proto udp drop");
    Observations seen = observe(Protocol.UDP, "1002", "1002", "22");
    assertThat(seen.witnesses()).isEmpty();
    assertThat(seen.controls())
        .filteredOn(c -> c.kind() == Control.Kind.DATAGRAM)
        .hasSize(2)
        .noneMatch(Control::holds);
  }

  @Test
  void targetTellsTheAddressThatAMasqueradedPlaceComesWith() throws Exception {
    net.in(
        "mid",
        "nft",
        "add table ip n; add chain ip n post { type nat hook postrouting priority 100; };"
            + " add rule ip n post ip saddr 10.99.1.1 masquerade");
    assertThat(observe("1001", "1001", "22").sources())
        .containsExactly(
            new SourceReport(
                "src", DST4, Optional.of(SRC4), Optional.of(TestNet.address("10.99.2.254"))));
  }

  @Test
  void packetThatTheFirewallDropsIsStillSeenToArrive() throws Exception {
    net.nft("dst", "input", "drop");
    assertThat(observe("1001", "22", "22").controls())
        .filteredOn(c -> c.kind() == Control.Kind.ARRIVAL)
        .extracting(Control::phase, Control::holds)
        .containsExactlyInAnyOrder(
            tuple(Control.Phase.BEFORE, true), tuple(Control.Phase.AFTER, true));
  }

  @Test
  void packetThatNeverLeavesIsNotSeenToArrive() throws Exception {
    net.nft("src", "output", "drop");
    assertThat(observe("1001", "22", "22").controls())
        .filteredOn(c -> c.kind() == Control.Kind.ARRIVAL)
        .hasSize(2)
        .noneMatch(Control::holds);
  }

  @Test
  void placeThatIsOnATargetItselfStandsForNoOther() throws Exception {
    for (InetAddress own : List.of(TestNet.SRC4, TestNet.SRC6)) {
      net.listen("src", own, 1005);
      Target itself =
          new Target(
              Optional.empty(), own, Protocol.TCP, PortSet.of(1005), PortSet.NONE, PortSet.NONE);
      try (NetnsVantage src = NetnsVantage.open("src", net.path("src"))) {
        Observations seen =
            new LiveCampaign(List.of(src)).observe(List.of(Orders.order(itself)), Progress.SILENT);
        assertThat(Orders.text(seen.readings().getFirst().runs().getFirst().observation()))
            .startsWith("unmeasured: it is itself where " + AddressText.of(own));
        assertThat(seen.vantages().getFirst().failure()).isPresent();
      }
    }
  }

  @Test
  void guardedPortIsLearntOfWithoutAConnection() throws Exception {
    assertThat(guarded(true)).as("free, and the node says so").isEqualTo("closed reset");
    assertThat(guarded(false)).as("free, and nobody says so").isEqualTo("closed reset");
    try (ServerSocketChannel server =
        net.inside("dst", () -> ServerSocketChannel.open().bind(new InetSocketAddress(179)))) {
      server.configureBlocking(false);
      assertThat(guarded(true)).isEqualTo("open syn-ack");
      assertThat(guarded(false)).isEqualTo("open syn-ack");
      net.nft("dst", "input", "tcp dport 179 drop");
      assertThat(guarded(true)).isEqualTo("filtered no-response");
      assertThat(server.accept()).as("a connection").isNull();
    }
  }

  private String guarded(boolean withAgent) throws Exception {
    try (NetnsVantage src = NetnsVantage.open("src", net.path("src"));
        NetnsVantage dst = NetnsVantage.open("dst", net.path("dst"))) {
      Observations seen =
          new LiveCampaign(withAgent ? List.of(src, dst) : List.of(src))
              .observe(List.of(order(Protocol.TCP, "179", "22", "179")), Progress.SILENT);
      return Orders.text(seen.readings().getFirst().runs().getFirst().observation());
    }
  }

  @Test
  void whatListensIsAskedAsWellWhereTheOrderWantsIt() throws Exception {
    for (int port : List.of(1005, 1006, 1007)) {
      net.listen("dst", DST4, port);
    }
    Target target =
        new Target(
            Optional.of("dst"),
            DST4,
            Protocol.TCP,
            PortSet.parse("1001"),
            PortSet.NONE,
            PortSet.NONE,
            PortSet.parse("1000-1006"),
            PortSet.NONE);
    try (NetnsVantage src = NetnsVantage.open("src", net.path("src"));
        NetnsVantage dst = NetnsVantage.open("dst", net.path("dst"))) {
      Observations seen =
          new LiveCampaign(List.of(src, dst))
              .observe(List.of(Orders.order(target)), Progress.SILENT);
      assertThat(seen.readings().getFirst().runs())
          .extracting(PortRun::ports)
          .containsExactly(new PortRange(1001, 1001), new PortRange(1005, 1006));
    }
  }

  private Observations observe(String ports, String witnessable, String guarded) throws Exception {
    return observe(Protocol.TCP, ports, witnessable, guarded);
  }

  private Observations observe(Protocol protocol, String ports, String witnessable, String guarded)
      throws Exception {
    try (NetnsVantage src = NetnsVantage.open("src", net.path("src"));
        NetnsVantage dst = NetnsVantage.open("dst", net.path("dst"))) {
      return new LiveCampaign(List.of(src, dst))
          .observe(List.of(order(protocol, ports, witnessable, guarded)), Progress.SILENT);
    }
  }

  private static ProbeOrder order(
      Protocol protocol, String ports, String witnessable, String guarded) {
    return Orders.order(
        new Target(
            Optional.of("dst"),
            DST4,
            protocol,
            PortSet.parse(ports),
            PortSet.parse(witnessable),
            PortSet.parse(guarded)));
  }
}
