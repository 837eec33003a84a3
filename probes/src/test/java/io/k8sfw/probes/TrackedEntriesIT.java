package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortState;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What attempts hold in the kernel's own connection tracking tables.
class TrackedEntriesIT {
  private static final String WALL = "tcp dport 20000-21999 drop";

  private TestNet net;

  @BeforeEach
  void build() throws Exception {
    net = TestNet.tracking();
    net.nft("src", "output", TestNet.STATEFUL);
    net.nft("dst", "input", TestNet.STATEFUL, WALL);
  }

  @AfterEach
  void close() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  private static ProbeOrder order(String ports, int trackedAtMost) {
    Target target =
        new Target(
            Optional.of("dst"),
            TestNet.DST4,
            Protocol.TCP,
            PortSet.parse(ports),
            PortSet.NONE,
            PortSet.NONE);
    return new ProbeOrder("src", List.of(target), Pace.FAST, 1, false, trackedAtMost);
  }

  private int entries(String name) throws Exception {
    return net.vantage(name).tracking().map(Tracking::entries).orElse(0);
  }

  private static List<Measured> measured(VantageReading reading) {
    return reading.readings().getFirst().runs().stream()
        .map(run -> (Measured) run.observation())
        .toList();
  }

  @Test
  void silentPortsTakeOneEntryEachWhereManyAttemptsWouldTakeTooMany() throws Exception {
    VantageReading reading = net.vantage("src").probe(order("20000-20999", 1400), Progress.SILENT);

    assertThat(measured(reading)).allMatch(m -> m.state() == PortState.FILTERED && m.sent() >= 3);
    assertThat(reading.probesSent()).isGreaterThan(3000);
    // Nobody waited two minutes, so all that was taken is still there.
    assertThat(entries("src")).isBetween(1000, 1400);
  }

  @Test
  void whereThereIsRoomEachAttemptHasAPortOfItsOwn() throws Exception {
    net.vantage("src").probe(order("20000-20099", Integer.MAX_VALUE), Progress.SILENT);

    assertThat(entries("src")).isGreaterThanOrEqualTo(300);
  }

  @Test
  void whatANodeDropsOrRefusesTakesNothingOfItsTable() throws Exception {
    net.vantage("src").probe(order("20000-20499, 30000-30499", Integer.MAX_VALUE), Progress.SILENT);

    // The first two, for packets on the loopback device that tell whether it tracks.
    assertThat(entries("dst")).isLessThan(20);
  }

  /// The agent of a node whose table is as full as it is, and smaller: the kernel's limit is one
  /// for all namespaces.
  private static final class SmallTable extends MadeUpVantage {
    private final Vantage real;
    private final int size;
    private final AtomicInteger most = new AtomicInteger();

    SmallTable(Vantage real, int size) {
      super(real.name());
      this.real = real;
      this.size = size;
    }

    @Override
    public Optional<Tracking> tracking() {
      Optional<Tracking> read = real.tracking();
      int entries = read.map(Tracking::entries).orElse(0);
      most.accumulateAndGet(entries, Math::max);
      return Optional.of(new Tracking("dst", entries, size));
    }
  }

  /// The node lets connections in, and says nothing: each takes an entry of its table.
  @Test
  void nodeThatHoldsWhatItIsAskedIsAskedNoMoreThanItsTableCanSpare() throws Exception {
    net.nft("dst", "input", TestNet.STATEFUL);
    net.nft("dst", "forward", TestNet.STATEFUL);
    net.in("dst", "sysctl", "-qw", "net.ipv4.ip_forward=1");
    net.in("dst", "ip", "link", "add", "hole", "type", "veth", "peer", "name", "nobody");
    net.in("dst", "ip", "link", "set", "nobody", "up");
    net.in("dst", "ip", "addr", "add", "10.99.9.1/24", "dev", "hole");
    net.in("dst", "ip", "link", "set", "hole", "up");
    net.in("dst", "ip", "neigh", "add", "10.99.9.2", "lladdr", "02:00:00:00:00:01", "dev", "hole");
    net.in("dst", "nft", "add table ip n");
    net.in("dst", "nft", "add chain ip n p { type nat hook prerouting priority -100; }");
    net.in("dst", "nft", "add rule ip n p tcp dport 20000-21999 dnat to 10.99.9.2");
    int budget = 300;
    SmallTable dst = new SmallTable(net.vantage("dst"), 20 * budget);
    Progress untilSeen =
        new Progress() {
          private final long deadline = System.nanoTime() + 8_000_000_000L;

          @Override
          public void settled(String vantage, long ports) {}

          @Override
          public boolean cancelled() {
            return System.nanoTime() - deadline > 0;
          }
        };

    Observations seen =
        new LiveCampaign(List.of(net.vantage("src"), dst))
            .observe(List.of(order("20000-21999", Integer.MAX_VALUE)), untilSeen);

    assertThat(seen.interrupted()).isPresent();
    assertThat(dst.tracking()).isPresent();
    assertThat(dst.most.get()).isBetween(budget / 2, budget + 10);
  }
}
