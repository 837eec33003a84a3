package io.k8sfw.evaluate;

import static io.k8sfw.evaluate.World.OPEN;
import static io.k8sfw.evaluate.World.SILENT;
import static io.k8sfw.evaluate.World.WORKER;
import static io.k8sfw.evaluate.World.word;
import static io.k8sfw.matrix.Expectation.PERMITTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.NodePortService.TrafficPolicy;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.observation.Observation;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServedNodePortsTests {
  private static final Matrix NODE_PORTS =
      new MatrixOf().rule("np", "external", "worker", "tcp/30000-32767", PERMITTED).build();

  private static Inventory served(
      TrafficPolicy policy, @org.jspecify.annotations.Nullable List<String> endpointNodes) {
    return new InventoryOf()
        .unseen("worker-1", "worker", WORKER)
        .place("internet", "external")
        .place("admin", "cluster-admin")
        .service(30080, policy, endpointNodes)
        .build();
  }

  private static Judgement nodePort(Inventory inventory, String vantage, Observation what) {
    World world = new World().saw(vantage, WORKER, 30080, what).reaches(vantage, WORKER);
    return world.trusts(vantage, WORKER).judge(NODE_PORTS, inventory, vantage, 30080, false);
  }

  @Test
  void silentNodePortIsMissingOnlyWhereThereIsSomewhereToForwardIt() {
    Inventory here = served(TrafficPolicy.LOCAL, List.of("worker-1"));
    Inventory elsewhere = served(TrafficPolicy.LOCAL, List.of("worker-2"));
    Inventory nowhere = served(TrafficPolicy.CLUSTER, List.of());
    assertThat(word(nodePort(here, "internet", SILENT))).isEqualTo("missing");
    assertThat(word(nodePort(elsewhere, "internet", SILENT))).isEqualTo("compliant");
    assertThat(word(nodePort(nowhere, "internet", SILENT))).isEqualTo("compliant");
  }

  @Test
  void silentNodePortOfUnknownEndpointsIsUnverifiedAndAnOpenOneIsNot() {
    Inventory unknown = served(TrafficPolicy.LOCAL, null);
    Judgement silent = nodePort(unknown, "internet", SILENT);
    assertThat(word(silent)).isEqualTo("unverified");
    assertThat(silent.because()).contains("(default/web has an endpoint on worker-1)");
    assertThat(word(nodePort(unknown, "internet", OPEN))).isEqualTo("compliant");
  }

  @Test
  void forbiddenNodePortThatNobodyForwardsIsNotProvenClosed() {
    Judgement unserved =
        nodePort(served(TrafficPolicy.LOCAL, List.of("worker-2")), "admin", SILENT);
    assertThat(word(unserved)).isEqualTo("closed-unproven");
    assertThat(unserved.because()).contains("default/web has no endpoint for worker-1");
    assertThat(word(nodePort(served(TrafficPolicy.LOCAL, null), "admin", SILENT)))
        .isEqualTo("closed-unproven");
    assertThat(word(nodePort(served(TrafficPolicy.LOCAL, List.of("worker-1")), "admin", SILENT)))
        .isEqualTo("compliant");
    assertThat(word(nodePort(served(TrafficPolicy.CLUSTER, List.of()), "admin", OPEN)))
        .isEqualTo("over-exposed");
  }
}
