package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static io.k8sfw.probes.TestNet.DST6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.wire.Transport;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the vantage point's own machine keeps back, refuses or lacks is never said of the target.
/// Needs root, `ip`, `nft`.
class LocalFaultsIT {
  private static final String NOTHING_LEAVES =
      "unmeasured: nothing that we send to 10.99.2.2 was seen leaving this machine: its own rules"
          + " drop it, or its next hop does not answer";

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
  void portsThatLeaveKeepWhatWasSeen() throws Exception {
    net.listen("dst", DST4, 1001);
    net.nft("dst", "input", "tcp dport 1003-1020 drop");
    TargetReading seen = probe(Orders.tcp(DST4, "1001-1020"));
    assertThat(text(seen, 1001)).isEqualTo("open syn-ack");
    assertThat(text(seen, 1002)).isEqualTo("closed reset");
    assertThat(text(seen, 1003)).isEqualTo("filtered no-response");
    assertThat(text(seen, 1020)).isEqualTo("filtered no-response");
    assertThat(departures)
        .extracting(Control::holds, Control::port, Control::detail)
        .containsExactly(tuple(true, 0, "10 of 10 attempts were seen leaving this machine"));
  }

  /// The false green that all other controls miss: 443 gets out and answers, 10255 does not get
  /// out.
  @ParameterizedTest
  @ValueSource(strings = {"10.99.2.2", "fd99:2::2"})
  void portThatOnlyThisMachineDropsIsUnmeasured(String to) throws Exception {
    net.listen("dst", TestNet.address(to), 443);
    net.nft("src", "output", "tcp dport 10255 drop");
    net.nft("dst", "input", "tcp dport 10250 drop");
    TargetReading seen = probe(Orders.tcp(TestNet.address(to), "443,10250,10255"));
    assertThat(text(seen, 443)).isEqualTo("open syn-ack");
    assertThat(text(seen, 10250)).isEqualTo("filtered no-response");
    assertThat(text(seen, 10255))
        .isEqualTo(
            "unmeasured: this machine's own rules drop what we send to port 10255: it was not seen"
                + " leaving");
    assertThat(departures)
        .extracting(Control::holds, Control::port)
        .containsExactly(tuple(false, 10255));
  }

  @Test
  void dropOnItsWayToTheDeviceIsSeenToo() throws Exception {
    net.in("src", "nft", "add table netdev t");
    net.in(
        "src",
        "nft",
        "add chain netdev t egress { type filter hook egress device eth0 priority 0; }");
    net.in("src", "nft", "add rule netdev t egress tcp dport 1001 drop");
    TargetReading seen = probe(Orders.tcp(DST4, "1001-1002"));
    assertThat(text(seen, 1001)).startsWith("unmeasured: this machine's own rules drop");
    assertThat(text(seen, 1002)).isEqualTo("closed reset");
  }

  @Test
  void dropOfEverythingLeavesNothingMeasured() throws Exception {
    net.nft("src", "output", "tcp dport 1-65535 drop");
    assertAllUnmeasured(probe(Orders.tcp(DST4, "1001-1500")), NOTHING_LEAVES);
  }

  @Test
  void dropInAWideSilentRunTakesTheRunAlong() throws Exception {
    net.nft("dst", "input", "tcp dport 2001-2500 drop");
    net.nft("src", "output", "tcp dport 2200-2500 drop");
    TargetReading seen = probe(Orders.tcp(DST4, "1001,2001-2500"));
    assertThat(text(seen, 1001)).isEqualTo("closed reset");
    assertThat(text(seen, 2001)).startsWith("unmeasured: this machine's own rules drop");
    assertThat(text(seen, 2500)).startsWith("unmeasured: this machine's own rules drop");
  }

  @ParameterizedTest
  @EnumSource
  void resetOfThisMachineIsNoResetOfTheTarget(Transport transport) throws Exception {
    net.nft("src", "output", "tcp dport 1001 reject with tcp reset");
    TargetReading seen = probe(Orders.tcp(DST4, "1001,2001"), transport);
    assertThat(text(seen, 1001))
        .isEqualTo(
            "unmeasured: this machine itself refuses what we send to port 1001: it was not seen"
                + " leaving");
  }

  /// Every control of the batch is met, by this machine.
  @Test
  void resetsOfThisMachineControlNothing() throws Exception {
    net.nft(
        "src", "output", "tcp dport 1001 accept", "tcp flags syn / syn,ack reject with tcp reset");
    net.nft("dst", "input", "drop");
    TargetReading seen = probe(Orders.tcp(DST4, "1001-1002"));
    assertThat(text(seen, 1001)).startsWith("unmeasured: this machine itself refuses");
    assertThat(text(seen, 1002)).startsWith("unmeasured: this machine itself refuses");
    assertThat(controls.stream().filter(c -> c.kind() == Kind.POSITIVE))
        .isNotEmpty()
        .noneMatch(Control::holds);
  }

  @ParameterizedTest
  @EnumSource
  void icmpRejectionOfThisMachineIsNoneOfTheTarget(Transport transport) throws Exception {
    net.listen("dst", DST4, 2001);
    net.nft("src", "output", "tcp dport 1001-1200 reject with icmpx admin-prohibited");
    net.nft("dst", "input", "tcp dport 3000 drop");
    TargetReading seen = probe(Orders.tcp(DST4, "1001-1200,2001"), transport);
    for (int port = 1001; port <= 1200; port++) {
      // Without an error queue the number alone says that no host was reached.
      assertThat(text(seen, port)).matches("unmeasured: .*|filtered host-unreachable");
    }
    assertThat(text(seen, 2001)).isEqualTo("open syn-ack");
  }

