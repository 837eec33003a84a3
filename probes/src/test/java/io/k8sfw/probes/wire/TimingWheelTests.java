package io.k8sfw.probes.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimingWheelTests {
  private static final long START = Long.MAX_VALUE - 1_000_000_000L;

  private final TimingWheel wheel = new TimingWheel(START);
  private final List<Attempt> ended = new ArrayList<>();

  private static Attempt waiting(long nanos) {
    return new TcpAttempt(InetAddress.getLoopbackAddress(), 1, 0, Duration.ofNanos(nanos), _ -> {});
  }

  @Test
  void nothingEndsBeforeItsTimeOrLongAfterIt() {
    var random = new Random(42);
    Set<Attempt> waiting = new HashSet<>();
    List<Attempt> all = new ArrayList<>();
    List<Long> due = new ArrayList<>();
    long now = START;
    for (int step = 0; step < 6000; step++) {
      // From nothing to three turns of the wheel; now and then the clock leaps further than a turn.
      now += step % 500 == 499 ? 5_000_000_000L : random.nextLong(2_000_000);
      long at = now;
      wheel.expire(now, ended::add);
      for (Attempt each : ended) {
        assertThat(waiting.remove(each)).isTrue();
        assertThat(due.get(all.indexOf(each)) - at).isLessThanOrEqualTo(0);
      }
      ended.clear();
      for (Attempt each : waiting) {
        assertThat(due.get(all.indexOf(each)) + 2 * TimingWheel.TICK - at).isPositive();
      }
      if (waiting.size() < 40) {
        long patience = random.nextLong(6_000_000_000L);
        Attempt attempt = waiting(patience);
        wheel.add(attempt, now);
        waiting.add(attempt);
        all.add(attempt);
        due.add(now + patience);
      } else if (random.nextInt(3) == 0) {
        Attempt gone = waiting.iterator().next();
        wheel.remove(gone);
        waiting.remove(gone);
      }
      assertThat(wheel.isEmpty()).isEqualTo(waiting.isEmpty());
    }
  }

  @Test
  void nextDueIsNeverAfterTheNextThatIsDue() {
    Attempt attempt = waiting(7_000_000_000L);
    long due = wheel.add(attempt, START);
    long now = START;
    int looks = 0;
    while (ended.isEmpty()) {
      assertThat(wheel.nextDue() - now).isPositive();
      assertThat(wheel.nextDue() - due).isLessThanOrEqualTo(0);
      now = wheel.nextDue();
      wheel.expire(now, ended::add);
      looks++;
    }
    assertThat(ended).containsExactly(attempt);
    assertThat(now).isEqualTo(due);
    assertThat(looks).isLessThan(10);
  }

  @Test
  void whatWasRemovedDoesNotEnd() {
    Attempt first = waiting(1);
    Attempt second = waiting(1);
    Attempt third = waiting(1);
    List.of(first, second, third).forEach(each -> wheel.add(each, START));
    wheel.remove(second);
    wheel.remove(second);
    wheel.expire(START + 1_000_000_000L, ended::add);
    assertThat(ended).containsExactlyInAnyOrder(first, third);
    assertThat(wheel.isEmpty()).isTrue();
  }
}
