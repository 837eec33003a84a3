package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.Family;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.OverlayDevice.Kind;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.OverlayReport.Means;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.agent.AgentMain;
import io.k8sfw.probes.agent.Limits;
import io.k8sfw.probes.agent.ProcessVantage;
import io.k8sfw.vantage.DeclaredOverlays;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A vxlan as flannel makes it between two namespaces, with a stranger on the way between them.
class OverlayIT {
  private static final InetAddress SRC_INSIDE = TestNet.address("10.244.1.0");
  private static final InetAddress DST_INSIDE = TestNet.address("10.244.2.0");

  private TestNet net;
  private final Map<String, Vantage> vantages = new LinkedHashMap<>();

  @BeforeEach
  void build() throws Exception {
    net = TestNet.create();
    flannel("src", "10.99.1.1", "10.244.1.0", "0a:f1:00:00:00:01");
    flannel("dst", "10.99.2.2", "10.244.2.0", "0a:f1:00:00:00:02");
    peer("src", "10.99.2.2", "10.244.2.0", "0a:f1:00:00:00:02");
    peer("dst", "10.99.1.1", "10.244.1.0", "0a:f1:00:00:00:01");
    // So that the stranger's own socket can be told what the node answers.
    net.in("mid", "ip", "route", "add", "10.244.2.0/24", "via", "10.99.2.2");
    for (String name : List.of("src", "mid", "dst")) {
      vantages.put(name, net.vantage(name));
    }
  }

  @AfterEach
  void close() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  private void flannel(String host, String local, String inside, String mac) throws Exception {
    ip(
        host,
        "link add flannel.1 address "
            + mac
            + " type vxlan id 1 local "
            + local
            + " dev eth0 dstport 8472 nolearning");
    ip(host, "address add " + inside + "/32 dev flannel.1");
    ip(host, "link set flannel.1 up");
  }

  private void peer(String host, String outside, String inside, String mac) throws Exception {
    ip(host, "neighbour add " + inside + " lladdr " + mac + " dev flannel.1 nud permanent");
    ip(host, "route add " + inside + "/24 via " + inside + " dev flannel.1 onlink");
    net.in(host, "bridge", "fdb", "append", mac, "dev", "flannel.1", "dst", outside);
  }

  private void ip(String host, String command) throws Exception {
    net.in(host, ("ip " + command).split(" ", -1));
  }

  private Vantage at(String name) {
    return Objects.requireNonNull(vantages.get(name));
  }

  private OverlayReport last(String from) {
    String node = from.equals("dst") ? "src" : "dst";
    InetAddress address = from.equals("dst") ? TestNet.SRC4 : TestNet.DST4;
    return run(from, node, address, DeclaredOverlays.NONE).getLast();
  }

  private List<OverlayReport> run(
      String from, String node, InetAddress address, DeclaredOverlays declared) {
    Target target =
        new Target(
            Optional.of(node), address, Protocol.UDP, PortSet.of(8472), PortSet.NONE, PortSet.NONE);
    ProbeOrder order =
        new ProbeOrder(from, List.of(target), Orders.PACE, 42, false, Integer.MAX_VALUE);
    try (OverlayPhase phase =
        OverlayPhase.start(vantages, Progress.SILENT, declared, List.of(order))) {
      return phase.finish();
    }
  }

  /// What a place says.
  private interface Answering {
    /// @param whole what it would say otherwise
    Object answer(String question, Callable<Object> whole) throws Exception;
  }

