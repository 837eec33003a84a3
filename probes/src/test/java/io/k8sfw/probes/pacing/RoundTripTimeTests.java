package io.k8sfw.probes.pacing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RoundTripTimeTests {
  private final RoundTripTime rtt = new RoundTripTime();

  private void heardMillis(long... millis) {
    for (long one : millis) {
      rtt.heard(TimeUnit.MILLISECONDS.toNanos(one));
    }
  }

  private double patienceMillis() {
    return rtt.patienceNanos() / 1e6;
  }

  @Test
  void waitsASecondForAnUnknownAddress() {
    assertThat(rtt.known()).isFalse();
    assertThat(patienceMillis()).isEqualTo(1000);
  }

  @Test
  void firstAnswerCountsTriple() {
    heardMillis(200);
    assertThat(rtt.known()).isTrue();
    assertThat(patienceMillis()).isEqualTo(200 + 4 * 100);
  }

  @Test
  void followsTheRfc() {
    heardMillis(200, 280);
    // RTTVAR = 3/4 * 100 + 1/4 * |200 - 280| = 95, by the SRTT before; SRTT = 7/8 * 200 + 1/8 *
    // 280.
    assertThat(patienceMillis()).isEqualTo(210 + 4 * 95);
    heardMillis(130);
    // RTTVAR = 3/4 * 95 + 1/4 * 80 = 91.25; SRTT = 7/8 * 210 + 1/8 * 130 = 200.
    assertThat(patienceMillis()).isEqualTo(200 + 4 * 91.25);
  }

  @Test
  void aNearAddressGetsItsFloor() {
    heardMillis(1, 1, 1);
    assertThat(patienceMillis()).isEqualTo(100);
  }

  @Test
  void aSteadyAddressGetsTheGranularityOnTop() {
    for (int i = 0; i < 200; i++) {
      heardMillis(300);
    }
    assertThat(patienceMillis()).isEqualTo(310);
  }

  @Test
  void neverWaitsLongerThanAnAttemptIsWorth() {
    // 980 + 4 * 490.
    heardMillis(980);
    assertThat(patienceMillis()).isEqualTo(2940);
    for (int i = 0; i < 20; i++) {
      heardMillis(0, 980, 980);
    }
    assertThat(patienceMillis()).isLessThanOrEqualTo(3000);
  }

  @Test
  void whatMayAnswerARepeatedSynTellsNothing() {
    heardMillis(990, 1001, 2500);
    assertThat(rtt.known()).isFalse();
    heardMillis(200, 1200);
    assertThat(patienceMillis()).isEqualTo(600);
    assertThat(RoundTripTime.isAmbiguous(990_000_000)).isTrue();
    assertThat(RoundTripTime.isAmbiguous(989_000_000)).isFalse();
    heardMillis(989);
    assertThat(patienceMillis()).isGreaterThan(600);
  }

  @Test
  void anAnswerBeforeItsQuestionIsOurBug() {
    assertThatThrownBy(() -> rtt.heard(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
