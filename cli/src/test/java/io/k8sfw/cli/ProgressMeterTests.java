package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressMeterTests {
  private final Terminal terminal = new Terminal();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void saysHowFarHowFastAndHowLong() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      pass(meter, 2, 250, 500);

      assertThat(meter.line())
          .isEqualTo("probing 1,500 of 3,000 ports (50%), 750/s, 2 s left, 2 vantage points");
    }
  }

  @Test
  void theVantagePointThatNeedsLongestDecides() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      pass(meter, 2, 250, 10);

      assertThat(meter.line()).contains(", 260/s, 3 min left, 2 vantage points");
    }
  }

  @Test
  void guessesNothingBeforeTheFirstAnswer() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      assertThat(meter.line())
          .isEqualTo("probing 0 of 3,000 ports (0%), 0/s, time left unknown, 2 vantage points");
    }
  }

  @Test
  void guessesNothingForAVantagePointThatSettledNothing() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      pass(meter, 4, 250, 0);

      assertThat(meter.line())
          .isEqualTo(
              "probing 1,000 of 3,000 ports (33%), 250/s, time left unknown, 1 vantage point");
    }
  }

  @Test
  void longWaitsAreInMinutesAndHours() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      pass(meter, 1, 1000, 1);
      assertThat(meter.line()).contains(" 33 min left");
    }
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      pass(meter, 10, 100, 0);
      meter.settled("there", 1);
      assertThat(meter.line()).contains(" 6 h left");
    }
  }

  @Test
  void rateThatFallsMakesTheTimeLeftGrow() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      meter.settled("here", 1000);
      pass(meter, 20, 0, 50);
      assertThat(meter.line()).contains(" 50/s, 20 s left");

      pass(meter, 20, 0, 5);

      assertThat(meter.line()).contains("(70%), 5/s, 33 s to 3 min left");
    }
  }

  @Test
  void burstAfterAPauseDoesNotPromiseAnEarlyEnd() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      meter.settled("here", 1000);
      pass(meter, 1, 0, 500);
      pass(meter, 120, 0, 0);
      pass(meter, 1, 0, 500);

      // 1,000 took 122 s, and 1,000 are left.
      assertThat(meter.line()).contains(" 2 min left");
    }
  }

  @Test
  void whereNothingSettlesItSaysForHowLong() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      meter.settled("here", 1000);
      pass(meter, 10, 0, 100);
      pass(meter, 4, 0, 0);
      assertThat(meter.line()).contains("/s, ");

      pass(meter, 26, 0, 0);

      assertThat(meter.line())
          .isEqualTo(
              "probing 2,000 of 3,000 ports (66%), nothing settled for 30 s, 40 s to 3 min left, 1"
                  + " vantage point");

      pass(meter, 200, 0, 0);
      assertThat(meter.line()).contains("nothing settled for 4 min, time left unknown");
    }
  }

  @Test
  void littleIsNotNothingAndAlmostAllIsNotAll() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      pass(meter, 1, 1, 0);
      assertThat(meter.line()).contains("(<1%)");

      pass(meter, 1, 999, 1999);
      assertThat(meter.line()).contains("(99%)", " 1 s left");

      pass(meter, 1, 0, 1);
      assertThat(meter.line()).contains("(100%)", " 0 s left, 0 vantage points");
    }
  }

  /// Seconds in each of which `here` and `there` settle so many ports.
  private void pass(ProgressMeter meter, int seconds, long here, long there) {
    for (int i = 0; i < seconds; i++) {
      nanos.addAndGet(1_000_000_000L);
      if (here > 0) {
        meter.settled("here", here);
      }
      if (there > 0) {
        meter.settled("there", there);
      }
    }
  }

  @Test
  void nothingIsWrittenWithoutAStyle() {
    meter(ProgressMeter.Style.NONE).close();

    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void theRewrittenLineIsTakenAwayAtTheEnd() {
    meter(ProgressMeter.Style.REWRITE).close();

    assertThat(terminal.err()).endsWith("\r\u001b[K").doesNotContain("\n");
  }

  @Test
  void theUsersWishToStopIsHandedOn() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE);
        var _ = terminal.stop().orderly()) {
      assertThat(meter.cancelled()).isFalse();

      terminal.stop().heard(Stop.Signal.INT);

      assertThat(meter.cancelled()).isTrue();
    }
  }

  private ProgressMeter meter(ProgressMeter.Style style) {
    return new ProgressMeter(
        terminal.streams(), style, List.of(order("here", 1000), order("there", 2000)), nanos::get);
  }

  private static ProbeOrder order(String vantage, int ports) {
    return new ProbeOrder(
        vantage,
        List.of(
            new ProbeOrder.Target(
                Optional.empty(),
                InetAddress.getLoopbackAddress(),
                Protocol.TCP,
                PortSet.of(1, ports),
                PortSet.NONE,
                PortSet.NONE)),
        Pace.FAST,
        1,
        false,
        Integer.MAX_VALUE);
  }
}
