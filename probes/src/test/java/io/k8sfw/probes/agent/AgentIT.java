package io.k8sfw.probes.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage.Arrivals;
import io.k8sfw.vantage.Vantage.Witness;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real agents, in two network namespaces that a wire joins: `ip netns exec` in front, and nothing
/// else. Needs root and `ip`.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AgentIT {
  private static final String TOKEN = "0123456789abcdef".repeat(2);
  private static final InetAddress HERE = InetAddress.ofLiteral("10.98.7.1");
  private static final InetAddress THERE = InetAddress.ofLiteral("10.98.7.2");
  private static final Limits LIMITS = Limits.to(Set.of(HERE, THERE));
  private static final String PREFIX = "k8sfw-ag" + ProcessHandle.current().pid();
  private static final String SRC = PREFIX + "-src";
  private static final String DST = PREFIX + "-dst";

  @BeforeAll
  static void build() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    assumeTrue(
        Stream.of("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip")
            .anyMatch(ip -> Files.isExecutable(Path.of(ip))),
        "needs ip (iproute2)");
    run("ip", "netns", "add", SRC);
    run("ip", "netns", "add", DST);
    run(
        "ip", "link", "add", "eth0", "netns", SRC, "type", "veth", "peer", "name", "eth0", "netns",
        DST);
    for (String[] end : new String[][] {{SRC, "10.98.7.1/24"}, {DST, "10.98.7.2/24"}}) {
      run("ip", "-n", end[0], "addr", "add", end[1], "dev", "eth0");
      run("ip", "-n", end[0], "link", "set", "eth0", "up");
      run("ip", "-n", end[0], "link", "set", "lo", "up");
    }
  }

  @AfterAll
  static void takeDown() throws Exception {
    for (String namespace : List.of(SRC, DST)) {
      if (Files.exists(Path.of("/run/netns", namespace))) {
        run("ip", "netns", "delete", namespace);
      }
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
  }

  private static RemoteVantage agent(String namespace, Limits limits, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    command.addAll(Agents.command(arguments));
    return ProcessVantage.start(namespace, "command ip netns exec " + namespace, command, limits);
  }

  @Test
  void twoAgentsProveAFreePort() throws Exception {
    try (RemoteVantage src = agent(SRC, LIMITS);
        RemoteVantage dst = agent(DST, LIMITS)) {
      assertThat(src.agent().clockOffset().abs()).isLessThan(Duration.ofMinutes(1));
      assertThat(src.agent().openFiles()).isPositive();
      try (Arrivals arrivals = dst.watchArrivals().orElseThrow();
          Witness witness =
              dst.holdWitness(Protocol.TCP, THERE, 7000, Set.of(TOKEN)).orElseThrow()) {
        assertThat(dst.socketTable().orElseThrow().listeners())
            .anyMatch(l -> l.port() == 7000 && l.address().equals(THERE));
        assertThat(src.askWitness(Protocol.TCP, THERE, 7000, TOKEN, 5000))
            .contains(witness.nonce());
        assertThat(witness.seenFrom(TOKEN)).contains(HERE);
        assertThat(arrivals.seenFrom(THERE, 7000)).contains(HERE);
        assertThat(dst.holdWitness(Protocol.TCP, THERE, 7000, Set.of(TOKEN))).isEmpty();
      }
      assertThat(src.askWitness(Protocol.TCP, THERE, 7000, TOKEN, 1000)).isEmpty();
      Measured closed = at(src.probe(order("7000", Pace.FAST), Progress.SILENT), 7000);
      assertThat(closed.state()).isEqualTo(PortState.CLOSED);
      assertThat(closed.reason()).isEqualTo(Reason.RESET);
    }
  }

  @Test
  void everyPortOfAnAddressComesBack() throws Exception {
    try (RemoteVantage src = agent(SRC, LIMITS);
        RemoteVantage dst = agent(DST, LIMITS);
        Witness open = dst.holdWitness(Protocol.TCP, THERE, 65_000, Set.of(TOKEN)).orElseThrow()) {
      long[] settled = {0};
      VantageReading reading =
          src.probe(
              order("1-65535", Pace.FAST),
              new Progress() {
                @Override
                public synchronized void settled(String vantage, long ports) {
                  settled[0] += ports;
                }

                @Override
                public boolean cancelled() {
                  return false;
                }
              });
      assertThat(open.nonce()).hasSize(32);
      assertThat(at(reading, 1).state()).isEqualTo(PortState.CLOSED);
      assertThat(at(reading, 65_535).state()).isEqualTo(PortState.CLOSED);
      assertThat(settled[0]).isEqualTo(65_535);
    }
  }

  @Test
  void anAgentIsHeldToItsAddresses() throws Exception {
    try (RemoteVantage src = agent(SRC, LIMITS, "--allow", "10.98.7.1,10.98.7.9")) {
      assertThatThrownBy(() -> src.probe(order("80", Pace.FAST), Progress.SILENT))
          .hasMessage("the agent refused 10.98.7.2, which is not on its list");
      assertThatThrownBy(() ->
              src.askWitness(
                  Protocol.TCP, InetAddress.ofLiteral("169.254.169.254"), 80, TOKEN, 1000))
          .hasMessageContaining("refused to probe 169.254.169.254");
      assertThatThrownBy(() ->
              src.holdWitness(
                  Protocol.TCP, InetAddress.ofLiteral("127.0.0.1"), 7001, Set.of(TOKEN)))
          .hasMessage("the agent refused 127.0.0.1, which is not on its list");
      Pace hurry = new Pace("hurry", 50_000, 50_000, 100, 100, Pace.FAST.attempts(), Duration.ZERO);
      assertThatThrownBy(() -> src.probe(order("80", hurry), Progress.SILENT))
          .hasMessageStartingWith("the agent refused a pace");
    }
  }

  @Test
  void anAgentThatIsKilledWhileItProbesCostsItsOrderAndNothingElse() throws Exception {
    try (RemoteVantage src = agent(SRC, LIMITS);
        RemoteVantage other = agent(SRC, LIMITS)) {
      ProcessHandle process = ProcessHandle.of(src.agent().pid()).orElseThrow();
      assertThatThrownBy(() -> probeAndMeanwhile(src, "-KILL"))
          .isInstanceOf(IOException.class)
          .hasMessage("the agent ended (exit code 137)");
      assertThat(process.isAlive()).isFalse();
      assertThat(other.socketTable()).isPresent();
    }
  }

  @Test
  void anAgentThatIsStoppedIsNotWaitedFor() throws Exception {
    Duration patience = Duration.ofSeconds(4);
    Limits limits =
        new Limits(
            LIMITS.addresses(), LIMITS.start(), Duration.ofMinutes(1), patience, LIMITS.life());
    try (RemoteVantage src = agent(SRC, limits)) {
      ProcessHandle process = ProcessHandle.of(src.agent().pid()).orElseThrow();
      assertThatThrownBy(() -> probeAndMeanwhile(src, "-STOP"))
          .hasMessage("the agent said nothing for 4 s");
      process.onExit().get(60, TimeUnit.SECONDS);
    }
  }

  /// Signals the agent when it is in the middle of a probe that takes minutes.
  private static VantageReading probeAndMeanwhile(RemoteVantage vantage, String signal)
      throws Exception {
    CountDownLatch under = new CountDownLatch(1);
    Thread signalling =
        Thread.ofPlatform()
            .start(() -> {
              try {
                under.await();
                run("kill", signal, "" + vantage.agent().pid());
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    try {
      return vantage.probe(
          order("1-20000", Pace.POLITE),
          new Progress() {
            @Override
            public void settled(String name, long ports) {
              under.countDown();
            }

            @Override
            public boolean cancelled() {
              return false;
            }
          });
    } finally {
      signalling.join();
    }
  }

  @Test
  void whatIsCancelledComesBackInPart() throws Exception {
    try (RemoteVantage src = agent(SRC, LIMITS)) {
      CountDownLatch under = new CountDownLatch(1);
      VantageReading reading =
          src.probe(
              order("1-20000", Pace.POLITE),
              new Progress() {
                @Override
                public void settled(String name, long ports) {
                  under.countDown();
                }

                @Override
                public boolean cancelled() {
                  return under.getCount() == 0;
                }
              });
      assertThat(reading.readings().getFirst().runs())
          .anyMatch(run -> !(run.observation() instanceof Measured));
      assertThat(reading.probesSent()).isPositive();
    }
  }

  @Test
  void anAgentEndsWhenItsControllerIsGone() throws Exception {
    ProcessHandle process;
    try (RemoteVantage src = agent(SRC, LIMITS)) {
      process = ProcessHandle.of(src.agent().pid()).orElseThrow();
    }
    assertThat(process.isAlive()).isFalse();

    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", SRC));
    command.addAll(Agents.command());
    Process silent =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (var in = silent.getInputStream();
        var out = silent.getOutputStream()) {
      Limits brief =
          new Limits(
              Set.of(), Duration.ZERO, Duration.ZERO, Duration.ofSeconds(1), Duration.ofHours(1));
      new MessageWriter(out)
          .write(
              1,
              AgentProtocol.Request.class,
              new AgentProtocol.Request.Open(brief.addresses(), brief.silence(), brief.life()));
      assertThat(silent.waitFor(2, TimeUnit.MINUTES)).isTrue();
      assertThat(silent.exitValue()).isEqualTo(4);
      assertThat(in.readAllBytes()).isNotEmpty();
    } finally {
      silent.destroyForcibly();
    }
  }

  @Test
  void aHundredSessionsLeaveNothing() throws Exception {
    int before = 0;
    for (int session = 0; session < 100; session++) {
      if (session == 10) {
        before = open();
      }
      List<String> command = Agents.scriptAfterOpening("cat >/dev/null");
      ProcessVantage.start("s", "here", command, LIMITS).close();
    }
    assertThat(open()).isLessThanOrEqualTo(before);
    assertThat(ProcessHandle.current().descendants()).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("agent-"));
  }

  private static int open() {
    String[] files = Path.of("/proc/self/fd").toFile().list();
    return files == null ? 0 : files.length;
  }

  private static ProbeOrder order(String ports, Pace pace) {
    ProbeOrder order = Agents.tcp(THERE, ports);
    return new ProbeOrder(
        order.vantage(),
        order.targets(),
        pace,
        order.seed(),
        order.externalControl(),
        order.trackedAtMost());
  }

  private static Measured at(VantageReading reading, int port) {
    return (Measured) reading.readings().getFirst().at(port).orElseThrow().observation();
  }
}
