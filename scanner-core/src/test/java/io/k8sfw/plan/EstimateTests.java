package io.k8sfw.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.plan.Estimate.Part;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class EstimateTests {
  private static final int NODE_PORTS = 2768;

  @Test
  void silentPortTakesFourPacketsOnACleanPath() {
    Estimate estimate = Estimate.of(List.of(order("a", Pace.FAST, tcp(1, NODE_PORTS))));

    assertThat(estimate.ports()).isEqualTo(NODE_PORTS);
    assertThat((double) estimate.clean().packets())
        .isCloseTo(4 * NODE_PORTS, Percentage.withPercentage(4));
    assertThat(estimate.worst().packets()).isGreaterThan(24 * NODE_PORTS);
  }

  @Test
  void rateOrWaitingDecidesHowLongItTakes() {
    Duration fast = clean(order("a", Pace.FAST, tcp(1, NODE_PORTS)));
    Duration normal = clean(order("a", Pace.NORMAL, tcp(1, NODE_PORTS)));
    Duration polite = clean(order("a", Pace.POLITE, tcp(1, NODE_PORTS)));

    assertThat(fast).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(5));
    assertThat(normal).isBetween(Duration.ofSeconds(8), Duration.ofSeconds(13));
    assertThat(polite).isBetween(Duration.ofSeconds(165), Duration.ofSeconds(180));
  }

  @Test
  void manyAddressesShareTheRateOfTheirVantagePoint() {
    Target[] hosts =
        IntStream.rangeClosed(1, 20).mapToObj(i -> tcp(i, 1000)).toArray(Target[]::new);
    Part part = Estimate.of(List.of(order("a", Pace.NORMAL, hosts))).parts().getFirst();

    assertThat(part.connectsPerSecond()).isEqualTo(4000);
    assertThat(part.packetsPerSecond()).isEqualTo(8000);
    assertThat(part.clean().time()).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(22));
  }

  @Test
  void vantagePointsWorkAtTheSameTime() {
    ProbeOrder small = order("a", Pace.NORMAL, tcp(1, 10));
    ProbeOrder large = order("b", Pace.NORMAL, tcp(2, NODE_PORTS));
    Estimate both = Estimate.of(List.of(small, large));

    assertThat(both.clean().time()).isEqualTo(clean(large));
    assertThat(both.worst().packets())
        .isEqualTo(both.parts().stream().mapToLong(p -> p.worst().packets()).sum());
    assertThat(both.connectsPerSecond()).isEqualTo(2000);
  }

  @Test
  void fewTrackedEntriesTakeTwoMinutesARound() {
    ProbeOrder free = order("a", Pace.FAST, tcp(1, NODE_PORTS));
    ProbeOrder tracked = tracked(free, 1000);

    // 8,304 attempts and some canaries, 1,000 in two minutes.
    assertThat(clean(tracked)).isBetween(Duration.ofMinutes(6), Duration.ofMinutes(7));
    assertThat(clean(tracked(free, 100_000))).isEqualTo(clean(free));
    assertThat(Estimate.of(List.of(tracked)).clean().packets())
        .isEqualTo(Estimate.of(List.of(free)).clean().packets());
  }

  @Test
  void datagramsGoOneASecondAfterAFewAtOnce() {
    Target udp =
        new Target(
            Optional.empty(),
            address(1),
            Protocol.UDP,
            PortSet.of(1, 20),
            PortSet.NONE,
            PortSet.NONE);

    assertThat(clean(order("a", Pace.FAST, udp))).isGreaterThan(Duration.ofSeconds(54));
    assertThat(Estimate.of(List.of(order("a", Pace.FAST, udp))).clean().packets()).isEqualTo(62);
  }

  @Test
  void nothingToDoTakesNothing() {
    Estimate nothing = Estimate.of(List.of());

    assertThat(nothing.clean()).isEqualTo(new Estimate.Cost(0, Duration.ZERO));
    assertThat(nothing.worst()).isEqualTo(new Estimate.Cost(0, Duration.ZERO));
  }

  private static Duration clean(ProbeOrder order) {
    return Estimate.of(List.of(order)).clean().time();
  }

  private static ProbeOrder order(String vantage, Pace pace, Target... targets) {
    return new ProbeOrder(vantage, Arrays.asList(targets), pace, 1, false, Integer.MAX_VALUE);
  }

  private static ProbeOrder tracked(ProbeOrder order, int atMost) {
    return new ProbeOrder(
        order.vantage(),
        order.targets(),
        order.pace(),
        order.seed(),
        order.externalControl(),
        atMost);
  }

  private static Target tcp(int host, int ports) {
    return new Target(
        Optional.empty(),
        address(host),
        Protocol.TCP,
        PortSet.of(30000, 29999 + ports),
        PortSet.NONE,
        PortSet.NONE);
  }

  private static InetAddress address(int last) {
    return InetAddress.ofLiteral("10.0.0." + last);
  }
}
