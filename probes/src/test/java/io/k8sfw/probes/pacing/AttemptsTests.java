package io.k8sfw.probes.pacing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttemptsTests {
  @ParameterizedTest
  @CsvSource({
    "0, 4",
    "1e-9, 4",
    "0.01, 4",
    "0.0316, 4",
    "0.032, 5",
    "0.1, 6",
    "0.19, 9",
    "0.36, 14",
    "0.51, 21",
    "0.56, 24",
    "0.57, 25",
    "0.9, 132"
  })
  void packetsFollowTheLoss(double loss, int packets) {
    assertThat(Attempts.packets(loss)).isEqualTo(packets);
  }

  @Test
  void packetsAreTheFewestThatLossExplainsOnceInAMillion() {
    for (double loss = 0.04; loss < 0.99; loss += 0.001) {
      int packets = Attempts.packets(loss);
      assertThat(Math.pow(loss, packets)).isLessThanOrEqualTo(1e-6 * 1.0001);
      assertThat(Math.pow(loss, packets - 1)).isGreaterThan(1e-6);
    }
  }

  @Test
  void noNumberIsEnoughWhereEverythingIsLost() {
    assertThat(Attempts.packets(1)).isEqualTo(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, 1.01, Double.NaN})
  void noShareIsOurBug(double loss) {
    assertThatThrownBy(() -> Attempts.packets(loss)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void lossIsTooHighAboveTwentyFourPackets() {
    assertThat(Attempts.tooHigh(0)).isFalse();
    assertThat(Attempts.tooHigh(0.56)).isFalse();
    assertThat(Attempts.tooHigh(0.5601)).isTrue();
    assertThat(Attempts.tooHigh(1)).isTrue();
    assertThat(Attempts.tooHigh(Double.NaN)).isTrue();
  }
}
