package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.audit.Audit;
import io.k8sfw.evaluate.Grade;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixReader;
import io.k8sfw.model.Protocol;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Tool;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Summary;
import io.k8sfw.vantage.Progress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What other programs call green, and is not: each of these worlds has deceived one. The matrix
/// lets `src` (an API client) reach the ports of the rule, and `mid` (outside) none. Needs root,
/// `ip`, `nft`.
class FalseGreensIT {
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

  private record Audited(AuditResult result) {
    Judgement at(String vantage, int port) {
      return result.assessments().stream()
          .filter(a -> a.check().flow().vantage().equals(vantage))
          .flatMap(a -> a.judgements().stream())
          .filter(j -> j.ports().contains(port))
          .findFirst()
          .orElseThrow();
    }

    /// `missing`, `deviates service-down`.
    String verdict(String vantage, int port) {
      Judgement j = at(vantage, port);
      return j.verdict().word()
          + (j.verdict() instanceof Finding f
              ? f.deviation().map(Deviation::word).map(d -> " " + d).orElse("")
              : "");
    }

    Outcome outcome() {
      return Summary.of(result).outcome();
    }
  }

  private Audited audit(String protocol, String ports) throws Exception {
    return audit(protocol, ports, true, "");
  }

  /// @param agent whether there is one on the target
  private Audited audit(String protocol, String ports, boolean agent, String more)
      throws Exception {
    String rules =
        "matrix: m\nversion: 1\nrules:\n- {id: r, to: worker, protocol: %s, ports: \"%s\", from: [api-client], expect: required}\n"
            .formatted(protocol, ports);
    Matrix matrix = MatrixReader.read("m.yaml", rules.getBytes(StandardCharsets.UTF_8));
    String places =
        """
        inventory: i
        nodes:
        - {name: dst, zones: worker, addresses: [10.99.2.2]%s}
        vantage:
        - {name: src, zones: api-client, agent: {netns: "%s"}}
        - {name: mid, zones: external, agent: {netns: "%s"}}
        %s
        """
            .formatted(
                agent ? ", agent: {netns: \"" + net.path("dst") + "\"}" : "",
                net.path("src"),
                net.path("mid"),
                more);
    Inventory inventory =
        InventoryReader.read("i.yaml", places.getBytes(StandardCharsets.UTF_8), matrix);
    List<NetnsVantage> vantages = new ArrayList<>();
    try {
      for (String name : agent ? List.of("src", "mid", "dst") : List.of("src", "mid")) {
        vantages.add(NetnsVantage.open(name, net.path(name)));
      }
      return new Audited(
          new Audit(new LiveCampaign(vantages, false), new Tool("test", "0", "25"))
              .run(
                  matrix,
                  inventory,
                  new PlanOptions(Orders.PACE, false, false, Integer.MAX_VALUE),
                  false,
                  Progress.SILENT));
    } finally {
      vantages.forEach(NetnsVantage::close);
    }
  }

  /// Somebody who takes datagrams and never answers.
  private AutoCloseable mute(int port) throws Exception {
    return net.inside("dst", () -> DatagramChannel.open().bind(new InetSocketAddress(DST4, port)));
  }

  private void nft(String name, String text) throws Exception {
    net.in(name, "nft", text);
  }

  /// goss, serverspec and InSpec "connect" a datagram socket, which cannot fail.
  @Test
  void closedDroppedAndRejectedDatagramPortsAreNeverReachable() throws Exception {
    net.nft("dst", "input", "udp dport 1002 drop", "udp dport 1003 reject");
    Audited audited = audit("udp", "1001-1003");
    assertThat(audited.verdict("src", 1001)).isEqualTo("deviates service-down");
    assertThat(audited.verdict("src", 1002)).isEqualTo("missing");
    assertThat(audited.verdict("src", 1003)).isEqualTo("missing");
    assertThat(audited.verdict("mid", 1001)).isEqualTo("over-exposed open-path");
    assertThat(audited.verdict("mid", 1002)).isEqualTo("compliant");
    assertThat(audited.at("mid", 1002).grade()).isEqualTo(Grade.A);
    assertThat(audited.verdict("mid", 1003)).isEqualTo("compliant");
  }

