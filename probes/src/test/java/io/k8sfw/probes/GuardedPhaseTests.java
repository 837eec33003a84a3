package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.SocketTable.Session;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// By which way a BGP port is learnt of.
class GuardedPhaseTests {
  private static final InetAddress A = InetAddress.ofLiteral("10.0.0.1");
  private static final InetAddress B = InetAddress.ofLiteral("10.0.0.2");
  private static final int BGP = 179;
  private static final Session FROM_A = new Session(A, 50000, B, BGP);
  private static final Session AT_B = new Session(B, BGP, A, 50000);

  /// A node that holds BGP's port, and notes what it is made to send.
  private static final class Node extends MadeUpVantage {
    private final SocketTable table;
    private final Optional<PortRun> halfOpen;
    private final List<Target> connected = new ArrayList<>();
    private int halfOpened;

    Node(String name, InetAddress own, Optional<PortRun> halfOpen, Session... sessions) {
      super(name, Capability.SOCKET_TABLE);
      this.halfOpen = halfOpen;
      this.table =
          new SocketTable(
              List.of(new Listener(Protocol.TCP, own, BGP, false)), 0, List.of(sessions), 0);
    }

    @Override
    public VantageReading probe(ProbeOrder order, Progress progress) {
      List<TargetReading> readings = new ArrayList<>();
      for (Target target : order.targets()) {
        boolean guarded = target.guarded().contains(BGP);
        if (!guarded) {
          connected.add(target);
        }
        PortRange port = new PortRange(BGP, BGP);
        PortRun run =
            guarded
                ? new PortRun(port, new Unmeasured(Untrusted.of("guarded")), -1)
                : open(Reason.SYN_ACK);
        readings.add(new TargetReading(name(), target.address(), Protocol.TCP, List.of(run)));
      }
      return new VantageReading(readings, List.of(), List.of(), connected.size());
    }

    @Override
    public Optional<PortRun> halfOpen(InetSocketAddress port, List<Duration> waits) {
      halfOpened++;
      assertThat(waits).hasSizeGreaterThanOrEqualTo(4);
      return halfOpen;
    }

    @Override
    public Optional<SocketTable> socketTable() {
      return Optional.of(table);
    }
  }

  private static PortRun open(Reason reason) {
    return new PortRun(
        new PortRange(BGP, BGP),
        new Measured(PortState.OPEN, reason, Optional.empty(), 1, 1, false),
        100);
  }

  private static Observations observe(Node a, Node b, boolean lastResort) {
    PortSet bgp = PortSet.of(BGP);
    Target target =
        new Target(
            Optional.of("b"),
            B,
            Protocol.TCP,
            bgp,
            PortSet.NONE,
            bgp,
            PortSet.NONE,
            lastResort ? bgp : PortSet.NONE);
    ProbeOrder order =
        new ProbeOrder("a", List.of(target), Orders.PACE, 1, false, Integer.MAX_VALUE);
    return new LiveCampaign(List.of(a, b)).observe(List.of(order), Progress.SILENT);
  }

  private static String seen(Observations observations) {
    return Orders.text(observations.readings().getFirst().at(BGP).orElseThrow().observation());
  }

  @Test
  void sessionThatStandsIsEnoughAndNothingIsSent() {
    Node a = new Node("a", A, Optional.of(open(Reason.SYN_ACK)), FROM_A);
    Node b = new Node("b", B, Optional.empty(), AT_B);
    Observations observations = observe(a, b, true);
    assertThat(observations.sessions()).containsExactly(new SessionReport("a", B, BGP, true, true));
    assertThat(seen(observations)).contains("a session with it stood");
    assertThat(a.halfOpened).isZero();
    assertThat(a.connected).isEmpty();
  }

  @Test
  void sessionThatOnlyOneEndKnowsIsSaidToBeSo() {
    Node a = new Node("a", A, Optional.empty(), FROM_A);
    Node b = new Node("b", B, Optional.empty());
    assertThat(observe(a, b, false).sessions())
        .containsExactly(new SessionReport("a", B, BGP, true, false));
  }

  @Test
  void sessionThatTheOtherSideOpenedDoesNotSpareTheQuestion() {
    Node a = new Node("a", A, Optional.of(open(Reason.SYN_ACK)), new Session(A, BGP, B, 50001));
    Node b = new Node("b", B, Optional.empty(), new Session(B, 50001, A, BGP));
    Observations observations = observe(a, b, false);
    assertThat(observations.sessions())
        .containsExactly(new SessionReport("a", B, BGP, false, false));
    assertThat(seen(observations)).isEqualTo("open syn-ack");
    assertThat(a.halfOpened).isEqualTo(1);
    assertThat(a.connected).isEmpty();
  }

  @Test
  void withoutTheRightToAskHalfOpenNothingIsAsked() {
    Node a = new Node("a", A, Optional.empty());
    Node b = new Node("b", B, Optional.empty());
    Observations observations = observe(a, b, false);
    assertThat(seen(observations)).startsWith("unmeasured: ").contains("CAP_NET_RAW");
    assertThat(a.connected).isEmpty();
  }

  @Test
  void connectionIsTheLastResortAndOnlyWhereItIsAllowed() {
    Node a = new Node("a", A, Optional.empty());
    Node b = new Node("b", B, Optional.empty());
    Observations observations = observe(a, b, true);
    assertThat(seen(observations)).isEqualTo("open syn-ack");
    assertThat(a.connected).extracting(Target::ports).containsExactly(PortSet.of(BGP));

    Node able = new Node("a", A, Optional.of(open(Reason.SYN_ACK)));
    observe(able, b, true);
    assertThat(able.connected).as("a half-open SYN told already").isEmpty();
  }
}
