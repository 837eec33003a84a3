package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Summary;
import io.k8sfw.vantage.Pace;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// What the demo shows where it cannot have its cluster.
class LoopbackDemoTests {
  @Test
  void showsOneOfEach() throws Exception {
    Terminal terminal = new Terminal();
    try (LoopbackDemo demo = new LoopbackDemo()) {
      Matrix matrix = demo.matrix();
      Inventory inventory =
          InventoryReader.read(
              "demo.yaml", demo.inventoryYaml().getBytes(StandardCharsets.UTF_8), matrix);

      AuditResult result =
          new Auditing(terminal.streams(), true, ProgressMeter.Style.NONE)
              .audit(
                  matrix,
                  inventory,
                  new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE),
                  false,
                  true);

      Summary summary = Summary.of(result);
      assertThat(summary.planned()).isEqualTo(3);
      assertThat(summary.compliant()).isEqualTo(1);
      assertThat(summary.overExposed()).isEqualTo(1);
    }
  }
}
