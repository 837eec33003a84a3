package io.k8sfw.probes.pacing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StallsTests {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private long now = -7_000 * MILLI;
  private long wall = 1_700_000_000_000L;
  private final Stalls stalls = new Stalls(now, wall);

  private boolean after(long millis, long wallMillis, long expectedMillis) {
    now += millis * MILLI;
    wall += wallMillis;
    return stalls.stalled(now, wall, expectedMillis * MILLI);
  }

  @Test
  void aWaitThatTookWhatItShouldIsNoStall() {
    assertThat(after(0, 0, 0)).isFalse();
    assertThat(after(5, 5, 1000)).isFalse();
    assertThat(after(1000, 1000, 1000)).isFalse();
    assertThat(after(3000, 3000, 1000)).isFalse();
  }

  @Test
  void aWaitThatTookMuchLongerIsOne() {
    assertThat(after(3001, 3001, 1000)).isTrue();
    assertThat(after(1000, 1000, 1000)).isFalse();
  }

  @Test
  void aSuspendShowsOnTheWallClockOnly() {
    assertThat(after(100, 2600, 100)).isTrue();
    assertThat(after(100, 3_600_000, 100)).isTrue();
    assertThat(after(100, 100, 100)).isFalse();
  }

  @Test
  void aStallShowsEvenIfTheWallClockWasSetBackMeanwhile() {
    assertThat(after(2500, 0, 100)).isTrue();
  }

  @Test
  void aClockThatIsSetLooksLikeASuspendOnce() {
    assertThat(after(100, -3_600_000, 100)).isTrue();
    assertThat(after(100, 100, 100)).isFalse();
    assertThat(after(100, 5_000, 60_000)).isTrue();
    assertThat(after(100, 100, 60_000)).isFalse();
  }

  @Test
  void anAdjustedClockIsNoStall() {
    assertThat(after(10_000, 11_000, 20_000)).isFalse();
    assertThat(after(10_000, 11_001, 20_000)).isTrue();
    assertThat(after(10_000, 9_000, 20_000)).isFalse();
    assertThat(after(10_000, 8_999, 20_000)).isTrue();
  }

  @Test
  void whoWaitsForEverIsNeverLate() {
    now += 86_400_000 * MILLI;
    wall += 86_400_000;
    assertThat(stalls.stalled(now, wall, Long.MAX_VALUE)).isFalse();
  }
}