  @Test
  void withoutAnAgentOnTheTargetDatagramPortsProveNothing() throws Exception {
    net.nft("dst", "input", "udp dport 1002 drop", "udp dport 1003 reject");
    Audited audited = audit("udp", "1001-1003", false, "");
    for (int port = 1001; port <= 1003; port++) {
      assertThat(audited.verdict("src", port)).isEqualTo("unverified");
      assertThat(audited.verdict("mid", port)).isIn("unverified", "closed-unproven");
    }
    assertThat(audited.outcome()).isEqualTo(Outcome.NOT_PROVEN);
  }

  /// netassert and subctl capture packets on the target, where they are seen before it drops them.
  @Test
  void packetThatIsSeenArrivingIsNotThereforeLetIn() throws Exception {
    net.nft("dst", "input", "udp dport 1001-1002 drop");
    try (AutoCloseable held = mute(1001)) {
      Audited audited = audit("udp", "1001-1002");
      assertThat(held).isNotNull();
      assertThat(audited.verdict("src", 1001)).isEqualTo("unverified");
      assertThat(audited.verdict("src", 1002)).isEqualTo("missing");
    }
    net.listen("dst", DST4, 1003);
    net.nft("dst", "input", "tcp dport 1003 drop");
    assertThat(audit("tcp", "1003").verdict("src", 1003)).isEqualTo("missing");
  }

  /// RKE asked a listener that Docker published, which takes another way through the firewall.
  @Test
  void forwardedPortSaysNothingOfTheNodesOwnPortsNorTheyOfIt() throws Exception {
    net.listen("mid", TestNet.address("10.99.2.254"), 9000);
    net.listen("dst", DST4, 1001);
    net.in("dst", "sysctl", "-qw", "net.ipv4.ip_forward=1");
    nft(
        "dst",
        "add table ip n;"
            + " add chain ip n pre { type nat hook prerouting priority -100; };"
            + " add chain ip n post { type nat hook postrouting priority 100; };"
            + " add rule ip n pre ip daddr 10.99.2.2 tcp dport 30080 dnat to 10.99.2.254:9000;"
            + " add rule ip n post ct status dnat masquerade");
    String service = "services: [{name: default/web, nodePort: 30080}]";
    net.nft("dst", "input", "tcp dport 1001 drop");
    Audited forwarded = audit("tcp", "1001, 30080", true, service);
    assertThat(forwarded.verdict("src", 30080)).isEqualTo("compliant");
    assertThat(forwarded.verdict("src", 1001)).isEqualTo("missing");
    net.nft("dst", "input", "accept");
    net.nft("dst", "forward", "meta l4proto tcp ct original proto-dst 30080 drop");
    Audited own = audit("tcp", "1001, 30080", true, service);
    assertThat(own.verdict("src", 30080)).isEqualTo("missing");
    assertThat(own.verdict("src", 1001)).isEqualTo("compliant");
  }

  /// illuminatio takes a refused connection for a reachable port.
  @Test
  void resetBeforeALiveListenerIsARejection() throws Exception {
    net.listen("dst", DST4, 1001);
    net.nft("dst", "input", "tcp dport 1001-1002 reject with tcp reset");
    Audited audited = audit("tcp", "1001-1003");
    assertThat(audited.verdict("src", 1001)).isEqualTo("missing");
    assertThat(audited.verdict("src", 1002)).isEqualTo("missing");
    assertThat(audited.verdict("src", 1003)).isEqualTo("deviates service-down");
    for (int port = 1001; port <= 1002; port++) {
      assertThat(audited.verdict("mid", port)).isEqualTo("compliant");
      assertThat(audited.at("mid", port).grade()).isEqualTo(Grade.A);
    }
    assertThat(audited.verdict("mid", 1003)).isEqualTo("over-exposed open-path");
  }

  /// netassert, nethax and cyclonus take every failure of the client for a block.
  @Test
  void placeThatCannotSendProvesNoDenial() throws Exception {
    net.in("mid", "ip", "route", "add", "unreachable", "10.99.2.2");
    Audited audited = audit("tcp", "1001");
    assertThat(audited.verdict("mid", 1001)).isEqualTo("unverified");
    net.in("mid", "ip", "route", "replace", "blackhole", "10.99.2.2");
    assertThat(audit("udp", "1001").verdict("mid", 1001)).isEqualTo("unverified");
  }

