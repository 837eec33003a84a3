package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.when;
import static io.k8sfw.evaluate.World.OPEN;
import static io.k8sfw.evaluate.World.SILENT;
import static io.k8sfw.evaluate.World.WORKER;
import static io.k8sfw.evaluate.World.word;
import static io.k8sfw.matrix.Expectation.PERMITTED;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.vantage.Pace;
import java.util.List;
import org.junit.jupiter.api.Test;

/// By the addresses that they arrive from.
class TellingPlacesApartTests {
  private static final Matrix METRICS =
      new MatrixOf().rule("metrics", "pod", "worker", "tcp/10255", REQUIRED).build();
  private static final Inventory WITH_PODS =
      new InventoryOf()
          .node("cp-1", "control-plane", "10.0.0.1")
          .node("worker-1", "worker", WORKER)
          .place("pod-1", "pod")
          .clusterNetwork("10.244.0.0/16")
          .place("internet", "external")
          .build();

  private static World bothReach(String podsSource) {
    return new World()
        .saw("pod-1", WORKER, 10255, OPEN)
        .trusts("pod-1", WORKER)
        .comes("pod-1", WORKER, "10.244.1.10", podsSource)
        .saw("cp-1", WORKER, 10255, OPEN)
        .trusts("cp-1", WORKER)
        .comes("cp-1", WORKER, "10.0.0.1", "10.0.0.1");
  }

  @Test
  void placesThatArriveFromOneAddressCannotBeToldApart() {
    Judgement pod = bothReach("10.0.0.1").judge(METRICS, WITH_PODS, "pod-1", 10255, false);
    assertThat(word(pod)).isEqualTo("deviates source-indistinguishable");
    assertThat(pod.severity()).contains(Severity.MEDIUM);
    assertThat(pod.because())
        .endsWith(
            "but it arrives from 10.0.0.1, and so does cp-1, which must not pass: no rule there can"
                + " tell them apart");
    assertThat(word(bothReach("10.0.0.1").judge(METRICS, WITH_PODS, "cp-1", 10255, false)))
        .isEqualTo("over-exposed");
  }

  /// cp-2 has no agent; cp-1, which is like it, has an address of its own, and is stopped.
  private static Judgement pod(Matrix matrix, String podsSource) {
    Inventory inventory =
        new InventoryOf()
            .node("cp-1", "control-plane", "10.0.0.1")
            .unseen("cp-2", "control-plane", "10.0.0.3")
            .node("worker-1", "worker", WORKER)
            .place("pod-1", "pod")
            .build();
    World world =
        new World()
            .saw("pod-1", WORKER, 10255, OPEN)
            .trusts("pod-1", WORKER)
            .comes("pod-1", WORKER, "10.244.1.10", podsSource)
            .saw("cp-1", WORKER, 10255, SILENT)
            .reaches("cp-1", WORKER)
            .comes("cp-1", WORKER, "10.0.0.1", "10.0.0.1");
    return world.judge(matrix, inventory, "pod-1", 10255, false);
  }

  @Test
  void placeThatArrivesAsANodeThatNobodyLooksFromCannotBeToldFromIt() {
    Judgement pod = pod(METRICS, "10.0.0.3");
    assertThat(word(pod)).isEqualTo("deviates source-indistinguishable");
    assertThat(pod.because())
        .endsWith(
            "but it arrives from 10.0.0.3, as would cp-2 itself, which must not pass: no rule there"
                + " can tell them apart");
  }

  @Test
  void nodeThatMayPassOrWasStoppedOrIsTheTargetCanBeMistakenFor() {
    Matrix both =
        new MatrixOf()
            .rule("metrics", "pod control-plane", "worker", "tcp/10255", PERMITTED)
            .build();
    Matrix perhaps =
        new MatrixOf()
            .rule("metrics", "pod", "worker", "tcp/10255", REQUIRED)
            .rule(
                "old",
                "control-plane",
                "worker",
                "tcp/10255",
                PERMITTED,
                when("cni", "flannel"),
                AddressScope.DEFAULT,
                null)
            .build();
    assertThat(word(pod(both, "10.0.0.3"))).isEqualTo("compliant");
    assertThat(word(pod(perhaps, "10.0.0.3"))).isEqualTo("compliant");
    for (String source : List.of("10.0.0.1", WORKER)) {
      assertThat(word(pod(METRICS, source))).isEqualTo("compliant");
    }
  }

