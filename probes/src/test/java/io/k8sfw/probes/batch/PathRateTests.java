package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.probes.batch.MadeUpNeighbourhood.Address;
import io.k8sfw.probes.batch.PathRate.Sent;
import io.k8sfw.probes.batch.PathRate.Told;
import java.util.Random;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.Test;

class PathRateTests {
  private static final long MILLI = 1_000_000;

  private final MadeUpNeighbourhood neighbourhood = new MadeUpNeighbourhood();
  private final Address here = neighbourhood.address();
  private final Address beside = neighbourhood.address();
  private final PathRate rate = here.guard().rate();
  private long now = 1000 * MILLI;

  private Sent sent() {
    Sent canary = new Sent();
    rate.sent(canary, now++);
    return canary;
  }

  private void steadyIs(int asked, int lost) {
    assertThat(rate.steady().asked()).isEqualTo(asked);
    assertThat(rate.steady().lost()).isEqualTo(lost);
    assertThat(neighbourhood.neighbours().asked()).isEqualTo(asked);
  }

  @Test
  void canariesAreCountedInTheOrderInWhichTheyWereSent() {
    Sent lost = sent();
    Sent slow = sent();
    Sent first = sent();
    Sent second = sent();
    rate.landed(first, Told.HELD, now);
    rate.landed(second, Told.HELD, now);
    steadyIs(0, 0);
    rate.landed(lost, Told.LOST, now);
    steadyIs(1, 1);
    rate.landed(slow, Told.HELD, now);
    steadyIs(4, 1);
  }

  @Test
  void canaryThatTellsNothingHoldsUpNoOther() {
    Sent nothing = sent();
    Sent held = sent();
    rate.landed(held, Told.HELD, now);
    rate.landed(nothing, Told.NOTHING, now);
    steadyIs(1, 0);
  }

  /// Attempts and canaries for so long, at the rate that is allowed.
  ///
  /// @param most attempts a second that leave, whatever is allowed
  /// @param limited whether a limiter drops half of what comes at that rate
  /// @return whether our own rate was found to lose packets
  private boolean run(int seconds, double most, DoublePredicate limited) {
    Random random = new Random(4);
    double due = 0;
    for (int tick = 0; tick < 100 * seconds; tick++) {
      now += 10 * MILLI;
      double leaving = Math.min(most, rate.perSecond());
      for (due += leaving / 100; due >= 1; due--) {
        rate.leaves(now);
      }
      boolean lost = limited.test(leaving) && random.nextBoolean();
      rate.landed(sent(), lost ? Told.LOST : Told.HELD, now);
      if (rate.foundRateMade()) {
        return true;
      }
    }
    return false;
  }

  @Test
  void limiterSlowsTheAddressAndItsNeighbours() {
    double before = rate.perSecond();
    assertThat(run(60, before, leaving -> leaving > before / 2)).isTrue();
    assertThat(rate.perSecond()).isLessThan(before / 2);
    assertThat(rate.slowed().orElseThrow()).contains("limits the rate");
    assertThat(rate.foundRateMade()).isFalse();

    PathRate other = beside.guard().rate();
    assertThat(other.perSecond()).isEqualTo(rate.perSecond());
    assertThat(other.foundRateMade()).isTrue();
    assertThat(other.slowed().orElseThrow()).contains("to a neighbour");
  }

  /// A quarter of what nothing ever reaches would change nothing.
  @Test
  void rateIsTriedAgainstWhatReallyLeaves() {
    assertThat(run(60, 400, leaving -> leaving > 300)).isTrue();
    assertThat(rate.perSecond()).isBetween(75.0, 125.0);
  }

  @Test
  void lossThatNoRateMakesSlowsNothing() {
    double before = rate.perSecond();
    assertThat(run(120, before, _ -> true)).isFalse();
    assertThat(rate.perSecond()).isEqualTo(before);
    assertThat(rate.slowed()).isEmpty();
  }
}
