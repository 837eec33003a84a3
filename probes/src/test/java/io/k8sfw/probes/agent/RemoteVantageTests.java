package io.k8sfw.probes.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.probes.MadeUpVantage;
import io.k8sfw.probes.batch.Batch;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class RemoteVantageTests {
  @Test
  void anAgentOverPipesSeesWhatIsOpen() throws Exception {
    try (LocalVantage local = LocalVantage.open("agent");
        PipedAgent agent = new PipedAgent(local);
        Vantage far = RemoteVantage.open("far", "pipes", agent, Agents.LIMITS)) {
      seesWhatIsOpen(far);
    }
  }

  @Test
  void anAgentInAProcessSeesWhatIsOpen() throws Exception {
    try (Vantage far = ProcessVantage.start("far", "here", Agents.command(), Agents.LIMITS)) {
      seesWhatIsOpen(far);
    }
  }

  /// As over `pods/exec`, whose fourth protocol version cannot close an input.
  @Test
  void anAgentWhoseInputCannotBeClosedEndsByTheGoodbye() throws Exception {
    Limits talkative =
        new Limits(
            Agents.LIMITS.addresses(),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(10),
            Duration.ofMinutes(10));
    try (LocalVantage local = LocalVantage.open("agent");
        PipedAgent agent = new PipedAgent(local)) {
      RemoteVantage.open("far", "exec", new NeverClosed(agent), talkative).close();

      assertThat(agent.hasEnded()).isTrue();
    }
  }

  private record NeverClosed(PipedAgent agent) implements AgentEnd {
    @Override
    public InputStream in() {
      return agent.in();
    }

    @Override
    public OutputStream out() {
      return new FilterOutputStream(agent.out()) {
        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          out.write(bytes, from, length);
        }

        @Override
        public void close() throws IOException {
          flush();
        }
      };
    }

    @Override
    public String epitaph() {
      return agent.epitaph();
    }

    @Override
    public void kill() {
      agent.kill();
    }

    @Override
    public void bury() {
      agent.bury();
    }
  }

  /// A method that has a default elsewhere would quietly do nothing through an agent.
  @Test
  void everythingThatAPlaceCanDoGoesThroughAnAgentToo() {
    assertThat(Vantage.class.getMethods())
        .allSatisfy(method ->
            assertThat(
                    RemoteVantage.class
                        .getMethod(method.getName(), method.getParameterTypes())
                        .getDeclaringClass())
                .isEqualTo(RemoteVantage.class));
  }

  @Test
  void anAgentAsksHalfOpenWithinItsLimits() throws Exception {
    try (LocalVantage local = LocalVantage.open("agent");
        PipedAgent agent = new PipedAgent(local);
        Vantage far = RemoteVantage.open("far", "pipes", agent, Agents.LIMITS);
        ServerSocketChannel server = ServerSocketChannel.open()) {
      assumeTrue(far.capabilities().contains(Capability.RAW_SOCKET), "needs CAP_NET_RAW");
      server.bind(new InetSocketAddress(Agents.LOOPBACK, 0)).configureBlocking(false);
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      List<Duration> waits = Collections.nCopies(4, Duration.ofSeconds(1));
      var open = far.halfOpen(new InetSocketAddress(Agents.LOOPBACK, port), waits).orElseThrow();
      assertThat(open.observation())
          .isInstanceOfSatisfying(
              Measured.class, m -> assertThat(m.state()).isEqualTo(PortState.OPEN));
      assertThat(server.accept()).as("a connection").isNull();

      InetSocketAddress elsewhere = new InetSocketAddress("192.0.2.1", port);
      assertThatThrownBy(() -> far.halfOpen(elsewhere, waits))
          .hasMessageContaining("not on its list");
      InetSocketAddress here = new InetSocketAddress(Agents.LOOPBACK, port);
      assertThatThrownBy(() -> far.halfOpen(here, Collections.nCopies(1000, Duration.ofSeconds(1))))
          .hasMessageContaining("refused more than");
    }
  }

  private static final Oversight NOBODY =
      new Oversight(Set.of(Agents.LOOPBACK), Set.of(Agents.LOOPBACK));

  /// Probes nothing, and goes on until nobody oversees it any more.
  private static final class Listening extends MadeUpVantage {
    private final AtomicReference<Oversight> oversight = new AtomicReference<>(Oversight.FULL);
    private final List<Oversight> heard = new ArrayList<>();

    Listening() {
      super("agent");
    }

    @Override
    public VantageReading probe(ProbeOrder order, Progress progress) {
      heard.add(progress.oversight());
      oversight.set(NOBODY);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (progress.oversight().equals(Oversight.FULL) && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(1_000_000);
      }
      heard.add(progress.oversight());
      return new VantageReading(
          List.of(
              new TargetReading(
                  order.vantage(),
                  Agents.LOOPBACK,
                  Protocol.TCP,
                  Batch.unmeasured(order.targets().getFirst().ports().ranges(), "not asked"))),
          List.of(),
          List.of(),
          0);
    }
  }

  @Test
  void anAgentHearsWhereNobodyOverseesAnyMore() throws Exception {
    Listening listening = new Listening();
    try (PipedAgent agent = new PipedAgent(listening);
        Vantage far = RemoteVantage.open("far", "pipes", agent, Agents.LIMITS)) {
      far.probe(
          Agents.tcp(Agents.LOOPBACK, "80"),
          new Progress() {
            @Override
            public void settled(String vantage, long ports) {}

            @Override
            public boolean cancelled() {
              return false;
            }

            @Override
            public Oversight oversight() {
              return listening.oversight.get();
            }
          });
    }
    assertThat(listening.heard).containsExactly(Oversight.FULL, NOBODY);
  }

  @Test
  void placeIsGoneWithItsAgent() throws Exception {
    try (PipedAgent agent = new PipedAgent(new Listening());
        Vantage far = RemoteVantage.open("far", "pipes", agent, Agents.LIMITS)) {
      assertThat(far.isGone()).isFalse();
      agent.kill();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!far.isGone() && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(1_000_000);
      }
      assertThat(far.isGone()).isTrue();
    }
  }

  static void seesWhatIsOpen(Vantage far) throws IOException, InterruptedException {
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(Agents.LOOPBACK, 0));
      int open = server.getLocalPort();
      VantageReading reading = far.probe(Agents.tcp(Agents.LOOPBACK, "" + open), Progress.SILENT);
      assertThat(reading.readings().getFirst().at(open).orElseThrow().observation())
          .isInstanceOfSatisfying(
              Measured.class, m -> assertThat(m.state()).isEqualTo(PortState.OPEN));
      assertThat(reading.controls()).isNotEmpty();
      assertThat(far.socketTable()).isPresent();
    }
  }
}