  @Test
  void placesWithAddressesOfTheirOwnAreToldApart() {
    for (String source : List.of("10.244.1.10", "")) {
      assertThat(word(bothReach(source).judge(METRICS, WITH_PODS, "pod-1", 10255, false)))
          .isEqualTo("compliant");
    }
  }

  @Test
  void whatStoppedTheOtherAllTheSameCanTellThemApart() {
    World world =
        new World()
            .saw("pod-1", WORKER, 10255, OPEN)
            .trusts("pod-1", WORKER)
            .comes("pod-1", WORKER, "10.244.1.10", "10.0.0.1")
            .saw("cp-1", WORKER, 10255, SILENT)
            .reaches("cp-1", WORKER)
            .comes("cp-1", WORKER, "10.0.0.1", "10.0.0.1");
    assertThat(word(world.judge(METRICS, WITH_PODS, "pod-1", 10255, false))).isEqualTo("compliant");
    assertThat(word(world.judge(METRICS, WITH_PODS, "cp-1", 10255, false))).isEqualTo("compliant");
  }

  @Test
  void flowThatIsBlockedStaysMissingWhoeverElseArrivesFromThere() {
    World world =
        new World()
            .saw("pod-1", WORKER, 10255, SILENT)
            .reaches("pod-1", WORKER)
            .comes("pod-1", WORKER, "10.244.1.10", "10.0.0.1")
            .comes("cp-1", WORKER, "10.0.0.1", "10.0.0.1");
    assertThat(word(world.judge(METRICS, WITH_PODS, "pod-1", 10255, false))).isEqualTo("missing");
  }

  @Test
  void placeWithAnAddressOfTheClusterStandsForNoPlaceOutside() {
    for (String[] source :
        new String[][] {
          {"10.0.0.1", "", "an address of the node cp-1"},
          {"192.0.2.7", "10.0.0.1", "an address of the node cp-1"},
          {"10.244.9.9", "", "of the cluster's 10.244.0.0/16"}
        }) {
      World world =
          new World()
              .saw("internet", WORKER, 10255, SILENT)
              .reaches("internet", WORKER)
              .comes("internet", WORKER, source[0], source[1]);
      Judgement judgement = world.judge(METRICS, WITH_PODS, "internet", 10255, false);
      assertThat(word(judgement)).isEqualTo("unverified");
      assertThat(judgement.grade()).isEqualTo(Grade.D);
      assertThat(judgement.because())
          .contains("but it comes as ", source[2])
          .endsWith(": it stands for no place outside");
    }
  }

  @Test
  void placeOutsideAndPlacesInsideAreWhereTheyAre() {
    World world =
        new World()
            .saw("internet", WORKER, 10255, SILENT)
            .reaches("internet", WORKER)
            .comes("internet", WORKER, "192.0.2.7", "")
            .saw("pod-1", WORKER, 10255, SILENT)
            .reaches("pod-1", WORKER)
            .comes("pod-1", WORKER, "10.244.1.10", "")
            .saw("cp-1", WORKER, 10255, SILENT)
            .reaches("cp-1", WORKER)
            .comes("cp-1", WORKER, "10.0.0.1", "");
    assertThat(word(world.judge(METRICS, WITH_PODS, "internet", 10255, false)))
        .isEqualTo("compliant");
    assertThat(word(world.judge(METRICS, WITH_PODS, "pod-1", 10255, false))).isEqualTo("missing");
    assertThat(word(world.judge(METRICS, WITH_PODS, "cp-1", 10255, false))).isEqualTo("compliant");
  }

  @Test
  void loopbackIsEverybodysAddressAndSaysNothing() {
    Inventory trial =
        new InventoryOf()
            .unseen("worker-1", "worker", "127.0.0.1")
            .place("here", "external")
            .build();
    World world =
        new World()
            .saw("here", "127.0.0.1", 10255, SILENT)
            .reaches("here", "127.0.0.1")
            .comes("here", "127.0.0.1", "127.0.0.1", "127.0.0.1");
    Judgement judgement =
        Evaluator.assess(
                Planner.plan(
                    METRICS, trial, new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE)),
                METRICS,
                trial,
                world.observations(),
                false)
            .getFirst()
            .judgements()
            .getFirst();
    assertThat(word(judgement)).isEqualTo("compliant");
  }
}