  /// The kernel holds the overlay's port, takes every datagram and answers none.
  @Test
  void overlayPortThatTheKernelHoldsIsNeitherTakenNorCalledOpenOrBlocked() throws Exception {
    net.in(
        "dst", "ip", "link", "add", "vx", "type", "vxlan", "id", "1", "dstport", "8472", "dev",
        "eth0");
    net.in("dst", "ip", "link", "set", "vx", "up");
    net.nft("dst", "input", "udp dport 8472 drop");
    assertThat(audit("udp", "8472").verdict("src", 8472)).isNotEqualTo("compliant");
    net.nft("dst", "input", "accept");
    assertThat(audit("udp", "8472").verdict("mid", 8472)).isNotEqualTo("compliant");
    net.in("dst", "ip", "link", "show", "up", "dev", "vx");
  }

  /// goldpinger once called itself.
  @Test
  void answerOfAnotherMachineIsNotTheNodes() throws Exception {
    net.listen("dst", DST4, 1002);
    net.listen("mid", TestNet.address("10.99.1.254"), 9000);
    nft(
        "mid",
        "add table ip n; add chain ip n pre { type nat hook prerouting priority -100; };"
            + " add rule ip n pre ip daddr 10.99.2.2 tcp dport { 1001, 1002 } redirect to :9000");
    Audited audited = audit("tcp", "1001-1003");
    assertThat(audited.verdict("src", 1001)).isEqualTo("unverified");
    assertThat(audited.verdict("src", 1002)).isEqualTo("unverified");
    assertThat(audited.at("src", 1002).because()).contains("another machine answers");
  }

  /// naabu and masscan see eight rejections a second, and silence for the rest.
  @Test
  void rejectionOfThousandsOfPortsIsNoOpenPath() throws Exception {
    net.nft("dst", "input", "tcp dport 30000-32767 reject");
    String service = "services: [{name: default/web, nodePort: 30080}]";
    Audited rejected = audit("tcp", "30000-32767", true, service);
    IntStream.of(30000, 30080, 31234, 32767)
        .forEach(port -> {
          assertThat(rejected.verdict("src", port)).isEqualTo("missing");
          assertThat(rejected.verdict("mid", port)).isEqualTo("compliant");
        });
    net.nft("dst", "input", "tcp dport 30000-32767 reject with tcp reset");
    Audited reset = audit("tcp", "30000-32767", true, service);
    assertThat(reset.verdict("src", 30080)).isEqualTo("unverified");
    assertThat(reset.verdict("mid", 30080)).isEqualTo("closed-unproven");
  }

  /// A service mesh's sidecar takes every connection.
  @Test
  void whatAcceptsEveryConnectionMakesNoPortOpen() throws Exception {
    net.listen("mid", TestNet.address("10.99.1.254"), 9000);
    nft(
        "mid",
        "add table ip n; add chain ip n pre { type nat hook prerouting priority -100; };"
            + " add rule ip n pre ip daddr 10.99.2.2 meta l4proto tcp redirect to :9000");
    assertThat(audit("tcp", "1001-1003").verdict("src", 1002)).isEqualTo("unverified");
  }

  /// ufw's `limit`: what was used up is neither open nor closed for good.
  @Test
  void portThatALimitKeepsShutIsNotGreen() throws Exception {
    net.listen("dst", DST4, 1001);
    net.nft(
        "dst",
        "input",
        "tcp dport 1001 ct state new limit rate over 1/hour burst 1 packets reject with tcp reset");
    try (NetnsVantage src = NetnsVantage.open("src", net.path("src"))) {
      src.askWitness(Protocol.TCP, DST4, 1001, "", 1000);
      src.askWitness(Protocol.TCP, DST4, 1001, "", 1000);
    }
    assertThat(audit("tcp", "1001").verdict("src", 1001))
        .isIn("missing", "deviates unstable", "unverified");
  }
}
