package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatienceTests {
  /// As many packets as are still missing long before a silence is a fact.
  private static final int MANY = 9;

  private final Patience patience =
      new Patience(
          List.of(Duration.ofMillis(210), Duration.ofMillis(420), Duration.ofMillis(1300)));

  private void heard(int rttMillis, int times) {
    for (int i = 0; i < times; i++) {
      patience.heard(1000 * rttMillis);
    }
  }

  private long millis(int attempts, int missing) {
    return patience.nanos(attempts, missing, 0) / 1_000_000;
  }

  private long canary(boolean afterFailure) {
    return patience.ofCanary(afterFailure) / 1_000_000;
  }

  @Test
  void whoKnowsNothingWaitsAsThePaceSays() {
    assertThat(millis(0, MANY)).isEqualTo(210);
    assertThat(millis(1, MANY)).isEqualTo(420);
    assertThat(millis(2, MANY)).isEqualTo(1300);
    assertThat(millis(7, MANY)).isEqualTo(1300);
  }

  @Test
  void nearAddressIsWaitedForAsLongAsItTakes() {
    heard(1, 20);
    assertThat(millis(0, MANY)).isEqualTo(100);
    assertThat(millis(1, MANY)).isEqualTo(200);
    assertThat(millis(5, MANY)).isEqualTo(200);
  }

  @Test
  void addressThatTakesLongIsWaitedForLongAtOnce() {
    heard(900, 1);
    assertThat(millis(0, MANY)).isEqualTo(1400);
    assertThat(millis(1, MANY)).isEqualTo(1400);
  }

  /// The kernel repeats its SYN after a second; what answers that one answers in time.
  @ParameterizedTest
  @ValueSource(ints = {1, 100, 300, 600})
  void lastPacketsOfASilenceLeaveTimeForTheAnswerToTheSecond(int rttMillis) {
    heard(rttMillis, 20);
    assertThat(millis(2, 2)).isGreaterThanOrEqualTo(Math.max(1400, 1000 + rttMillis));
    assertThat(patience.hearsSecond(patience.nanos(2, 2, 0), 0)).isTrue();
  }

  @Test
  void secondAnswerIsNotHeardByWhoLeavesTooEarly() {
    heard(600, 1);
    assertThat(patience.hearsSecond(1_400_000_000L, 0)).isFalse();
  }

  @Test
  void lastPacketsWaitLongWhereNothingIsKnownToo() {
    assertThat(millis(0, 2)).isEqualTo(1400);
    assertThat(millis(0, 3)).isEqualTo(210);
    assertThat(patience.hearsSecond(1_400_000_000L, 0)).isTrue();
  }

  /// Nothing is ever learnt of its round trips: each answer may be that to the second SYN.
  @Test
  void addressBeyondASecondIsWaitedForLongEachTime() {
    heard(1, 20);
    heard(1200, 4);
    assertThat(millis(0, MANY)).isEqualTo(1400);
    assertThat(canary(false)).isEqualTo(1400);
    assertThat(patience.hearsSecond(10_000_000_000L, 0)).isFalse();
  }

  @Test
  void threeLateAnswersAreChanceAndOneThatIsNotEndsTheRow() {
    heard(1, 20);
    heard(1200, 3);
    assertThat(millis(0, MANY)).isEqualTo(100);
    heard(1, 1);
    heard(1200, 3);
    assertThat(millis(0, MANY)).isEqualTo(100);
    heard(1200, 1);
    assertThat(millis(0, MANY)).isEqualTo(1400);
    heard(1, 1);
    assertThat(millis(0, MANY)).isEqualTo(100);
  }

  /// What is lost of canaries that are waited for longer is less than what ports would lose.
  @Test
  void portsAreWaitedForAsLongAsTheCanariesThatTellOfTheirLoss() {
    heard(1, 20);
    long least = 900_000_000;
    assertThat(patience.nanos(0, MANY, least)).isEqualTo(450_000_000);
    assertThat(patience.nanos(1, MANY, least)).isEqualTo(900_000_000);
    assertThat(patience.nanos(5, MANY, 50_000_000)).isEqualTo(200_000_000);
    assertThat(patience.nanos(5, 2, least)).isEqualTo(1_400_000_000);
    assertThat(patience.hearsSecond(1_400_000_000, least)).isFalse();
    assertThat(patience.hearsSecond(1_900_000_000, least)).isTrue();
  }

  @Test
  void canaryIsWaitedForTwiceAsLongAsItShouldTake() {
    assertThat(canary(false)).isEqualTo(1400);
    heard(1, 20);
    assertThat(canary(false)).isEqualTo(200);
    heard(900, 20);
    assertThat(canary(false)).isEqualTo(1400);
  }

  @Test
  void canaryAfterAFailureIsWaitedForLonger() {
    heard(1, 20);
    assertThat(canary(true)).isEqualTo(1400);
  }
}
