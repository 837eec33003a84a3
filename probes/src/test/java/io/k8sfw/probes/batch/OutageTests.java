package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class OutageTests {
  private static final long NOW = 5_000_000_000L;

  private final Outage outage = new Outage(new Random(3));

  private double pauseAfterFailure(boolean slow) {
    outage.failed(slow, NOW);
    return outage.nanosLeft(NOW) / 1e9;
  }

  @Test
  void firstFailureIsLookedIntoAtOnce() {
    assertThat(pauseAfterFailure(false)).isZero();
    assertThat(outage.lasts()).isTrue();
  }

  @Test
  void whatOnlyIcmpAnswersHasToRestFirst() {
    assertThat(pauseAfterFailure(true)).isBetween(1.1, 1.47);
  }

  @Test
  void pausesGrowUntilTheAddressIsGivenUp() {
    pauseAfterFailure(false);
    for (int pause : new int[] {1, 2, 4, 8}) {
      assertThat(pauseAfterFailure(true)).isBetween(pause * 1.0, pause * 4 / 3.0 + 0.01);
      assertThat(outage.isForGood()).isFalse();
    }
    assertThat(pauseAfterFailure(true)).isLessThan(8 * 4 / 3.0 + 0.01);
    assertThat(outage.isForGood()).isTrue();
  }

  /// Or they would fall into step with something that comes and goes.
  @Test
  void pausesDiffer() {
    pauseAfterFailure(false);
    double first = pauseAfterFailure(false);
    outage.ended();
    pauseAfterFailure(false);
    assertThat(pauseAfterFailure(false)).isNotEqualTo(first);
  }

  @Test
  void pauseRunsOut() {
    outage.failed(false, NOW);
    outage.failed(false, NOW);
    long left = outage.nanosLeft(NOW);
    assertThat(outage.nanosLeft(NOW + 1000)).isEqualTo(left - 1000);
    assertThat(outage.nanosLeft(NOW + left)).isZero();
    assertThat(outage.nanosLeft(NOW + 10 * left)).isZero();
  }

  @Test
  void bracketThatHoldsEndsTheRow() {
    for (int i = 0; i < 5; i++) {
      outage.failed(false, NOW);
    }
    outage.ended();
    assertThat(outage.lasts()).isFalse();
    assertThat(pauseAfterFailure(false)).isZero();
    assertThat(outage.isForGood()).isFalse();
  }
}
