package io.k8sfw.probes.pacing;

import static io.k8sfw.probes.pacing.SimulatedPath.SECOND;
import static io.k8sfw.probes.pacing.SimulatedPath.both;
import static io.k8sfw.probes.pacing.SimulatedPath.losingEachWay;
import static io.k8sfw.probes.pacing.SimulatedPath.outages;
import static io.k8sfw.probes.pacing.SimulatedPath.policer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.probes.pacing.RateGuard.Verdict;
import io.k8sfw.probes.pacing.SimulatedPath.Obstacle;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateGuardTests {
  private static final int SEEDS = 20;
  private static final double SLOWEST = 10;

  @ParameterizedTest
  @CsvSource({"1000, 100, 20", "5000, 100, 20", "1000, 20, 5", "5000, 20, 5"})
  void endsAtARateThatThePolicerPasses(double rate, double passed, double burst) {
    for (int seed = 0; seed < SEEDS; seed++) {
      RateGuard guard = new RateGuard(rate, SLOWEST);
      SimulatedPath path = new SimulatedPath(guard, new Random(seed));
      path.run(policer(passed, burst), 60);
      assertThat(guard.perSecond()).as("seed %d", seed).isBetween(passed / 4, passed);
      assertThat(path.times(Verdict.RATE_MADE)).isPositive();
      assertThat(guard.slowed())
          .get()
          .asString()
          .containsPattern("^about (8.|9.|100) %% .* lost at %.0f/s and . %% at".formatted(rate))
          .endsWith("something on the way limits the rate");
      // The rate-made loss is not the path's.
      assertThat(guard.steady().upperBound()).isLessThan(0.2);
    }
  }

  @Test
  void findsThePolicerBehindSteadyLoss() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      RateGuard guard = new RateGuard(1000, SLOWEST);
      new SimulatedPath(guard, random).run(both(losingEachWay(0.1, random), policer(100, 20)), 90);
      assertThat(guard.perSecond()).as("seed %d", seed).isBetween(15.0, 100.0);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.05})
  void findsThePolicerThatBeginsInMidScan(double loss) {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      Obstacle lossy = losingEachWay(loss, random);
      RateGuard guard = new RateGuard(1000, SLOWEST);
      SimulatedPath path = new SimulatedPath(guard, random).run(lossy, 30);
      assertThat(guard.perSecond()).isEqualTo(1000);
      path.run(both(lossy, policer(100, 20)), 70);
      assertThat(guard.perSecond()).as("seed %d", seed).isBetween(15.0, 100.0);
    }
  }

  @Test
  void blamesNoSteadyLossOnTheRate() {
    int blamed = 0;
    for (double loss : new double[] {0.01, 0.05, 0.1, 0.2, 0.3}) {
      for (int seed = 0; seed < 3 * SEEDS; seed++) {
        Random random = new Random(seed);
        RateGuard guard = new RateGuard(1000, SLOWEST);
        SimulatedPath path = new SimulatedPath(guard, random).run(losingEachWay(loss, random), 40);
        blamed += path.times(Verdict.RATE_MADE) > 0 ? 1 : 0;
        if (loss > 0.04) {
          assertThat(path.times(Verdict.TRIAL)).isPositive();
          assertThat(guard.perSecond()).as("loss %.2f, seed %d", loss, seed).isEqualTo(1000);
          double roundTrip = 1 - (1 - loss) * (1 - loss);
          assertThat(guard.steady().upperBound()).isBetween(roundTrip * 0.9, roundTrip * 1.5);
        }
      }
    }
    // 300 seeds at 1 in 200.
    assertThat(blamed).isLessThanOrEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {50, 1000})
  void blamesNoOutagesOnTheRate(double rate) {
    int blamed = 0;
    for (int seed = 0; seed < 3 * SEEDS; seed++) {
      Random random = new Random(seed);
      RateGuard guard = new RateGuard(rate, SLOWEST);
      SimulatedPath path = new SimulatedPath(guard, random).run(outages(random), 40);
      blamed += path.times(Verdict.RATE_MADE) > 0 ? 1 : 0;
    }
    assertThat(blamed).isLessThanOrEqualTo(1);
  }

  @Test
  void leavesACleanPathAlone() {
    RateGuard guard = new RateGuard(5000, SLOWEST);
    SimulatedPath path = new SimulatedPath(guard, new Random(1)).run(_ -> true, 60);
    assertThat(path.times(Verdict.STEADY_ON)).isGreaterThan(20_000);
    assertThat(path.times(Verdict.TRIAL)).isZero();
    assertThat(guard.perSecond()).isEqualTo(5000);
    assertThat(guard.slowed()).isEmpty();
    assertThat(guard.steady().lost()).isZero();
    assertThat(guard.steady().asked()).isEqualTo(path.times(Verdict.STEADY_ON));
  }

  @Test
  void decidesNothingWhereNothingPasses() {
    RateGuard guard = new RateGuard(1000, SLOWEST);
    SimulatedPath path = new SimulatedPath(guard, new Random(1)).run(_ -> false, 300);
    assertThat(path.times(Verdict.TRIAL)).isPositive();
    assertThat(path.times(Verdict.RATE_MADE)).isZero();
    assertThat(path.times(Verdict.STEADY_LOSS)).isZero();
    assertThat(guard.perSecond()).isEqualTo(1000.0 / 64);
    assertThat(guard.steady().upperBound()).isEqualTo(1);
  }

  @Test
  void neverGoesBelowTheSlowest() {
    RateGuard guard = new RateGuard(1000, 251);
    SimulatedPath path = new SimulatedPath(guard, new Random(1)).run(policer(100, 20), 60);
    assertThat(path.times(Verdict.TRIAL)).isZero();
    RateGuard once = new RateGuard(1000, 250);
    new SimulatedPath(once, new Random(1)).run(policer(100, 20), 60);
    assertThat(once.perSecond()).isEqualTo(250);
  }

  @Test
  void countsNoCanaryOfAnotherRate() {
    RateGuard guard = new RateGuard(1000, SLOWEST);
    long now = 0;
    Verdict verdict = Verdict.STEADY_ON;
    for (int i = 0; verdict != Verdict.TRIAL; i++) {
      now += SECOND / 10;
      verdict = guard.canary(i % 2 == 0, now, now);
    }
    int asked = guard.steady().asked();
    assertThat(guard.canary(false, now - 1, now + SECOND)).isEqualTo(Verdict.STEADY_ON);
    assertThat(guard.steady().asked()).isEqualTo(asked);
    guard.canary(false, now + 1, now + SECOND);
    assertThat(guard.steady().asked()).isEqualTo(asked + 1);
  }

  @Test
  void needsFourSecondsToBlameTheRate() {
    for (int seed = 0; seed < SEEDS; seed++) {
      RateGuard guard = new RateGuard(5000, SLOWEST);
      SimulatedPath path = new SimulatedPath(guard, new Random(seed));
      Obstacle policer = policer(20, 5);
      long trialSince = path.now();
      double rate = guard.perSecond();
      while (path.times(Verdict.RATE_MADE) == 0) {
        path.run(policer, 0.1);
        if (guard.perSecond() != rate) {
          rate = guard.perSecond();
          trialSince = path.now();
        }
      }
      assertThat(path.now() - trialSince).isGreaterThan(SECOND * 39 / 10);
    }
  }

  @Test
  void neighbourThatIsLimitedLimitsThisOneTooAndNeverSpeedsItUp() {
    RateGuard guard = new RateGuard(1000, SLOWEST);
    for (int i = 0; i < 50; i++) {
      guard.canary(true, i, i);
    }
    assertThat(guard.limit(50, SECOND)).isTrue();
    assertThat(guard.perSecond()).isEqualTo(50);
    assertThat(guard.steady().asked()).isZero();
    assertThat(guard.slowed()).hasValueSatisfying(why -> assertThat(why).contains("50/s"));
    guard.canary(true, SECOND - 1, SECOND + 1);
    assertThat(guard.steady().asked()).isZero();
    assertThat(guard.limit(100, SECOND)).isFalse();
    assertThat(guard.perSecond()).isEqualTo(50);
  }

  @Test
  void aRateOfNothingIsOurBug() {
    assertThatThrownBy(() -> new RateGuard(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RateGuard(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
