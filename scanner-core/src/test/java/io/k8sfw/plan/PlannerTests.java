package io.k8sfw.plan;

import static io.k8sfw.matrix.Expectation.FORBIDDEN;
import static io.k8sfw.matrix.Expectation.PATH;
import static io.k8sfw.matrix.Expectation.PERMITTED;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture;
import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.inventory.NodePortService.TrafficPolicy;
import io.k8sfw.inventory.Scope;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.PortSet;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlannerTests {
  private static final PlanOptions OPTIONS =
      new PlanOptions(Pace.NORMAL, false, false, Integer.MAX_VALUE);
  private static final Matrix KUBELET =
      new MatrixOf().rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED).build();
  private static final InventoryOf TWO_NODES =
      new InventoryOf()
          .node("cp-1", "control-plane", "10.0.0.1")
          .node("worker-1", "worker", "10.0.0.2");

  private static Check check(ScanPlan plan, String vantage, String node, int port) {
    List<Check> found =
        plan.checks().stream()
            .filter(c -> c.flow().vantage().equals(vantage) && c.flow().node().equals(node))
            .filter(c -> c.flow().ports().contains(port))
            .toList();
    assertThat(found).as("%s -> %s %d", vantage, node, port).hasSize(1);
    return found.getFirst();
  }

  @Test
  void ruleIsRequiredFromItsZoneAndForbiddenFromAnyOther() {
    ScanPlan plan =
        Planner.plan(
            KUBELET,
            new InventoryOf()
                .node("cp-1", "control-plane", "10.0.0.1")
                .node("worker-1", "worker", "10.0.0.2")
                .place("internet", "external")
                .build(),
            OPTIONS);
    assertThat(check(plan, "cp-1", "worker-1", 10250).expectation()).isEqualTo(REQUIRED);
    assertThat(check(plan, "cp-1", "worker-1", 10250).rules()).containsExactly("kubelet");
    assertThat(check(plan, "internet", "worker-1", 10250).expectation()).isEqualTo(FORBIDDEN);
    assertThat(check(plan, "internet", "worker-1", 10250).rules()).isEmpty();
  }

  @Test
  void portNamedForOneRoleIsForbiddenOnTheOthers() {
    ScanPlan plan = Planner.plan(KUBELET, TWO_NODES.build(), OPTIONS);
    assertThat(check(plan, "worker-1", "cp-1", 10250).expectation()).isEqualTo(FORBIDDEN);
    assertThat(check(plan, "worker-1", "cp-1", 10250).namedBy()).containsExactly("kubelet");
  }

  @Test
  void nodeNeverProbesItself() {
    ScanPlan plan = Planner.plan(KUBELET, TWO_NODES.build(), OPTIONS);
    assertThat(plan.checks()).noneMatch(c -> c.flow().vantage().equals(c.flow().node()));
  }

  @Test
  void strongestOfSeveralRulesWins() {
    Matrix matrix =
        new MatrixOf()
            .rule("may", "control-plane", "worker", "tcp/443", PERMITTED)
            .rule("must", "control-plane", "worker", "tcp/443", REQUIRED)
            .rule("way", "control-plane", "worker", "tcp/ALL", PATH)
            .build();
    ScanPlan plan = Planner.plan(matrix, TWO_NODES.build(), OPTIONS);
    Check https = check(plan, "cp-1", "worker-1", 443);
    assertThat(https.expectation()).isEqualTo(REQUIRED);
    assertThat(https.rules()).containsExactly("must");
  }

  @Test
  void zonesOfAVantagePointAreUnited() {
    Matrix matrix =
        new MatrixOf().rule("api", "api-client", "control-plane", "tcp/443", REQUIRED).build();
    ScanPlan plan =
        Planner.plan(
            matrix,
            new InventoryOf()
                .unseen("cp-1", "control-plane", "10.0.0.1")
                .place("bastion", "external,api-client")
                .build(),
            OPTIONS);
    assertThat(check(plan, "bastion", "cp-1", 443).expectation()).isEqualTo(REQUIRED);
  }

  @Test
  void allRowIsAWayThatIsSampledAtBothEdges() {
    Matrix matrix = new MatrixOf().rule("all", "control-plane", "worker", "tcp/ALL", PATH).build();
    ScanPlan plan = Planner.plan(matrix, TWO_NODES.build(), OPTIONS);
    Check sample = check(plan, "cp-1", "worker-1", 1);
    assertThat(sample.expectation()).isEqualTo(PATH);
    assertThat(sample.sampled()).isTrue();
    assertThat(sample.flow().ports().contains(65535)).isTrue();
    assertThat(sample.flow().ports().size()).isBetween(20, Rows.SAMPLE + 2);
    assertThat(Planner.plan(matrix, TWO_NODES.build(), OPTIONS).checks()).isEqualTo(plan.checks());
  }

  @Test
  void restOfAnAllRowIsAskedForWhereSomethingListensAndBgpIsGuardedThere() {
    Matrix matrix =
        new MatrixOf()
            .rule("all", "control-plane", "worker", "tcp/ALL", PATH)
            .rule("web", "control-plane", "worker", "tcp/80", REQUIRED)
            .build();
    Target target = toWorker(Planner.plan(matrix, TWO_NODES.build(), OPTIONS));
    assertThat(target.ifListening())
        .isEqualTo(PortSet.ALL.minus(target.ports()))
        .matches(ports -> ports.contains(179));
    assertThat(target.guarded()).isEqualTo(PortSet.of(179));
    assertThat(target.lastResort()).isEqualTo(PortSet.NONE);
    Target harmful =
        toWorker(
            Planner.plan(
                matrix,
                TWO_NODES.build(),
                new PlanOptions(
                    Pace.FAST, false, false, Integer.MAX_VALUE, true, Witnessing.AUTO)));
    assertThat(harmful.lastResort()).isEqualTo(PortSet.of(179));
    Target exhaustive =
        toWorker(
            Planner.plan(
                matrix,
                TWO_NODES.build(),
                new PlanOptions(Pace.FAST, false, true, Integer.MAX_VALUE)));
    assertThat(exhaustive.ifListening()).isEqualTo(PortSet.NONE);
    assertThat(exhaustive.guarded()).isEqualTo(PortSet.of(179));
  }

  private static Target toWorker(ScanPlan plan) {
    return plan.orders().stream()
        .filter(o -> o.vantage().equals("cp-1"))
        .findFirst()
        .orElseThrow()
        .targets()
        .getFirst();
  }

  @Test
  void exhaustivePlanTakesEveryPortOfAnAllRow() {
    Matrix matrix = new MatrixOf().rule("all", "control-plane", "worker", "tcp/ALL", PATH).build();
    ScanPlan plan =
        Planner.plan(
            matrix, TWO_NODES.build(), new PlanOptions(Pace.FAST, false, true, Integer.MAX_VALUE));
    assertThat(check(plan, "cp-1", "worker-1", 40000).flow().ports()).isEqualTo(PortSet.ALL);
  }

  @Test
  void nodePortOfAServiceIsRequiredAndTheRestOfTheRangePermitted() {
    Matrix matrix =
        new MatrixOf().rule("np", "external", "worker", "tcp/30000-32767", PERMITTED).build();
    ScanPlan plan =
        Planner.plan(
            matrix,
            new InventoryOf()
                .node("worker-1", "worker", "10.0.0.2")
                .place("internet", "external")
                .place("admin", "cluster-admin")
                .service(30080)
                .build(),
            OPTIONS);
    assertThat(check(plan, "internet", "worker-1", 30080).expectation()).isEqualTo(REQUIRED);
    assertThat(check(plan, "internet", "worker-1", 30081).expectation()).isEqualTo(PERMITTED);
    assertThat(check(plan, "admin", "worker-1", 30080).expectation()).isEqualTo(FORBIDDEN);
    assertThat(check(plan, "admin", "worker-1", 32767).flow().ports().size()).isEqualTo(2767);
    assertThat(check(plan, "admin", "worker-1", 32767).row().ports().toString())
        .isEqualTo("30000-32767");
  }

  private static final Matrix NODE_PORTS =
      new MatrixOf().rule("np", "external", "worker", "tcp/30000-32767", PERMITTED).build();

  private static InventoryOf twoWorkersAndThe(String... zones) {
    InventoryOf inventory =
        new InventoryOf()
            .unseen("worker-1", "worker", "10.0.0.1")
            .unseen("worker-2", "worker", "10.0.0.2");
    for (String zone : zones) {
      inventory.place(zone, zone);
    }
    return inventory;
  }

  @Test
  void nodePortIsDemandedOnlyOfNodesThatHaveSomewhereToForwardIt() {
    ScanPlan local =
        Planner.plan(
            NODE_PORTS,
            twoWorkersAndThe("external")
                .service(30080, TrafficPolicy.LOCAL, List.of("worker-1"))
                .service(30081, TrafficPolicy.CLUSTER, List.of("worker-1"))
                .service(30082, TrafficPolicy.CLUSTER, List.of())
                .build(),
            OPTIONS);
    assertThat(check(local, "external", "worker-1", 30080).expectation()).isEqualTo(REQUIRED);
    assertThat(check(local, "external", "worker-2", 30080).expectation()).isEqualTo(PERMITTED);
    assertThat(check(local, "external", "worker-2", 30080).otherwise()).isEmpty();
    assertThat(check(local, "external", "worker-2", 30081).expectation()).isEqualTo(REQUIRED);
    assertThat(check(local, "external", "worker-2", 30082).expectation()).isEqualTo(PERMITTED);
  }

  @Test
  void nodePortIsJudgedBothWaysWhereItsEndpointsAreUnknown() {
    ScanPlan plan =
        Planner.plan(
            NODE_PORTS,
            twoWorkersAndThe("external")
                .service(30080, TrafficPolicy.LOCAL, null)
                .service(30081, TrafficPolicy.CLUSTER, null)
                .build(),
            OPTIONS);
    assertThat(check(plan, "external", "worker-1", 30080).expectation()).isEqualTo(PERMITTED);
    assertThat(check(plan, "external", "worker-1", 30080).otherwise()).contains(REQUIRED);
    assertThat(check(plan, "external", "worker-1", 30081).expectation()).isEqualTo(REQUIRED);
  }

  @Test
  void nodePortThatNoRuleNamesIsLookedAtAndForbidden() {
    ScanPlan plan =
        Planner.plan(NODE_PORTS, twoWorkersAndThe("external").service(20080).build(), OPTIONS);
    assertThat(check(plan, "external", "worker-1", 20080).expectation()).isEqualTo(FORBIDDEN);
    assertThat(check(plan, "external", "worker-1", 20080).namedBy()).isEmpty();
  }

  @Test
  void nodePortThatARuleNamesAloneIsDemandedToo() {
    Matrix one = new MatrixOf().rule("np", "external", "worker", "tcp/30080", PERMITTED).build();
    ScanPlan plan = Planner.plan(one, twoWorkersAndThe("external").service(30080).build(), OPTIONS);
    assertThat(check(plan, "external", "worker-1", 30080).expectation()).isEqualTo(REQUIRED);
    assertThat(plan.checks()).hasSize(2);
  }

  @Test
  void nodePortOfAServiceThatNobodyCanLookAtIsAGap() {
    ScanPlan plan =
        Planner.plan(
            NODE_PORTS,
            twoWorkersAndThe("pod")
                .service(30080, TrafficPolicy.LOCAL, List.of("worker-2"))
                .build(),
            OPTIONS);
    assertThat(plan.gaps())
        .filteredOn(g -> g.expectation() == REQUIRED)
        .extracting(g -> g.from() + " " + g.node() + " " + g.row() + ": " + g.reason())
        .containsExactly("external worker-2 tcp/30080: no vantage point in zone external");
  }

  @Test
  void denialOfARoleThatEveryNodePlaysBesideAnotherIsNoGap() {
    Matrix matrix =
        new MatrixOf()
            .rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED)
            .rule("etcd", "control-plane", "etcd", "tcp/2379", REQUIRED)
            .build();
    InventoryOf stacked =
        new InventoryOf()
            .node("cp-1", "control-plane,etcd", "10.0.0.1")
            .node("worker-1", "worker", "10.0.0.2");
    assertThat(Planner.plan(matrix, stacked.build(), OPTIONS).gaps()).isEmpty();
    InventoryOf alone = stacked.unseen("etcd-1", "etcd", "10.0.0.3");
    assertThat(Planner.plan(matrix, alone.build(), OPTIONS).gaps())
        .filteredOn(g -> g.node().equals("worker-1"))
        .extracting(g -> g.from() + " " + g.row())
        .containsExactly("etcd tcp/10250");
  }

  @Test
  void conditionThatDoesNotHoldMakesTheRowStale() {
    Matrix matrix =
        new MatrixOf()
            .rule(
                "bgp",
                "worker",
                "worker",
                "tcp/5000",
                REQUIRED,
                Fixture.when("cni", "calico"),
                AddressScope.DEFAULT,
                null)
            .build();
    InventoryOf workers =
        new InventoryOf().node("w-1", "worker", "10.0.0.1").node("w-2", "worker", "10.0.0.2");
    Check no =
        check(
            Planner.plan(matrix, workers.fact("cni", "flannel").build(), OPTIONS),
            "w-1",
            "w-2",
            5000);
    assertThat(no.expectation()).isEqualTo(FORBIDDEN);
    assertThat(no.staleRules()).containsExactly("bgp");
    Check yes =
        check(
            Planner.plan(matrix, workers.fact("cni", "calico").build(), OPTIONS),
            "w-1",
            "w-2",
            5000);
    assertThat(yes.expectation()).isEqualTo(REQUIRED);
    Check unknown =
        check(
            Planner.plan(matrix, workers.fact("other", "x").build(), OPTIONS), "w-1", "w-2", 5000);
    assertThat(unknown.expectation()).isEqualTo(FORBIDDEN);
    assertThat(unknown.otherwise()).contains(REQUIRED);
  }

  @Test
  void outsidersMeetTheExternalAddressWhereThereIsOne() {
    Matrix matrix = new MatrixOf().rule("web", "external", "ingress", "tcp/80", REQUIRED).build();
    ScanPlan plan =
        Planner.plan(
            matrix,
            new InventoryOf()
                .unseen("i-1", "ingress", "10.0.0.1", "external:192.0.2.1")
                .place("internet", "external")
                .build(),
            OPTIONS);
    for (Check check : plan.checks()) {
      Expectation expected = check.flow().type() == AddressClass.EXTERNAL ? REQUIRED : PERMITTED;
      assertThat(check.expectation()).as(check.id()).isEqualTo(expected);
    }
    assertThat(plan.checks()).hasSize(2);
  }

  @Test
  void zoneWithoutAVantagePointIsAGapForWhatItMayAndForWhatItMayNot() {
    ScanPlan plan =
        Planner.plan(
            KUBELET,
            new InventoryOf()
                .unseen("cp-1", "control-plane", "10.0.0.1")
                .unseen("worker-1", "worker", "10.0.0.2")
                .unseen("worker-2", "worker", "10.0.0.3")
                .build(),
            OPTIONS);
    assertThat(plan.checks()).isEmpty();
    assertThat(plan.gaps())
        .anyMatch(g -> g.from().name().equals("control-plane") && g.expectation() == REQUIRED)
        .anyMatch(g -> g.from().name().equals("worker") && g.expectation() == FORBIDDEN);
  }

  @Test
  void denialThatNoPlaceCanShowIsAGap() {
    Matrix matrix =
        new MatrixOf()
            .rule("api", "api-client", "control-plane", "tcp/443", REQUIRED)
            .rule("web", "external", "control-plane", "tcp/80", REQUIRED)
            .build();
    ScanPlan plan =
        Planner.plan(
            matrix,
            new InventoryOf()
                .unseen("cp-1", "control-plane", "10.0.0.1")
                .place("bastion", "external,api-client")
                .build(),
            OPTIONS);
    assertThat(plan.gaps())
        .extracting(g -> g.from() + " " + g.row())
        .containsExactlyInAnyOrder("external tcp/443", "api-client tcp/80");
    assertThat(plan.gaps().getFirst().reason()).contains("bastion is also");
  }

  @Test
  void twoRulesThatAskTheSameLeaveOneGap() {
    Matrix matrix =
        new MatrixOf()
            .rule("one", "external", "worker", "tcp/80", REQUIRED)
            .rule("two", "external", "worker", "tcp/80", REQUIRED)
            .build();
    ScanPlan plan =
        Planner.plan(
            matrix, new InventoryOf().unseen("w-1", "worker", "10.0.0.1").build(), OPTIONS);
    assertThat(plan.gaps())
        .filteredOn(g -> g.from().name().equals("external"))
        .singleElement()
        .satisfies(g -> assertThat(g.rules()).containsExactly("one", "two"))
        .satisfies(g -> assertThat(g.reason()).isEqualTo("no vantage point in zone external"));
  }

  @Test
  void onlyWorkerHasNoOtherWorkerToAskFor() {
    Matrix matrix = new MatrixOf().rule("w", "worker", "worker", "tcp/443", REQUIRED).build();
    ScanPlan plan =
        Planner.plan(
            matrix, new InventoryOf().unseen("w-1", "worker", "10.0.0.1").build(), OPTIONS);
    assertThat(plan.gaps()).isEmpty();
  }

  @Test
  void protocolThatCannotBeProbedIsAGap() {
    Matrix matrix = new MatrixOf().rule("ipip", "worker", "worker", "ipip", REQUIRED).build();
    ScanPlan plan =
        Planner.plan(
            matrix,
            new InventoryOf()
                .node("w-1", "worker", "10.0.0.1")
                .node("w-2", "worker", "10.0.0.2")
                .build(),
            OPTIONS);
    assertThat(plan.gaps()).hasSize(2).allMatch(g -> g.reason().contains("ipip"));
  }

  @Test
  void ruleForAnAddressThatNoNodeHasIsAGap() {
    Matrix matrix =
        new MatrixOf()
            .rule(
                "o",
                "control-plane",
                "worker",
                "tcp/80",
                REQUIRED,
                Condition.ALWAYS,
                AddressScope.OVERLAY,
                null)
            .build();
    ScanPlan plan = Planner.plan(matrix, TWO_NODES.build(), OPTIONS);
    assertThat(plan.gaps()).anyMatch(g -> g.reason().contains("no address of the kind"));
  }

  @Test
  void ruleOutOfScopeTakesItsDenialsAlong() {
    ScanPlan plan =
        Planner.plan(
            KUBELET,
            new InventoryOf()
                .node("cp-1", "control-plane", "10.0.0.1")
                .node("worker-1", "worker", "10.0.0.2")
                .leavingOut(new Scope.OfRule("kubelet", "not today"))
                .build(),
            OPTIONS);
    assertThat(plan.checks()).isEmpty();
    assertThat(plan.orders()).isEmpty();
    assertThat(plan.exclusions().getFirst().checks()).isEqualTo(2);
  }

  @Test
  void ruleOutOfScopeTakesTheGapsOfItsDenialsAlong() {
    InventoryOf unseen =
        new InventoryOf()
            .unseen("cp-1", "control-plane", "10.0.0.1")
            .unseen("worker-1", "worker", "10.0.0.2")
            .unseen("worker-2", "worker", "10.0.0.3");
    assertThat(Planner.plan(KUBELET, unseen.build(), OPTIONS).gaps()).isNotEmpty();
    unseen.leavingOut(new Scope.OfRule("kubelet", "not today"));
    assertThat(Planner.plan(KUBELET, unseen.build(), OPTIONS).gaps()).isEmpty();
  }

  @Test
  void ordersCarryExactlyThePortsOfTheChecksAndNoServicePortForAWitness() {
    Matrix matrix =
        new MatrixOf()
            .rule(
                "kubelet",
                "control-plane",
                "worker",
                "tcp/10250",
                REQUIRED,
                Condition.ALWAYS,
                AddressScope.DEFAULT,
                "kubelet")
            .rule("web", "control-plane", "worker", "tcp/80", REQUIRED)
            .rule("bgp", "control-plane", "worker", "tcp/179", REQUIRED)
            .rule("np", "control-plane", "worker", "tcp/30000-32767", PERMITTED)
            .build();
    ScanPlan plan = Planner.plan(matrix, TWO_NODES.build(), OPTIONS);
    var target =
        plan.orders().stream()
            .filter(o -> o.vantage().equals("cp-1"))
            .findFirst()
            .orElseThrow()
            .targets()
            .getFirst();
    assertThat(target.ports()).isEqualTo(PortSet.parse("80, 179, 10250, 30000-32767"));
    assertThat(target.witnessable()).isEqualTo(PortSet.of(80));
    assertThat(target.guarded()).isEqualTo(PortSet.of(179));
  }

  @Test
  void whatMayBeTrackedIsDividedAmongTheVantagePoints() {
    Matrix matrix =
        new MatrixOf().rule("np", "control-plane", "worker", "tcp/30000-32767", PERMITTED).build();
    ScanPlan plan =
        Planner.plan(matrix, TWO_NODES.build(), new PlanOptions(Pace.NORMAL, false, false, 1000));
    assertThat(plan.orders()).extracting(ProbeOrder::trackedAtMost).containsExactly(500, 500);
  }

  private static PortSet witnessable(Matrix matrix, InventoryOf inventory, Witnessing use) {
    PlanOptions options = new PlanOptions(Pace.NORMAL, false, false, Integer.MAX_VALUE, false, use);
    return Planner.plan(matrix, inventory.build(), options).orders().stream()
        .filter(order -> order.vantage().equals("cp-1"))
        .flatMap(order -> order.targets().stream())
        .map(ProbeOrder.Target::witnessable)
        .reduce(PortSet.NONE, PortSet::union);
  }

  @Test
  void datagramPortsMayBeHeldButForThoseOfServicesSshAndNodePorts() {
    Matrix matrix =
        new MatrixOf()
            .rule("vxlan", "worker", "worker", "udp/8472", REQUIRED)
            .rule("ssh", "worker", "worker", "udp/22", REQUIRED)
            .rule("np", "worker", "worker", "udp/30001-30002", PERMITTED)
            .rule(
                "dns",
                "worker",
                "worker",
                "udp/53",
                REQUIRED,
                Condition.ALWAYS,
                AddressScope.DEFAULT,
                "dns")
            .build();
    assertThat(witnessable(matrix, TWO_NODES, Witnessing.AUTO)).isEqualTo(PortSet.of(8472));
    assertThat(witnessable(matrix, TWO_NODES, Witnessing.NEVER)).isEqualTo(PortSet.NONE);
  }

  @Test
  void portThatAServiceForwardsIsNeverHeldWhereverItIs() {
    Matrix matrix =
        new MatrixOf().rule("low", "worker", "worker", "tcp/8000-8001", REQUIRED).build();
    InventoryOf inventory =
        new InventoryOf()
            .node("cp-1", "control-plane", "10.0.0.1")
            .node("worker-1", "worker", "10.0.0.2")
            .service(8001);
    assertThat(witnessable(matrix, inventory, Witnessing.AUTO)).isEqualTo(PortSet.of(8000));
  }
}
