package io.k8sfw.plan;

import static io.k8sfw.matrix.Expectation.FORBIDDEN;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.inventory.VantagePoint.Fidelity;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.Flow;
import io.k8sfw.vantage.Pace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PlaceChoiceTests {
  private static final Matrix MATRIX =
      new MatrixOf()
          .rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED)
          .rule("api", "worker", "control-plane", "tcp/6443", REQUIRED)
          .rule("web", "external", "worker", "tcp/443", REQUIRED)
          .rule("overlay", "worker", "worker", "udp/8472", REQUIRED)
          .build();
  private static final PlanOptions USUAL =
      new PlanOptions(Pace.NORMAL, false, false, Integer.MAX_VALUE);

  private record Pair(String place, String node) {}

  private static InventoryOf cluster(int controlPlanes, int workers) {
    InventoryOf cluster = new InventoryOf();
    for (int i = 1; i <= controlPlanes; i++) {
      cluster.node("cp-" + i, "control-plane", "10.0." + i / 250 + "." + (1 + i % 250));
    }
    return workers(cluster, 1, workers);
  }

  private static InventoryOf workers(InventoryOf cluster, int first, int last) {
    for (int i = first; i <= last; i++) {
      cluster.node("worker-" + i, "worker", "10." + (1 + i / 250) + ".0." + (1 + i % 250));
    }
    return cluster;
  }

  private static ScanPlan plan(InventoryOf cluster, Sampling sampling) {
    return Planner.plan(MATRIX, cluster.build(), USUAL.with(sampling));
  }

  private static Set<Pair> pairs(ScanPlan plan) {
    return plan.checks().stream()
        .map(Check::flow)
        .map(flow -> new Pair(flow.vantage(), flow.node()))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static IntSummaryStatistics counts(
      ScanPlan plan, String role, java.util.function.Function<Pair, String> by) {
    Map<String, Integer> counts = new HashMap<>();
    pairs(plan).stream()
        .filter(pair -> pair.place().startsWith(role))
        .forEach(pair -> counts.merge(by.apply(pair), 1, Integer::sum));
    return counts.values().stream().mapToInt(Integer::intValue).summaryStatistics();
  }

  @Test
  void tenPlacesOfAZoneAllLookAtEveryNode() {
    ScanPlan plan = plan(cluster(3, 10), Sampling.USUAL);
    assertThat(plan.placeSamples()).isEmpty();
    assertThat(pairs(plan)).hasSize(13 * 12);
  }

  @Test
  void ofElevenPlacesThreeLookAtEachNode() {
    ScanPlan plan = plan(cluster(3, 11), Sampling.USUAL);
    assertThat(plan.placeSamples())
        .containsExactly(new PlaceSample(new TreeSet<>(Set.of(io.k8sfw.model.Zone.WORKER)), 11, 3));
    assertThat(counts(plan, "worker", Pair::node).getMin()).isEqualTo(3);
    assertThat(counts(plan, "worker", Pair::node).getMax()).isEqualTo(3);
    assertThat(counts(plan, "worker", Pair::node).getCount()).isEqualTo(14);
    assertThat(counts(plan, "cp", Pair::place).getMin()).isEqualTo(13);
  }

  @Test
  void noPlaceLooksAtItsOwnNode() {
    assertThat(pairs(plan(cluster(3, 200), Sampling.USUAL)))
        .noneMatch(pair -> pair.place().equals(pair.node()));
  }

  @Test
  void allPairsLooksFromEverywhere() {
    ScanPlan plan = plan(cluster(3, 30), Sampling.allPairs(OptionalLong.empty()));
    assertThat(plan.placeSamples()).isEmpty();
    assertThat(pairs(plan)).hasSize(33 * 32);
  }

  @Test
  void asManyAsAskedForLookAtEachNode() {
    ScanPlan plan = plan(cluster(3, 9), Sampling.of(5, OptionalLong.empty()));
    assertThat(counts(plan, "worker", Pair::node).getMin()).isEqualTo(5);
    assertThat(counts(plan, "worker", Pair::node).getMax()).isEqualTo(5);
  }

  @Test
  void placesOutsideAndRepresentativesAreNeverLeftOut() {
    InventoryOf cluster = cluster(3, 20);
    for (int i = 0; i < 15; i++) {
      cluster.place("office-" + i, "external");
      cluster.place("like-" + i, "worker", Fidelity.REPRESENTATIVE);
    }
    ScanPlan plan = plan(cluster, Sampling.USUAL);
    assertThat(counts(plan, "office", Pair::place).getMin()).isEqualTo(23);
    assertThat(counts(plan, "like", Pair::place).getMin()).isEqualTo(23);
  }

  @Test
  void placesOfOtherZonesToldApart() {
    InventoryOf cluster = cluster(3, 20);
    for (int i = 0; i < 20; i++) {
      cluster.node("both-" + i, "worker,ingress", "10.9.0." + (1 + i));
    }
    ScanPlan plan = plan(cluster, Sampling.USUAL);
    assertThat(plan.placeSamples()).hasSize(2);
    assertThat(counts(plan, "worker", Pair::node).getMin()).isEqualTo(3);
    assertThat(counts(plan, "both", Pair::node).getMin()).isEqualTo(3);
  }

  @Test
  void everyAddressAndPortOfANodeIsLookedAtFromTheSamePlaces() {
    InventoryOf cluster = cluster(1, 20).node("dual", "worker", "10.7.0.1", "fd00::7");
    ScanPlan plan = plan(cluster, Sampling.USUAL);
    Map<String, Set<String>> placesOf =
        plan.checks().stream()
            .map(Check::flow)
            .filter(flow -> flow.node().equals("dual"))
            .collect(
                Collectors.groupingBy(
                    flow -> flow.address() + " " + flow.protocol() + flow.ports(),
                    Collectors.mapping(Flow::vantage, Collectors.toSet())));
    assertThat(placesOf).hasSizeGreaterThan(4);
    assertThat(placesOf.values().stream().distinct()).hasSize(1);
  }

  @Test
  void allPlacesHaveAboutAsMuchToDo() {
    for (List<Integer> size : List.of(List.of(3, 1000), List.of(11, 100), List.of(300, 20))) {
      ScanPlan plan = plan(cluster(size.get(0), size.get(1)), Sampling.USUAL);
      double mean = 3.0 * (size.get(0) + size.get(1)) / size.get(1);
      assertThat(counts(plan, "worker", Pair::place).getMax())
          .as("%s", size)
          .isLessThanOrEqualTo((int) Math.ceil(1.25 * mean));
    }
  }

  @Test
  void sameSeedChoosesTheSameAndAnotherSeedOthers() {
    InventoryOf cluster = cluster(3, 300);
    Set<Pair> first = pairs(plan(cluster, Sampling.USUAL));
    assertThat(pairs(plan(cluster, Sampling.USUAL))).isEqualTo(first);
    Set<Pair> same = pairs(plan(cluster, Sampling.USUAL.with(OptionalLong.of(7))));
    same.retainAll(first.stream().filter(p -> p.place().startsWith("worker")).toList());
    assertThat(same).hasSizeLessThan(303 * 3 / 10);
  }

  @Test
  void anotherNodeChangesLittleForTheOthers() {
    Set<Pair> before = pairs(plan(cluster(3, 1000), Sampling.USUAL));
    Set<Pair> after = pairs(plan(cluster(3, 1001), Sampling.USUAL));
    Set<Pair> gone = new HashSet<>(before);
    gone.removeAll(after);
    assertThat(gone).hasSizeLessThan(before.size() / 50);
  }

  /// Quadratic planning would make a hundred times the checks of a tenth of the nodes.
  @Test
  void checksGrowWithNodesAndNotWithTheirPairs() {
    int ports = 4;
    for (int workers : List.of(100, 1000)) {
      ScanPlan plan = plan(cluster(3, workers).place("internet", "external"), Sampling.USUAL);
      int nodes = workers + 3;
      assertThat(plan.checks())
          .hasSizeLessThanOrEqualTo(nodes * (3 + 3 + 1) * ports)
          .hasSizeGreaterThan(nodes * 3 * ports);
      assertThat(plan.orders().stream().mapToInt(order -> order.targets().size()).sum())
          .isLessThanOrEqualTo(nodes * (3 + 3 + 1) * 2);
    }
  }

  @Test
  void denialsAreStillLookedAtFromEachZone() {
    ScanPlan plan = plan(cluster(3, 50), Sampling.USUAL);
    assertThat(plan.gaps()).noneMatch(gap -> gap.from().equals(io.k8sfw.model.Zone.WORKER));
    assertThat(plan.checks())
        .anyMatch(c -> c.expectation() == FORBIDDEN && c.flow().vantage().startsWith("worker"));
  }
}
