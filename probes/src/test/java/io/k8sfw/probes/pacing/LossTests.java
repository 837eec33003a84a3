package io.k8sfw.probes.pacing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LossTests {
  private static Loss of(int asked, int lost) {
    Loss loss = new Loss();
    for (int i = 0; i < asked; i++) {
      loss.count(i >= lost);
    }
    return loss;
  }

  /// P[Binomial(n, p) = k], multiplied out.
  private static double exactly(int n, int k, double p) {
    double chance = 1;
    for (int i = 1; i <= k; i++) {
      chance *= p * (n - k + i) / i;
    }
    for (int i = 0; i < n - k; i++) {
      chance *= 1 - p;
    }
    return chance;
  }

  private static double atMost(int n, int k, double p) {
    double chance = 0;
    for (int i = 0; i <= k; i++) {
      chance += exactly(n, i, p);
    }
    return chance;
  }

  @Test
  void knowsNothingBeforeItAsks() {
    Loss loss = new Loss();
    assertThat(loss.upperBound()).isEqualTo(1);
    assertThat(loss.explains(24, 24)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 18, 300, 100_000})
  void boundOfNoneLostIsTheRootOfOneInTwenty(int asked) {
    assertThat(of(asked, 0).upperBound()).isCloseTo(1 - Math.pow(0.05, 1.0 / asked), within(1e-12));
  }

  @ParameterizedTest
  @CsvSource({"2,1", "8,2", "18,3", "18,17", "100,19", "300,1", "300,150"})
  void boundIsWhereSoFewLostHaveAChanceOfOneInTwenty(int asked, int lost) {
    assertThat(atMost(asked, lost, of(asked, lost).upperBound())).isCloseTo(0.05, within(1e-7));
  }

  @Test
  void boundIsOneWhenAllAreLost() {
    assertThat(of(5, 5).upperBound()).isEqualTo(1);
  }

  @Test
  void boundFollowsTheCounts() {
    Loss loss = of(20, 0);
    double clean = loss.upperBound();
    loss.count(false);
    double dirty = loss.upperBound();
    assertThat(dirty).isGreaterThan(clean);
    loss.add(of(100, 0));
    assertThat(loss.upperBound()).isLessThan(dirty);
    assertThat(loss.asked()).isEqualTo(121);
    assertThat(loss.lost()).isEqualTo(1);
    loss.clear();
    assertThat(loss.asked()).isZero();
    assertThat(loss.lost()).isZero();
    assertThat(loss.upperBound()).isEqualTo(1);
  }

  @Test
  void addsWhatWasLostElsewhere() {
    Loss loss = of(10, 1);
    loss.add(of(20, 4));
    assertThat(loss.asked()).isEqualTo(30);
    assertThat(loss.lost()).isEqualTo(5);
  }

  @ParameterizedTest
  @CsvSource({"300,0", "100,4", "30,3", "18,6"})
  void explainsSilenceUpToOneInAMillion(int asked, int lost) {
    Loss loss = of(asked, lost);
    for (int attempts = 1; attempts <= 24; attempts++) {
      for (int silent = 0; silent <= attempts; silent++) {
        double chance = 1 - atMost(attempts, silent - 1, loss.upperBound());
        if (Math.abs(chance - 1e-6) > 1e-8) {
          assertThat(loss.explains(attempts, silent))
              .as("%d of %d silent", silent, attempts)
              .isEqualTo(chance > 1e-6);
        }
      }
    }
  }

  @Test
  void nothingSilentNeedsNoExplanation() {
    assertThat(of(300, 0).explains(5, 0)).isTrue();
    assertThat(of(300, 0).explains(0, 0)).isTrue();
  }

  @Test
  void chanceIsThatOfSoManyOrMoreAtTheBound() {
    double bound = of(10, 2).upperBound();
    assertThat(of(10, 2).chance(3, 3)).isCloseTo(Math.pow(bound, 3), within(1e-12));
    assertThat(of(10, 2).chance(3, 0)).isEqualTo(1);
  }

  @Test
  void moreSilentThanAskedIsOurBug() {
    assertThatThrownBy(() -> of(9, 0).explains(3, 4)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> of(9, 0).explains(3, -1)).isInstanceOf(IllegalArgumentException.class);
  }
}
