package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StopTests {
  private final List<String> ends = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final Stop stop =
      new Stop(nanos::get, code -> ends.add("exit " + code), code -> ends.add("halt " + code));

  @Test
  void aSignalEndsTheProcessAtOnceWhereNothingIsToBeFinished() {
    stop.heard(Stop.Signal.INT);

    assertThat(ends).containsExactly("exit 130");
    assertThat(stop.requested()).isEmpty();
  }

  @Test
  void theFirstSignalOnlyAsksAndTheSecondHalts() {
    try (var _ = stop.orderly()) {
      stop.heard(Stop.Signal.TERM);
      assertThat(ends).isEmpty();
      assertThat(stop.requested()).contains(Stop.Signal.TERM);

      nanos.set(1_000_000_000L);
      stop.heard(Stop.Signal.INT);
      assertThat(ends).containsExactly("halt 130");
      assertThat(stop.requested()).contains(Stop.Signal.TERM);
    }
  }

  @Test
  void theSameSignalHeardTwiceIsOne() {
    try (var _ = stop.orderly()) {
      stop.heard(Stop.Signal.INT);
      nanos.set(100_000_000L);
      stop.heard(Stop.Signal.TERM);

      assertThat(ends).isEmpty();
      assertThat(stop.requested()).contains(Stop.Signal.INT);
    }
  }

  @Test
  void afterTheOrderlyPartSignalsEndTheProcessAgain() {
    try (var _ = stop.orderly()) {
      assertThat(ends).isEmpty();
    }

    stop.heard(Stop.Signal.TERM);

    assertThat(ends).containsExactly("exit 143");
  }
}
