package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LiveCampaignTests {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /// A place that fails at everything.
  private static final class BrokenVantage extends MadeUpVantage {
    private final Exception how;

    BrokenVantage(String name, Exception how) {
      super(name, Capability.SOCKET_TABLE, Capability.PACKET_TAP);
      this.how = how;
    }

    private IOException failure() throws IOException {
      if (how instanceof RuntimeException broken) {
        throw broken;
      }
      throw (IOException) how;
    }

    @Override
    public VantageReading probe(ProbeOrder order, Progress progress) throws IOException {
      throw failure();
    }

    @Override
    public Optional<SocketTable> socketTable() throws IOException {
      throw failure();
    }

    @Override
    public Optional<Witness> holdWitness(
        Protocol protocol, InetAddress address, int port, Set<String> tokens) throws IOException {
      throw failure();
    }

    @Override
    public Optional<String> askWitness(
        Protocol protocol, InetAddress address, int port, String token, int timeoutMillis)
        throws IOException {
      throw failure();
    }

    @Override
    public Optional<Arrivals> watchArrivals() throws IOException {
      throw failure();
    }
  }

  private static ProbeOrder order(String vantage, String node) {
    var target =
        new ProbeOrder.Target(
            Optional.of(node),
            LOOPBACK,
            Protocol.TCP,
            PortSet.of(1, 10),
            PortSet.of(1, 10),
            PortSet.NONE);
    return new ProbeOrder(vantage, List.of(target), Orders.PACE, 1, false, Integer.MAX_VALUE);
  }

  @Test
  void vantagePointThatFailsCostsItsOwnPortsAlone() {
    AtomicLong settled = new AtomicLong();
    Progress progress =
        new Progress() {
          @Override
          public void settled(String vantage, long ports) {
            settled.addAndGet(ports);
          }

          @Override
          public boolean cancelled() {
            return false;
          }
        };
    try (LocalVantage good = LocalVantage.open("good")) {
      var io = new BrokenVantage("io", new IOException("the tunnel broke"));
      var bug = new BrokenVantage("bug", new IllegalStateException("a bug"));
      Observations seen =
          new LiveCampaign(List.of(io, good, bug))
              .observe(
                  List.of(
                      order("good", "io"),
                      order("io", "good"),
                      order("bug", "x"),
                      order("none", "x")),
                  progress);
      assertThat(seen.readings()).hasSize(4);
      assertThat(cause(seen, "io")).isEqualTo("the tunnel broke");
      assertThat(cause(seen, "bug")).isEqualTo("a bug");
      assertThat(cause(seen, "none")).isEqualTo("no such vantage point here: none");
      assertThat(report(seen, "none").failure()).isPresent();
      assertThat(report(seen, "io").failure()).isPresent();
      assertThat(report(seen, "good").failure()).isEmpty();
      assertThat(report(seen, "good").probesSent()).isPositive();
      assertThat(seen.targets())
          .singleElement()
          .satisfies(t -> assertThat(t.node()).isEqualTo("good"));
      assertThat(settled).hasValue(40);
    }
  }

  @Test
  void aSocketTableThatCannotBeReadIsSaidInWordsAndNotInClasses() {
    var blind =
        new MadeUpVantage("blind", Capability.SOCKET_TABLE) {
          @Override
          public Optional<SocketTable> socketTable() throws IOException {
            throw new IOException("no such file");
          }
        };
    Observations seen =
        new LiveCampaign(List.of(blind)).observe(List.of(order("blind", "blind")), Progress.SILENT);
    assertThat(report(seen, "blind").failure().orElseThrow().raw())
        .isEqualTo("its socket table: no such file");
  }

  @Test
  void cancelledCampaignSaysSo() {
    Progress cancelled =
        new Progress() {
          @Override
          public void settled(String vantage, long ports) {}

          @Override
          public boolean cancelled() {
            return true;
          }
        };
    try (LocalVantage good = LocalVantage.open("good")) {
      Observations seen =
          new LiveCampaign(List.of(good)).observe(List.of(order("good", "good")), cancelled);
      assertThat(seen.interrupted()).contains("interrupted");
      assertThat(cause(seen, "good")).isEqualTo("interrupted");
      assertThat(seen.witnesses()).isEmpty();
      assertThat(report(seen, "good").probesSent()).isZero();
    }
  }

  /// A place that tracks connections, and only notes what it is asked.
  private static final class TrackingVantage extends MadeUpVantage {
    private final Optional<Tracking> tracking;
    private int read;

    /// A quarter of what sixty entries leave of a hundred.
    private static final int AFTERWARDS = 10;

    private final List<Integer> allowed = new ArrayList<>();
    private int trackedAtMost;

    TrackingVantage(String name, Optional<Tracking> tracking) {
      super(name);
      this.tracking = tracking;
    }

    @Override
    public VantageReading probe(ProbeOrder order, Progress progress) throws IOException {
      trackedAtMost = order.trackedAtMost();
      Allowance allowance = progress.allowance();
      allowed.add(allowance.entries());
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (allowed.getLast() < Integer.MAX_VALUE
          && allowed.getLast() != AFTERWARDS
          && System.nanoTime() - deadline < 0) {
        allowed.add(progress.allowance().entries());
        LockSupport.parkNanos(1_000_000);
      }
      return super.probe(order, progress);
    }

    @Override
    public Optional<Tracking> tracking() {
      // Sixty entries more than there were.
      int more = read++ == 0 ? 0 : 60;
      return tracking.map(t -> new Tracking(t.table(), t.entries() + more, t.most()));
    }
  }

  @Test
  void ordersKeepToWhatTheTrackingTablesOnTheirWayCanSpare() {
    var asker = new TrackingVantage("asker", Optional.of(new Tracking("here", 0, 4000)));
    var node = new TrackingVantage("node", Optional.of(new Tracking("there", 0, 2000)));
    var other = new TrackingVantage("other", Optional.empty());
    List<ProbeOrder> orders =
        List.of(order("asker", "node"), order("node", "elsewhere"), order("other", "elsewhere"));

    new LiveCampaign(List.of(asker, node, other)).observe(orders, Progress.SILENT);

    // A twentieth of the node's table.
    assertThat(asker.trackedAtMost).isEqualTo(100);
    assertThat(node.trackedAtMost).isEqualTo(100);
    assertThat(other.trackedAtMost).isEqualTo(Integer.MAX_VALUE);
    // Half of that, for the node's own order and the one that asks it; and then by what is read.
    assertThat(asker.allowed).startsWith(25).endsWith(TrackingVantage.AFTERWARDS);
    assertThat(node.allowed).startsWith(25).endsWith(TrackingVantage.AFTERWARDS);
    assertThat(other.allowed).containsExactly(Integer.MAX_VALUE);
  }

  /// A node whose tracking table nobody can read any more once it is gone.
  private static final class MortalTable extends MadeUpVantage {
    private final AtomicBoolean gone = new AtomicBoolean();

    MortalTable(String name) {
      super(name);
    }

    @Override
    public boolean isGone() {
      return gone.get();
    }

    @Override
    public Optional<Tracking> tracking() {
      return gone.get() ? Optional.empty() : Optional.of(new Tracking("there", 0, 2000));
    }
  }

  @Test
  void whatIsBehindATableThatNobodyCanReadAnyMoreIsLeftAloneAndLimitsNobody() {
    var node = new MortalTable("node");
    List<Oversight> oversight = new ArrayList<>();
    List<Integer> allowed = new ArrayList<>();
    var asker =
        new MadeUpVantage("asker") {
          @Override
          public VantageReading probe(ProbeOrder order, Progress progress) throws IOException {
            allowed.add(progress.allowance().entries());
            oversight.add(progress.oversight());
            node.gone.set(true);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (progress.oversight().offLimits().isEmpty() && System.nanoTime() - deadline < 0) {
              LockSupport.parkNanos(1_000_000);
            }
            allowed.add(progress.allowance().entries());
            oversight.add(progress.oversight());
            return super.probe(order, progress);
          }
        };

    new LiveCampaign(List.of(asker, node))
        .observe(List.of(order("asker", "node")), Progress.SILENT);

    assertThat(oversight.getFirst().offLimits()).isEmpty();
    assertThat(oversight.getLast().offLimits()).containsExactly(LOOPBACK);
    // Half of a twentieth of the node's table, before.
    assertThat(allowed).containsExactly(50, Integer.MAX_VALUE);
  }

  @Test
  void tablesThatNobodyElseNeedsLimitNothing() {
    var asker = new TrackingVantage("asker", Optional.of(new Tracking("here", 0, 4000)));

    new LiveCampaign(List.of(asker), false).observe(List.of(order("asker", "x")), Progress.SILENT);

    assertThat(asker.trackedAtMost).isEqualTo(Integer.MAX_VALUE);
  }

  /// An agent that only notes where nobody watches, and dies when told.
  private static final class Mortal extends MadeUpVantage {
    private final AtomicBoolean gone = new AtomicBoolean();
    private final List<Set<InetAddress>> unwatched = new ArrayList<>();
    private Runnable meanwhile = () -> {};

    Mortal(String name, Capability... capabilities) {
      super(name, capabilities);
    }

    @Override
    public boolean isGone() {
      return gone.get();
    }

    @Override
    public VantageReading probe(ProbeOrder order, Progress progress) throws IOException {
      unwatched.add(progress.oversight().unwatched());
      meanwhile.run();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (unwatched.getLast().isEmpty() && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(1_000_000);
        unwatched.add(progress.oversight().unwatched());
      }
      return super.probe(order, progress);
    }
  }

  @Test
  void asksOnlyForAnswersWhereNoAgentCanTellWhatArrives() {
    var asker = new Mortal("asker");
    var blind = new Mortal("blind", Capability.SOCKET_TABLE);

    new LiveCampaign(List.of(asker, blind))
        .observe(List.of(order("asker", "blind")), Progress.SILENT);

    assertThat(asker.unwatched).containsExactly(Set.of(LOOPBACK));
  }

  @Test
  void asksOnlyForAnswersOnceTheAgentThereIsGone() {
    var asker = new Mortal("asker");
    var node = new Mortal("node", Capability.WITNESS);
    asker.meanwhile = () -> node.gone.set(true);

    new LiveCampaign(List.of(asker, node))
        .observe(List.of(order("asker", "node")), Progress.SILENT);

    assertThat(asker.unwatched).startsWith(Set.of()).endsWith(Set.of(LOOPBACK));
  }

  private static String cause(Observations seen, String vantage) {
    return seen.readings().stream()
        .filter(r -> r.vantage().equals(vantage))
        .map(r -> (Unmeasured) r.runs().getFirst().observation())
        .findFirst()
        .orElseThrow()
        .cause()
        .raw();
  }

  private static VantageReport report(Observations seen, String vantage) {
    return seen.vantages().stream()
        .filter(v -> v.vantage().equals(vantage))
        .findFirst()
        .orElseThrow();
  }
}
