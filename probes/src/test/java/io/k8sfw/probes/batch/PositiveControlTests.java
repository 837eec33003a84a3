package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.probes.pacing.Loss;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class PositiveControlTests {
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("10.0.0.1");

  private final PositiveControl control = new PositiveControl("here", ADDRESS);

  private static Control told(Phase phase, int port, boolean holds, String detail) {
    return new Control("here", ADDRESS, Kind.POSITIVE, phase, port, holds, detail);
  }

  private static Loss canaries(int asked, int lost) {
    Loss loss = new Loss();
    for (int i = 0; i < asked; i++) {
      loss.count(i >= lost);
    }
    return loss;
  }

  @Test
  void addressThatNeverAnsweredIsSaidTo() {
    assertThat(control.controls())
        .containsExactly(
            told(
                Phase.AFTER, 0, false, "nothing on this address answered that may be asked again"));
  }

  @Test
  void newestOfEachPhaseIsToldInTheOrderOfThePhases() {
    control.began(80);
    control.asked(443);
    control.holds(Phase.AFTER, canaries(10, 1));
    control.holds(Phase.DURING, canaries(4, 0));
    control.asked(444);
    control.holds(Phase.DURING, canaries(5, 2));
    assertThat(control.controls())
        .containsExactly(
            told(Phase.BEFORE, 80, true, "port 80 answers"),
            told(Phase.DURING, 444, true, "port 444 still answers; 3 of 5 canaries did"),
            told(Phase.AFTER, 443, true, "port 443 still answers; 9 of 10 canaries did"));
  }

  @Test
  void everyEndThatIsNoneSaysWhy() {
    control.began(80);
    control.fellSilent();
    assertThat(last())
        .isEqualTo(told(Phase.AFTER, 80, false, "port 80 answered before, and does not any more"));
    control.changedSides();
    assertThat(last())
        .isEqualTo(told(Phase.AFTER, 80, false, "port 80 was open before, and refuses now"));
    control.isSpent();
    assertThat(last().detail()).endsWith("no other may be asked as often");
    control.lostNeighbours();
    assertThat(last().detail()).startsWith("its neighbours do not answer any more");
    assertThat(control.controls()).hasSize(2);
  }

  private Control last() {
    return control.controls().getLast();
  }
}