  private void instead(String name, Answering answering) {
    Vantage whole = at(name);
    vantages.put(
        name,
        (Vantage)
            Proxy.newProxyInstance(
                OverlayIT.class.getClassLoader(),
                new Class<?>[] {Vantage.class},
                (_, method, arguments) -> {
                  try {
                    return answering.answer(
                        method.getName(), () -> method.invoke(whole, arguments));
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                }));
  }

  /// The same place without some of what it can do.
  private void without(String name, Set<String> questions) {
    instead(
        name,
        (question, whole) ->
            !questions.contains(question)
                ? whole.call()
                : switch (question) {
                  case "capabilities" -> Set.of(Capability.SOCKET_TABLE);
                  case "overlays" -> List.of();
                  default -> Optional.empty();
                });
  }

  /// The same place, of which one answer passes through `change`.
  private void listening(String name, String question, UnaryOperator<Object> change) {
    instead(
        name, (asked, whole) -> asked.equals(question) ? change.apply(whole.call()) : whole.call());
  }

  @Test
  void devicesAreReadWithAllThatADatagramNeeds() throws Exception {
    List<OverlayDevice> found = at("dst").overlays();
    assertThat(found).hasSize(1);
    OverlayDevice device = found.getFirst();
    assertThat(device.index()).isPositive();
    assertThat(device)
        .isEqualTo(
            new OverlayDevice(
                "flannel.1",
                device.index(),
                Kind.VXLAN,
                1,
                "0af100000002",
                8472,
                Family.IPV4,
                List.of(DST_INSIDE)));
    assertThat(at("mid").overlays()).isEmpty();
    assertThat(at("src").deviceTowards(DST_INSIDE)).contains("flannel.1");
    assertThat(at("src").deviceTowards(TestNet.DST4)).contains("eth0");
    assertThat(at("dst").deviceTowards(SRC_INSIDE)).contains("flannel.1");
    assertThat(at("mid").deviceTowards(TestNet.address("192.0.2.1"))).isEmpty();
  }

  @Test
  void deviceThatIsDownTakesNothing() throws Exception {
    net.in("dst", "ip", "link", "set", "flannel.1", "down");
    assertThat(at("dst").overlays()).isEmpty();
  }

  @Test
  void echoComesBackThroughAnOverlayThatIsWhole() {
    for (String from : List.of("src", "dst")) {
      OverlayReport report = last(from);
      assertThat(report.means()).isEqualTo(Means.ECHO);
      assertThat(report.answered()).isEqualTo(1);
      assertThat(List.of(report.left(), report.arrived(), report.delivered()))
          .containsOnly(report.sent());
    }
  }

  @Test
  void directionThatTheNodesFirewallDropsIsToldFromTheOther() throws Exception {
    net.nft("dst", "input", "udp dport 8472 drop");
    OverlayReport broken = last("src");
    assertThat(broken.left()).isEqualTo(2 * OverlayPhase.ROUND);
    assertThat(broken.arrived()).isEqualTo(2 * OverlayPhase.ROUND);
    assertThat(broken.delivered()).isZero();
    OverlayReport whole = last("dst");
    assertThat(whole.delivered()).isPositive();
    assertThat(whole.answered()).as("the answer is lost on the broken way").isZero();
  }

  @Test
  void whatIsLostOnTheWayLeftAndNeverArrived() throws Exception {
    net.nft("mid", "forward", "udp dport 8472 ip daddr 10.99.2.2 drop");
    OverlayReport report = last("src");
    assertThat(report.left()).isGreaterThanOrEqualTo(OverlayPhase.ROUND);
    assertThat(report.arrived()).isZero();
  }

  @Test
  void whatTheVantagePointKeepsBackNeverLeft() throws Exception {
    net.nft("src", "output", "udp dport 8472 drop");
    assertThat(last("src").left()).isZero();
  }

  @Test
  void strangerIsAnsweredByTheNodesKernelAlone() {
    without("mid", Set.of("capabilities"));
    without("dst", Set.of("capabilities"));
    OverlayReport report = last("mid");
    assertThat(report.means()).isEqualTo(Means.ENCAPSULATED);
    assertThat(report.answered()).isEqualTo(1);
    assertThat(report.delivered()).as("nobody looked").isEqualTo(-1);
  }

  @Test
  void strangerWhomTheFirewallDropsArrivesAndGetsNoFurther() throws Exception {
    net.nft("dst", "input", "ip saddr 10.99.2.254 udp dport 8472 drop");
    OverlayReport report = last("mid");
    assertThat(report.means()).isEqualTo(Means.ENCAPSULATED);
    assertThat(report.answered()).isZero();
    assertThat(report.arrived()).isEqualTo(2 * OverlayPhase.ROUND);
    assertThat(report.delivered()).isZero();
  }

  @Test
  void refusalsOfTheFirewallKeepNothingBack() throws Exception {
    net.in("dst", "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0");
    net.nft("dst", "input", "udp dport 8472 reject with icmp port-unreachable");
    for (String from : List.of("src", "mid")) {
      OverlayReport report = last(from);
      assertThat(List.of(report.sent(), report.arrived())).containsOnly(2 * OverlayPhase.ROUND);
      assertThat(report.delivered()).isZero();
    }
  }

  @Test
  void whatIsShutForAMomentIsNotTakenForShut() throws Exception {
    // The first five, of 99 bytes each.
    net.nft("dst", "input", "udp dport 8472 quota until 550 bytes drop");
    OverlayReport report = last("src");
    assertThat(report.means()).isEqualTo(Means.ECHO);
    assertThat(report.sent()).isGreaterThan(OverlayPhase.ROUND);
    assertThat(report.delivered()).isPositive();
    assertThat(report.cameThrough()).isTrue();
  }

  @Test
  void nodeWithoutAnAgentIsOnlyKnockedAtWhenThatWasAskedFor() {
    OverlayDevice device =
        new OverlayDevice(
            "overlay", 0, Kind.VXLAN, 1, "0af100000002", 8472, Family.IPV4, List.of(DST_INSIDE));
    Map<String, List<OverlayDevice>> declared = Map.of("dst", List.of(device));
    vantages.remove("dst");
    assertThat(run("mid", "dst", TestNet.DST4, new DeclaredOverlays(declared, false))).isEmpty();
    List<OverlayReport> daring =
        run("mid", "dst", TestNet.DST4, new DeclaredOverlays(declared, true));
    assertThat(daring).hasSize(1);
    assertThat(daring.getFirst().answered()).isEqualTo(1);
  }

  @Test
  void agentsOnBothEndsAndOutsideProveItToo() throws Exception {
    Limits limits = Limits.to(Set.of(TestNet.SRC4, TestNet.DST4, SRC_INSIDE, DST_INSIDE));
    for (String name : List.of("src", "mid", "dst")) {
      List<String> command =
          List.of(
              "ip",
              "netns",
              "exec",
              net.path(name).getFileName().toString(),
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-cp",
              System.getProperty("java.class.path"),
              AgentMain.class.getName());
      vantages.put(name, net.closing(ProcessVantage.start(name, "command", command, limits)));
    }
    for (String from : List.of("src", "dst")) {
      OverlayReport report = last(from);
      assertThat(report.means()).isEqualTo(Means.ECHO);
      assertThat(report.answered()).isEqualTo(1);
      assertThat(report.delivered()).isEqualTo(report.arrived()).isPositive();
    }
    OverlayReport stranger = last("mid");
    assertThat(stranger.means()).isEqualTo(Means.ENCAPSULATED);
    assertThat(stranger.answered()).isEqualTo(1);
    net.nft("dst", "input", "udp dport 8472 drop");
    assertThat(last("src").delivered()).isZero();
    assertThat(last("src").arrived()).isEqualTo(2 * OverlayPhase.ROUND);
  }

  @Test
  void countersShowBurstsWhereTheKernelMayNotAnswerAndNobodyMayLook() throws Exception {
    // A strict reverse path filter drops what comes from our own address, and says nothing.
    net.in("dst", "sysctl", "-qw", "net.ipv4.conf.flannel/1.rp_filter=1");
    without("dst", Set.of("capabilities", "answerEcho"));
    OverlayReport open = last("src");
    assertThat(open.means()).isEqualTo(Means.BURSTS);
    assertThat(open.chance()).isLessThan(0.001);
    assertThat(open.delivered()).isEqualTo(open.sent());
    net.nft("dst", "input", "udp dport 8472 drop");
    OverlayReport blocked = last("src");
    assertThat(blocked.delivered()).isZero();
    assertThat(blocked.chance()).isEqualTo(1);
  }

  @Test
  void countersThatOthersMoveMeanwhileAreAskedAgainInTheQuiet() throws Exception {
    net.in("dst", "sysctl", "-qw", "net.ipv4.conf.flannel/1.rp_filter=1");
    without("dst", Set.of("capabilities", "answerEcho"));
    AtomicInteger readings = new AtomicInteger();
    AtomicLong others = new AtomicLong();
    AtomicBoolean sent = new AtomicBoolean();
    listening(
        "src",
        "tickle",
        answer -> {
          sent.set(true);
          return answer;
        });
    // Others send whenever we do not, while the counter is read for the first time: once to see
    // whether it counts at all, once before the first window, and after each.
    listening(
        "dst",
        "datagramsTaken",
        answer -> {
          boolean busy = readings.incrementAndGet() <= 2 + BurstPattern.WINDOWS;
          boolean theirs = !sent.getAndSet(false) && busy;
          return (long) answer + (theirs ? others.addAndGet(100) : others.get());
        });
    OverlayReport open = last("src");
    assertThat(open.chance()).isLessThan(0.001);
    assertThat(open.delivered()).isEqualTo(open.sent());
    assertThat(readings.get()).isEqualTo(2 * (2 + BurstPattern.WINDOWS));
  }
}
