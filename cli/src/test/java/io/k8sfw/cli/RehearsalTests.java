package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class RehearsalTests {
  @Test
  void everyCommandEndsAsItDoesForUsers() throws Exception {
    Map<String, Integer> exitCodes = Rehearsal.perform(Stop.never());

    assertThat(exitCodes)
        .containsEntry("--help", 0)
        .containsEntry("version", 0)
        .containsEntry("runn", 2)
        .containsEntry("matrix list", 0)
        .containsEntry("matrix show builtin:seed", 0)
        .containsEntry("matrix lint builtin:seed --against builtin:seed-corrected", 1)
        .containsEntry("plan -m builtin:seed -i cluster.yaml", 0)
        .containsEntry("report --from results.json -o html=again.html", 1)
        .hasEntrySatisfying(
            "run --pace fast -m matrix.yaml -i inventory.yaml -o text -o json=results.json"
                + " -o junit=junit.xml -o html=report.html",
            code -> assertThat(code).isEqualTo(1))
        .hasSize(9);
  }
}
