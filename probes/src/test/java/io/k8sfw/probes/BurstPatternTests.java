package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BurstPatternTests {
  /// The same draws each time.
  private final Random random = new Random(4);

  private static List<Long> counter(BurstPattern pattern, int burst, Random noise, int busy) {
    List<Long> rises = new ArrayList<>();
    for (int i = 0; i < BurstPattern.WINDOWS; i++) {
      rises.add((long) (pattern.sends(i) ? burst : 0) + (busy == 0 ? 0 : noise.nextInt(busy)));
    }
    return rises;
  }

  @Test
  void halfOfTheWindowsAreChosenAndNotAlwaysTheSame() {
    BurstPattern one = BurstPattern.random(random);
    assertThat(Integer.bitCount(one.bits())).isEqualTo(BurstPattern.WINDOWS / 2);
    assertThat(one).isNotEqualTo(BurstPattern.random(random));
  }

  @Test
  void counterThatFollowsTheBurstsIsNoAccident() {
    BurstPattern pattern = BurstPattern.random(random);
    assertThat(pattern.chance(counter(pattern, 3, random, 0))).isEqualTo(1 / 12870.0);
    assertThat(pattern.chance(counter(pattern, 3, random, 3))).isLessThan(0.001);
  }

  @Test
  void counterThatStandsStillOrRisesEvenlyTellsNothing() {
    BurstPattern pattern = BurstPattern.random(random);
    assertThat(pattern.chance(counter(pattern, 0, random, 0))).isEqualTo(1);
    assertThat(pattern.chance(java.util.Collections.nCopies(BurstPattern.WINDOWS, 7L)))
        .isEqualTo(1);
  }

  @Test
  void busyCounterIsTakenForOursNoMoreOftenThanTheLevelSays() {
    int errors = 0;
    for (int i = 0; i < 400; i++) {
      BurstPattern pattern = BurstPattern.random(random);
      errors += pattern.chance(counter(pattern, 0, random, 1000)) <= 0.05 ? 1 : 0;
    }
    // 20 are expected; 36 or more in one of 2,000 draws of this kind.
    assertThat(errors).isLessThan(36);
  }
}
