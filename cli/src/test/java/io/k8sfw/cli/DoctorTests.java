package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.probes.SelfCheck;
import java.util.List;
import org.junit.jupiter.api.Test;

class DoctorTests {
  @Test
  void whatIsEssentialIsLookedAt() {
    List<String> looked = SelfCheck.run().stream().map(SelfCheck.Line::what).toList();

    assertThat(DoctorCommand.ESSENTIAL.stream().filter(e -> !e.equals("loopback")))
        .isSubsetOf(looked);
  }

  @Test
  void thisMachineCanProbe() {
    Terminal terminal = new Terminal();

    assertThat(terminal.run("doctor")).as(terminal.out()).isZero();
    assertThat(terminal.out())
        .contains("ok", "Java 25 or newer", "an open port on loopback", "the demo's cluster")
        .endsWith("This machine can probe.\n");
  }
}
