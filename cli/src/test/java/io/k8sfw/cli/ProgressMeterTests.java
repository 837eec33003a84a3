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
      meter.settled("here", 1000);
      nanos.set(2_000_000_000L);

      assertThat(meter.line())
          .isEqualTo("probing 1,000 of 3,000 ports (33%), 500/s, 4 s left, 1 vantage point");
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
  void longWaitsAreInMinutes() {
    try (ProgressMeter meter = meter(ProgressMeter.Style.NONE)) {
      meter.settled("there", 1);
      nanos.set(1_000_000_000L);

      assertThat(meter.line()).contains("50 min left");
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
