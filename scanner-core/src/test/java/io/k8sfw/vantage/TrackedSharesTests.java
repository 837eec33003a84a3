package io.k8sfw.vantage;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrackedSharesTests {
  private static final int MANY = 5000;

  @Test
  void whereNothingIsTrackedNothingIsLimited() {
    List<ProbeOrder> orders = List.of(order("a", 7, target("n", 1, MANY)));

    assertThat(TrackedShares.within(orders, Map.of())).isEqualTo(orders);
  }

  @Test
  void orderKeepsToTheSmallestOfItsOwnItsPlacesAndItsTargets() {
    Map<String, Tracking> tables =
        Map.of("a", new Tracking("here", 0, 20_000), "n", new Tracking("there", 0, 10_000));

    assertThat(shares(tables, order("a", 900, target("n", 1, MANY)))).containsExactly(500);
    assertThat(shares(tables, order("a", 900, target("m", 1, MANY)))).containsExactly(900);
    assertThat(shares(tables, order("a", 2000, target("m", 1, MANY)))).containsExactly(1000);
    assertThat(shares(tables, order("b", 900, target("m", 1, MANY)))).containsExactly(900);
  }

  @Test
  void whoCannotUseAnEqualPartLeavesTheRestToTheOthers() {
    Tracking one = new Tracking("one", 0, 200_000);
    long few = Effort.mostAttempts(order("a", 1, target("n", 1, 10)), address(1));

    int[] shares =
        shares(
            Map.of("a", one, "b", one, "c", one),
            order("a", Integer.MAX_VALUE, target("n", 1, 10)),
            order("b", Integer.MAX_VALUE, target("n", 1, MANY)),
            order("c", Integer.MAX_VALUE, target("n", 1, MANY)));

    int half = (int) (10_000 - few) / 2;
    assertThat(shares).containsExactly(Integer.MAX_VALUE, half, half);
  }

  @Test
  void placesThatShareATableShareItsBudget() {
    Map<String, Tracking> tables =
        Map.of("a", new Tracking("one", 0, 20_000), "b", new Tracking("one", 2000, 20_000));

    assertThat(
            shares(
                tables,
                order("a", Integer.MAX_VALUE, target("x", 1, MANY)),
                order("b", Integer.MAX_VALUE, target("y", 2, MANY))))
        .containsExactly(450, 450);
  }

  @Test
  void whoAsksANodeMayTakeAllThatItsTableCanSpareForNobodyKnowsWhatItLetsIn() {
    Map<String, Tracking> tables = Map.of("n", new Tracking("there", 0, 20_000));

    assertThat(
            shares(
                tables,
                order("a", Integer.MAX_VALUE, target("n", 1, MANY)),
                order("b", Integer.MAX_VALUE, target("n", 1, MANY))))
        .containsExactly(1000, 1000);
  }

  @Test
  void tablesThatAllTogetherCouldCrowdAreToldFromOthers() {
    Map<String, Tracking> tables =
        Map.of(
            "n",
            new Tracking("there", 0, 400_000),
            "a",
            new Tracking("here", 0, 400_000),
            "m",
            new Tracking("unasked", 0, 100));
    long once = Effort.mostAttempts(order("a", 1, target("n", 1, 300)), address(1));
    assertThat(once).isBetween(10_001L, 20_000L);

    assertThat(
            TrackedShares.crowded(
                List.of(
                    order("a", 1, target("n", 1, 300)),
                    order("b", 1, target("x", 2, MANY)),
                    order("c", 1, target("n", 1, 300))),
                tables))
        .isEqualTo(Map.of("there", List.of(0, 2)));
  }

  @Test
  void onlyWhatGoesToATrackedTargetClaimsAShareOfItsTable() {
    Map<String, Tracking> tables = Map.of("n", new Tracking("there", 0, 20_000));

    assertThat(
            shares(
                tables,
                order("a", Integer.MAX_VALUE, target("n", 1, 1), target("m", 2, MANY)),
                order("b", Integer.MAX_VALUE, target("m", 2, MANY))))
        .containsExactly(Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  @Test
  void aBudgetForTheWholeWayIsDividedAmongAll() {
    List<ProbeOrder> orders =
        TrackedShares.of(
            1000,
            List.of(
                order("a", Integer.MAX_VALUE, target("n", 1, MANY)),
                order("b", Integer.MAX_VALUE, target("m", 2, MANY))));

    assertThat(orders).extracting(ProbeOrder::trackedAtMost).containsExactly(500, 500);
  }

  @Test
  void aFullTableStillLetsOneAttemptThroughAtATime() {
    Map<String, Tracking> tables = Map.of("a", new Tracking("one", 1000, 1000));

    assertThat(shares(tables, order("a", Integer.MAX_VALUE, target("n", 1, MANY))))
        .containsExactly(1);
  }

  private static int[] shares(Map<String, Tracking> tables, ProbeOrder... orders) {
    return TrackedShares.within(Arrays.asList(orders), tables).stream()
        .mapToInt(ProbeOrder::trackedAtMost)
        .toArray();
  }

  private static ProbeOrder order(String vantage, int trackedAtMost, Target... targets) {
    return new ProbeOrder(vantage, List.of(targets), Pace.NORMAL, 1, false, trackedAtMost);
  }

  private static Target target(String node, int address, int ports) {
    return new Target(
        Optional.of(node),
        address(address),
        Protocol.TCP,
        PortSet.of(1, ports),
        PortSet.NONE,
        PortSet.NONE);
  }

  private static InetAddress address(int last) {
    return InetAddress.ofLiteral("10.0.0." + last);
  }
}
