package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.ip;
import static io.k8sfw.evaluate.World.OPEN;
import static io.k8sfw.evaluate.World.RESET;
import static io.k8sfw.evaluate.World.SILENT;
import static io.k8sfw.evaluate.World.WORKER;
import static io.k8sfw.evaluate.World.listener;
import static io.k8sfw.evaluate.World.measured;
import static io.k8sfw.evaluate.World.word;
import static io.k8sfw.matrix.Expectation.FORBIDDEN;
import static io.k8sfw.matrix.Expectation.PATH;
import static io.k8sfw.matrix.Expectation.PERMITTED;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture;
import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.VantagePoint.Fidelity;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Policy;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.WitnessReport.Hearing;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.vantage.Pace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluatorTests {
  private static final Matrix MATRIX =
      new MatrixOf()
          .rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED)
          .rule("np", "external", "worker", "tcp/30000-30010", PERMITTED)
          .build();
  private static final Inventory INVENTORY =
      new InventoryOf()
          .node("cp-1", "control-plane", "10.0.0.1")
          .node("worker-1", "worker", WORKER)
          .unseen("worker-2", "worker", "10.0.0.3")
          .place("internet", "external")
          .build();

  private static Judgement judge(World world, String vantage, int port) {
    return world.judge(MATRIX, INVENTORY, vantage, port, false);
  }

  @Test
  void openPortIsCompliantWhereRequiredAndOverExposedWhereForbidden() {
    World world =
        new World()
            .saw("cp-1", WORKER, 10250, OPEN)
            .trusts("cp-1", WORKER)
            .saw("internet", WORKER, 10250, OPEN)
            .trusts("internet", WORKER);
    assertThat(word(judge(world, "cp-1", 10250))).isEqualTo("compliant");
    Judgement exposed = judge(world, "internet", 10250);
    assertThat(word(exposed)).isEqualTo("over-exposed");
    assertThat(exposed.severity()).contains(Severity.CRITICAL);
  }

  @Test
  void openPortProvesNothingWithoutANegativeControl() {
    World untried = new World().saw("cp-1", WORKER, 10250, OPEN);
    assertThat(word(judge(untried, "cp-1", 10250))).isEqualTo("unverified");
    World failed = untried.control("cp-1", WORKER, Control.Kind.NEGATIVE, false);
    assertThat(word(judge(failed.trusts("cp-1", WORKER), "cp-1", 10250))).isEqualTo("unverified");
  }

  @Test
  void silenceWithoutAPositiveControlIsNeverBlocked() {
    World world = new World().saw("internet", WORKER, 10250, SILENT);
    assertThat(word(judge(world, "internet", 10250))).isEqualTo("unverified");
    assertThat(word(judge(world.reaches("internet", WORKER), "internet", 10250)))
        .isEqualTo("compliant");
  }

  @Test
  void lockedDownHostIsProvenByItsNeighbourAndBySomebodyElse() {
    World neighbourOnly =
        new World().saw("internet", WORKER, 10250, SILENT).reaches("internet", "10.0.0.3");
    assertThat(word(judge(neighbourOnly, "internet", 10250))).isEqualTo("unverified");
    World aliveOnly = new World().saw("internet", WORKER, 10250, SILENT).reaches("cp-1", WORKER);
    assertThat(word(judge(aliveOnly, "internet", 10250))).isEqualTo("unverified");
    Judgement proven = judge(neighbourOnly.reaches("cp-1", WORKER), "internet", 10250);
    assertThat(word(proven)).isEqualTo("compliant");
    assertThat(proven.grade()).isEqualTo(Grade.C);
  }

  @Test
  void answerOfABoxOnTheWayIsNoPositiveControl() {
    Icmp byBox = new Icmp(3, 13, ip("10.0.0.254"));
    World world =
        new World()
            .saw(
                "internet",
                WORKER,
                Protocol.TCP,
                new PortRun(
                    new PortRange(10250, 10250),
                    measured(PortState.FILTERED, Reason.ADMIN_PROHIBITED, byBox),
                    10));
    assertThat(judge(world, "internet", 10250).sighting()).isEqualTo(Sighting.UNREACHABLE);
    Judgement held = judge(world.reaches("internet", WORKER), "internet", 10250);
    assertThat(held.sighting()).isEqualTo(Sighting.ICMP_REJECTED);
    assertThat(held.because()).contains("10.0.0.254");
  }

  @Test
  void resetIsARejectionWhereTheNodeHoldsThePort() {
    World world =
        new World()
            .saw("cp-1", WORKER, 10250, RESET)
            .nodeSays("worker-1", 0, listener(WORKER, 10250));
    Judgement missing = judge(world, "cp-1", 10250);
    assertThat(word(missing)).isEqualTo("missing");
    assertThat(missing.grade()).isEqualTo(Grade.A);
  }

  @Test
  void listenerOnAnotherAddressHoldsNothing() {
    World world =
        new World()
            .saw("cp-1", WORKER, 10250, RESET)
            .nodeSays("worker-1", 0, listener("127.0.0.1", 10250));
    assertThat(word(judge(world, "cp-1", 10250))).isEqualTo("unverified");
  }

  @Test
  void resetIsARejectionWhereAnotherVantagePointConnects() {
    World world =
        new World()
            .saw("cp-1", WORKER, 10250, RESET)
            .saw("internet", WORKER, 10250, OPEN)
            .trusts("internet", WORKER);
    assertThat(word(judge(world, "cp-1", 10250))).isEqualTo("missing");
  }

  @Test
  void openElsewhereThatIsNotTrustedProvesNoRejection() {
    World world =
        new World().saw("cp-1", WORKER, 10250, RESET).saw("internet", WORKER, 10250, OPEN);
    assertThat(judge(world, "cp-1", 10250).sighting()).isEqualTo(Sighting.RESET_UNKNOWN);
  }

  @Test
  void witnessTellsServiceDownFromRejection() {
    World world = new World().saw("cp-1", WORKER, 10250, RESET).nodeSays("worker-1", 0);
    assertThat(judge(world, "cp-1", 10250).sighting()).isEqualTo(Sighting.RESET_NO_WITNESS);
    world.witness("cp-1", WORKER, 10250, true);
    assertThat(word(judge(world, "cp-1", 10250))).isEqualTo("deviates service-down");
    World unheard =
        new World()
            .saw("cp-1", WORKER, 10250, RESET)
            .nodeSays("worker-1", 0)
            .witness("cp-1", WORKER, 10250, false);
    assertThat(word(judge(unheard, "cp-1", 10250))).isEqualTo("missing");
  }

  @Test
  void closedPortThatMustNotBeReachableIsClosedUnproven() {
    World world = new World().saw("internet", WORKER, 10250, RESET);
    assertThat(word(judge(world, "internet", 10250))).isEqualTo("closed-unproven");
    assertThat(word(world.judge(MATRIX, INVENTORY, "internet", 10250, true)))
        .isEqualTo("unverified");
  }

  @Test
  void heardWitnessOnAForbiddenPortIsAnOpenPath() {
    World world =
        new World()
            .saw("internet", WORKER, 10250, RESET)
            .nodeSays("worker-1", 0)
            .witness("internet", WORKER, 10250, true);
    Judgement open = judge(world, "internet", 10250);
    assertThat(word(open)).isEqualTo("over-exposed open-path");
    assertThat(open.severity()).contains(Severity.LOW);
  }

  @Test
  void listenerWhoseQueueOverflowsIsHungAndNotBlocked() {
    World world =
        new World()
            .saw("internet", WORKER, 10250, SILENT)
            .reaches("internet", WORKER)
            .nodeSays("worker-1", 7, listener("0.0.0.0", 10250));
    assertThat(judge(world, "internet", 10250).sighting()).isEqualTo(Sighting.HUNG);
    assertThat(word(judge(world, "internet", 10250))).isEqualTo("unverified");
  }

  @Test
  void unmeasuredIsUnverifiedUnlessItIsPermittedEitherWay() {
    World world =
        new World()
            .saw("cp-1", WORKER, 10250, new Unmeasured(Untrusted.of("no route")))
            .saw("internet", WORKER, 30005, new Unmeasured(Untrusted.of("no route")));
    assertThat(word(judge(world, "cp-1", 10250))).isEqualTo("unverified");
    assertThat(judge(world, "cp-1", 10250).because()).contains("no route");
    assertThat(word(judge(world, "internet", 30005))).isEqualTo("not-judged");
  }

  @Test
  void vantagePointThatSaysNothingLeavesItsChecksUnverified() {
    assertThat(word(judge(new World(), "cp-1", 10250))).isEqualTo("unverified");
  }

  @Test
  void changingAnswersAreUnstable() {
    World world =
        new World()
            .saw(
                "cp-1",
                WORKER,
                10250,
                new Measured(PortState.OPEN, Reason.SYN_ACK, Optional.empty(), 5, 2, true))
            .trusts("cp-1", WORKER);
    assertThat(word(judge(world, "cp-1", 10250))).isEqualTo("deviates unstable");
  }

  @Test
  void udpSilenceProvesNothingAndARefusalIsUnproven() {
    Matrix matrix =
        new MatrixOf().rule("dns", "control-plane", "worker", "udp/53", REQUIRED).build();
    Measured silent = measured(PortState.OPEN_FILTERED, Reason.NO_RESPONSE, null);
    Measured refused =
        measured(PortState.CLOSED, Reason.PORT_UNREACHABLE, new Icmp(3, 3, ip(WORKER)));
    for (Measured what : List.of(silent, refused)) {
      PortRun run = new PortRun(new PortRange(53, 53), what, -1);
      World world =
          new World()
              .saw("cp-1", WORKER, Protocol.UDP, run)
              .saw("internet", WORKER, Protocol.UDP, run)
              .reaches("cp-1", WORKER);
      assertThat(word(world.judge(matrix, INVENTORY, "cp-1", 53, false))).isEqualTo("unverified");
      assertThat(word(world.judge(matrix, INVENTORY, "internet", 53, false)))
          .isEqualTo(what.equals(silent) ? "unverified" : "closed-unproven");
    }
  }

  @Test
  void unknownFactIsUnverifiedOnlyWhereTheVerdictHangsOnIt() {
    Matrix matrix =
        new MatrixOf()
            .rule(
                "maybe",
                "control-plane",
                "worker",
                "tcp/10250",
                REQUIRED,
                Fixture.when("cni", "x"),
                AddressScope.DEFAULT,
                null)
            .build();
    World open = new World().saw("cp-1", WORKER, 10250, OPEN).trusts("cp-1", WORKER);
    Judgement hangs = open.judge(matrix, INVENTORY, "cp-1", 10250, false);
    assertThat(word(hangs)).isEqualTo("unverified");
    assertThat(hangs.because()).contains("cni is x");
  }

  @Test
  void holeLeftForAConditionThatDoesNotHoldIsStaleFromNodesAndExposedFromOutside() {
    Matrix matrix =
        new MatrixOf()
            .rule(
                "old",
                "control-plane, external",
                "worker",
                "tcp/10250",
                REQUIRED,
                Fixture.when("cni", "x"),
                AddressScope.DEFAULT,
                null)
            .build();
    Inventory inventory =
        new InventoryOf()
            .node("cp-1", "control-plane", "10.0.0.1")
            .node("worker-1", "worker", WORKER)
            .place("internet", "external")
            .fact("cni", "y")
            .build();
    World world =
        new World()
            .saw("cp-1", WORKER, 10250, OPEN)
            .trusts("cp-1", WORKER)
            .saw("internet", WORKER, 10250, OPEN)
            .trusts("internet", WORKER);
    assertThat(word(world.judge(matrix, inventory, "cp-1", 10250, false)))
        .isEqualTo("deviates stale-hole");
    assertThat(word(world.judge(matrix, inventory, "internet", 10250, false)))
        .isEqualTo("over-exposed");
  }

  @Test
  void policyMayForbidWhatARulePermits() {
    Matrix matrix =
        new MatrixOf()
            .rule("np", "external", "worker", "tcp/10255", REQUIRED)
            .policy(Policy.DEFAULT)
            .build();
    World world = new World().saw("internet", WORKER, 10255, OPEN).trusts("internet", WORKER);
    assertThat(word(world.judge(matrix, INVENTORY, "internet", 10255, false)))
        .isEqualTo("deviates forbidden-port");
  }

  @Test
  void rejectionWherePolicyAsksForDropsDeviatesByStyle() {
    Matrix matrix =
        new MatrixOf()
            .rule("kubelet", "control-plane", "worker", "tcp/10250", REQUIRED)
            .policy(new Policy(List.of(), Policy.Denial.DROP, Policy.DEFAULT.tls()))
            .build();
    World world =
        new World()
            .saw("internet", WORKER, 10250, RESET)
            .nodeSays("worker-1", 0, listener(WORKER, 10250));
    Judgement style = world.judge(matrix, INVENTORY, "internet", 10250, false);
    assertThat(style.verdict()).isEqualTo(Verdict.deviates(Deviation.DENY_STYLE));
  }

  @Test
  void placeThatOnlyRepresentsItsZonesProvesNothingFromBothEnds() {
    Inventory inventory =
        new InventoryOf()
            .node("worker-1", "worker", WORKER)
            .place("stand-in", "control-plane", Fidelity.REPRESENTATIVE)
            .place("real", "control-plane")
            .build();
    World world =
        new World()
            .saw("stand-in", WORKER, 10250, OPEN)
            .trusts("stand-in", WORKER)
            .saw("real", WORKER, 10250, OPEN)
            .trusts("real", WORKER)
            .nodeSays("worker-1", 0, listener(WORKER, 10250));
    assertThat(world.judge(MATRIX, inventory, "real", 10250, false).grade()).isEqualTo(Grade.A);
    assertThat(world.judge(MATRIX, inventory, "stand-in", 10250, false).grade()).isEqualTo(Grade.B);
  }

  @Test
  void everyPortOfAFlowIsJudgedExactlyOnce() {
    World world =
        new World()
            .saw(
                "internet",
                WORKER,
                Protocol.TCP,
                new PortRun(new PortRange(30000, 30003), OPEN, 50),
                new PortRun(new PortRange(30004, 30007), RESET, 40),
                new PortRun(new PortRange(30008, 30009), SILENT, -1))
            .trusts("internet", WORKER)
            .reaches("internet", WORKER)
            .nodeSays("worker-1", 0, listener(WORKER, 30005));
    Assessment range =
        Evaluator.assess(
                Planner.plan(
                    MATRIX, INVENTORY, new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE)),
                MATRIX,
                INVENTORY,
                world.observations(),
                false)
            .stream()
            .filter(a -> a.check().flow().vantage().equals("internet"))
            .filter(a -> a.check().flow().address().equals(ip(WORKER)))
            .filter(a -> a.check().flow().ports().contains(30000))
            .findFirst()
            .orElseThrow();
    PortSet seen = PortSet.NONE;
    int count = 0;
    for (Judgement j : range.judgements()) {
      assertThat(seen.intersects(j.ports())).isFalse();
      seen = seen.union(j.ports());
      count += j.ports().size();
    }
    assertThat(seen).isEqualTo(range.check().flow().ports());
    assertThat(count).isEqualTo(11);
    assertThat(range.judgements()).hasSize(5);
    assertThat(range.check().expectation()).isEqualTo(PERMITTED);
    assertThat(FORBIDDEN).isLessThan(PERMITTED);
  }

  private static final Matrix BGP =
      new MatrixOf().rule("bgp", "control-plane", "worker", "tcp/179", REQUIRED).build();
  private static final Unmeasured NOT_ASKED = new Unmeasured(Untrusted.of("not asked"));

  private static Judgement bgp(World world, String vantage) {
    return world.judge(BGP, INVENTORY, vantage, 179, false);
  }

  @Test
  void sessionThatWeOpenedProvesTheWayWithoutAPacket() {
    World both =
        new World().saw("cp-1", WORKER, 179, NOT_ASKED).session("cp-1", WORKER, true, true);
    assertThat(word(bgp(both, "cp-1"))).isEqualTo("compliant");
    assertThat(bgp(both, "cp-1").grade()).isEqualTo(Grade.A);
    World one =
        new World().saw("cp-1", WORKER, 179, NOT_ASKED).session("cp-1", WORKER, true, false);
    assertThat(bgp(one, "cp-1").grade()).isEqualTo(Grade.B);
    World forbidden =
        new World().saw("internet", WORKER, 179, NOT_ASKED).session("internet", WORKER, true, true);
    assertThat(word(bgp(forbidden, "internet"))).isEqualTo("over-exposed");
  }

  @Test
  void sessionThatTheOtherSideOpenedProvesNothingOfOurWay() {
    World unasked =
        new World().saw("cp-1", WORKER, 179, NOT_ASKED).session("cp-1", WORKER, false, false);
    assertThat(word(bgp(unasked, "cp-1"))).isEqualTo("unverified");
    World reset =
        new World()
            .saw("cp-1", WORKER, 179, RESET)
            .speaksBgp("worker-1", WORKER, 0)
            .session("cp-1", WORKER, false, false);
    assertThat(word(bgp(reset, "cp-1"))).isEqualTo("missing");
  }

  @Test
  void peerThatWantsSignedPacketsIsNotMissing() {
    World silent =
        new World()
            .saw("cp-1", WORKER, 179, SILENT)
            .reaches("cp-1", WORKER)
            .speaksBgp("worker-1", WORKER, 0);
    assertThat(word(bgp(silent, "cp-1"))).isEqualTo("missing");
    silent.session("cp-1", WORKER, false, false);
    assertThat(word(bgp(silent, "cp-1"))).isEqualTo("unverified");
    World counted =
        new World()
            .saw("cp-1", WORKER, 179, SILENT)
            .reaches("cp-1", WORKER)
            .speaksBgp("worker-1", WORKER, 3);
    assertThat(word(bgp(counted, "cp-1"))).isEqualTo("unverified");
    assertThat(bgp(counted, "cp-1").because()).contains("TCP-MD5");
  }

  @Test
  void rowForAllPortsIsJudgedOnWhatListensToo() {
    Matrix all = new MatrixOf().rule("all", "control-plane", "worker", "tcp/ALL", PATH).build();
    var plan =
        Planner.plan(all, INVENTORY, new PlanOptions(Pace.NORMAL, false, false, Integer.MAX_VALUE));
    PortSet sample =
        plan.checks().stream()
            .filter(c -> c.flow().vantage().equals("cp-1") && c.flow().node().equals("worker-1"))
            .findFirst()
            .orElseThrow()
            .flow()
            .ports();
    int other = sample.ranges().get(1).first() + 1;
    assertThat(sample.contains(other)).isFalse();
    List<PortRun> runs = new ArrayList<>();
    sample.union(PortSet.of(other)).stream()
        .forEach(port ->
            runs.add(new PortRun(new PortRange(port, port), port == other ? SILENT : OPEN, 1)));
    World world =
        new World()
            .saw("cp-1", WORKER, Protocol.TCP, runs.toArray(PortRun[]::new))
            .reaches("cp-1", WORKER)
            .trusts("cp-1", WORKER)
            .nodeSays("worker-1", 0, listener(WORKER, other));
    Assessment assessment =
        Evaluator.assess(plan, all, INVENTORY, world.observations(), false).stream()
            .filter(a -> a.check().flow().vantage().equals("cp-1"))
            .filter(a -> a.check().flow().node().equals("worker-1"))
            .findFirst()
            .orElseThrow();
    assertThat(assessment.judgements())
        .anySatisfy(j -> {
          assertThat(j.ports()).isEqualTo(PortSet.of(other));
          assertThat(word(j)).isEqualTo("missing");
        });
    assertThat(assessment.sample())
        .contains(new Assessment.Sample(sample.size(), 65_535, Optional.of(1)));
  }

  @Test
  void witnessSpeaksForItsOwnPortAndProtocolAlone() {
    Matrix matrix =
        new MatrixOf().rule("dns", "control-plane", "worker", "udp/53-54", REQUIRED).build();
    Measured silent = measured(PortState.OPEN_FILTERED, Reason.NO_RESPONSE, null);
    World world =
        new World()
            .saw("cp-1", WORKER, Protocol.UDP, new PortRun(new PortRange(53, 54), silent, -1))
            .nodeSays("worker-1", 0)
            .witness("cp-1", WORKER, 54, false)
            .datagramWitness("cp-1", WORKER, 53, Hearing.UNHEARD, true);
    Judgement unheard = world.judge(matrix, INVENTORY, "cp-1", 53, false);
    assertThat(word(unheard)).isEqualTo("missing");
    assertThat(unheard.grade()).isEqualTo(Grade.A);
    assertThat(unheard.because()).contains("although datagrams reach the address");
    assertThat(word(world.judge(matrix, INVENTORY, "cp-1", 54, false))).isEqualTo("unverified");
    world.datagramWitness("cp-1", WORKER, 54, Hearing.RECEIVED, true);
    assertThat(word(world.judge(matrix, INVENTORY, "cp-1", 54, false))).isEqualTo("unverified");
  }

  @ParameterizedTest
  @CsvSource({"2, unverified", "3, compliant"})
  void silenceTakesThreeAttemptsWhateverControlHolds(int attempts, String verdict) {
    Matrix matrix =
        new MatrixOf().rule("ssh", "control-plane", "worker", "tcp/4444", FORBIDDEN).build();
    Measured silent =
        new Measured(
            PortState.FILTERED, Reason.NO_RESPONSE, Optional.empty(), attempts, attempts, false);
    World world =
        new World()
            .saw("cp-1", WORKER, 4444, silent)
            .reaches("cp-1", WORKER)
            .control("cp-1", WORKER, Control.Kind.ARRIVAL, true);
    assertThat(word(world.judge(matrix, INVENTORY, "cp-1", 4444, false))).isEqualTo(verdict);
  }

  @Test
  void unheardDatagramsProveNothingWhereNoneIsKnownToArrive() {
    Matrix matrix =
        new MatrixOf().rule("dns", "control-plane", "worker", "udp/53", REQUIRED).build();
    Measured silent = measured(PortState.OPEN_FILTERED, Reason.NO_RESPONSE, null);
    World world =
        new World()
            .saw("cp-1", WORKER, Protocol.UDP, new PortRun(new PortRange(53, 53), silent, -1))
            .nodeSays("worker-1", 0)
            .datagramWitness("cp-1", WORKER, 53, Hearing.UNHEARD, false);
    assertThat(word(world.judge(matrix, INVENTORY, "cp-1", 53, false))).isEqualTo("unverified");
    world.control("cp-1", WORKER, Control.Kind.DATAGRAM, true);
    assertThat(word(world.judge(matrix, INVENTORY, "cp-1", 53, false))).isEqualTo("missing");
  }
}