  @Test
  void redirectOfThisMachineIsNeitherOpenNorClosed() throws Exception {
    net.listen("src", TestNet.address("0.0.0.0"), 15001);
    net.in("src", "nft", "add table ip n");
    net.in("src", "nft", "add chain ip n out { type nat hook output priority -100; }");
    net.in("src", "nft", "add rule ip n out tcp dport 1001 redirect to :15001");
    net.in("src", "nft", "add rule ip n out tcp dport 1002 redirect to :15002");
    TargetReading seen = probe(Orders.tcp(DST4, "1001-1002,1004"));
    assertThat(text(seen, 1001))
        .isEqualTo("unmeasured: this machine's own rules send elsewhere what we send to port 1001");
    assertThat(text(seen, 1002))
        .isEqualTo("unmeasured: this machine's own rules send elsewhere what we send to port 1002");
    assertThat(text(seen, 1004)).isEqualTo("closed reset");
  }

  @ParameterizedTest
  @ValueSource(strings = {"prohibit", "blackhole", "unreachable"})
  void routesThatForbidAreOurFault(String kind) throws Exception {
    net.in("src", "ip", "route", "add", kind, "10.99.2.2");
    net.in("src", "ip", "-6", "route", "add", kind, "fd99:2::2");
    assertAllUnmeasured(probe(Orders.tcp(DST4, "1001-1500")), "unmeasured: ");
    assertAllUnmeasured(probe(Orders.tcp(DST6, "1001-1500")), "unmeasured: ");
  }

  @Test
  void missingRouteIsOurFault() throws Exception {
    net.in("src", "ip", "route", "del", "default");
    assertAllUnmeasured(
        probe(Orders.tcp(DST4, "1001-1500")), "unmeasured: no route to 10.99.2.2 from here");
  }

  @Test
  void fewSourcePortsMakeNothingSilent() throws Exception {
    net.in("src", "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40009");
    net.listen("dst", DST4, 1001);
    assertTrueOrUnmeasured(probe(Orders.tcp(DST4, "1001-1500")));
  }

  /// Connections that nobody answers fill the table; nothing gets out from then on.
  @Test
  void fullTrackingTableMakesNothingSilent() throws Exception {
    net.nft("src", "output", "meta l4proto tcp ct count over 100 drop");
    net.nft("dst", "input", "tcp dport 2001-2400 drop");
    net.listen("dst", DST4, 1001);
    assertTrueOrUnmeasured(probe(Orders.tcp(DST4, "1001-1500,2001-2400")));
  }

  /// In a process of its own, which may open no more than 160 files, those of its runtime among
  /// them.
  @Test
  void fewFilesMakeNothingSilent() throws Exception {
    net.listen("dst", DST4, 1001);
    Process child =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "ulimit -n 160 && exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FewFiles.class.getName(),
                net.path("src").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(said.lines().filter(line -> line.startsWith("port ")))
        .as(said)
        .hasSize(500)
        .allMatch(line ->
            line.equals("port 1001 open syn-ack")
                || (line.endsWith(" closed reset") && !line.startsWith("port 1001 "))
                || line.contains(" unmeasured: "));
  }

  /// Says of each port what it saw.
  static final class FewFiles {
    public static void main(String[] args) throws IOException {
      try (NetnsVantage src = NetnsVantage.open("src", Path.of(args[0]))) {
        TargetReading seen =
            new LiveCampaign(List.of(src))
                .observe(List.of(Orders.tcp(DST4, "1001-1500")), Progress.SILENT)
                .readings()
                .getFirst();
        for (int port = 1001; port <= 1500; port++) {
          System.out.println("port " + port + " " + text(seen, port));
        }
      }
    }
  }

  private List<Control> controls = List.of();
  private List<Control> departures = List.of();

  private TargetReading probe(ProbeOrder order) throws Exception {
    return probe(order, Transport.best());
  }

  private TargetReading probe(ProbeOrder order, Transport transport) throws Exception {
    try (NetnsVantage src = NetnsVantage.open("src", net.path("src"), transport)) {
      Observations seen = new LiveCampaign(List.of(src)).observe(List.of(order), Progress.SILENT);
      assertThat(seen.vantages().getFirst().failure()).isEmpty();
      controls = seen.controls();
      departures = controls.stream().filter(c -> c.kind() == Kind.DEPARTURE).toList();
      return seen.readings().getFirst();
    }
  }

  private static String text(TargetReading reading, int port) {
    return Orders.text(Orders.at(reading, port));
  }

  private static void assertAllUnmeasured(TargetReading reading, String cause) {
    assertThat(reading.runs())
        .isNotEmpty()
        .allSatisfy(run -> {
          assertThat(run.observation()).isInstanceOf(Unmeasured.class);
          assertThat(Orders.text(run.observation())).startsWith(cause);
        });
  }

  /// Port 1001 is open, those from 2001 are dropped by the target, and all others are closed.
  private static void assertTrueOrUnmeasured(TargetReading reading) {
    for (PortRun run : reading.runs()) {
      if (run.observation() instanceof Measured m) {
        int first = run.ports().first();
        PortState truth =
            first == 1001 ? PortState.OPEN : first > 2000 ? PortState.FILTERED : PortState.CLOSED;
        assertThat(m.state()).as("%s", run).isEqualTo(truth);
      }
    }
  }
}
