package io.k8sfw.probes.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PodKeeperTests {
  private final AtomicLong now = new AtomicLong();

  @Test
  void itEndsWhenItWasAloneForMinutes() throws Exception {
    keeper(_ -> false).keep();

    assertThat(Duration.ofNanos(now.get())).isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
  }

  @Test
  void itStaysAsLongAsAnAgentIsThere() throws Exception {
    Duration busy = Duration.ofHours(2);

    keeper(time -> time.compareTo(busy) < 0).keep();

    assertThat(Duration.ofNanos(now.get())).isBetween(busy.plusMinutes(4), busy.plusMinutes(6));
  }

  /// Without this a pod would never outlive its fifth minute, or never end.
  @Test
  void anotherProcessOfTheSameProgramIsCompany() throws Exception {
    Process other = new ProcessBuilder(Agents.command()).start();
    try {
      assertThat(PodKeeper.isAccompanied()).isTrue();
    } finally {
      other.getOutputStream().close();
      assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  private interface Company {
    boolean at(Duration time);
  }

  private PodKeeper keeper(Company company) {
    return new PodKeeper(
        () -> company.at(Duration.ofNanos(now.get())),
        now::get,
        moment -> now.addAndGet(moment.toNanos()));
  }
}
