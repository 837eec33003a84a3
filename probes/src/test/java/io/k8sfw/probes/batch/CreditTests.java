package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CreditTests {
  private final Credit credit = new Credit(200);

  /// Attempts until it is used up.
  private int left() {
    for (int i = 0; i < 100_000; i++) {
      if (credit.isUsedUp()) {
        return i;
      }
      credit.spend();
    }
    return Integer.MAX_VALUE;
  }

  @Test
  void fewGoBeforeTheFirstCanaryAnswers() {
    assertThat(left()).isEqualTo(32);
    assertThat(credit.sent()).isEqualTo(32);
  }

  @Test
  void eachBracketThatHoldsDoublesItUpToWhatMayBeInFlight() {
    for (int expected : new int[] {64, 128, 200, 200}) {
      credit.held(credit.sent());
      assertThat(left()).isEqualTo(expected);
    }
  }

  @Test
  void bracketThatFailsTakesItBack() {
    credit.held(0);
    credit.held(0);
    credit.failed();
    assertThat(left()).isEqualTo(32);
  }

  @Test
  void bracketProvesOnlyWhatWasSentBeforeIt() {
    left();
    credit.held(20);
    // 12 of 64 are used.
    assertThat(left()).isEqualTo(52);
  }

  @Test
  void olderBracketThatHoldsLateTakesNothingBack() {
    left();
    credit.held(30);
    credit.held(10);
    assertThat(left()).isEqualTo(128 - 2);
  }

  @Test
  void whereNobodyIsAskedNothingIsUsed() {
    left();
    credit.renew();
    assertThat(left()).isEqualTo(32);
  }

  @Test
  void fewInFlightStillMakeTheFirstCredit() {
    Credit few = new Credit(4);
    few.held(0);
    for (int i = 0; i < 31; i++) {
      few.spend();
    }
    assertThat(few.isUsedUp()).isFalse();
    few.spend();
    assertThat(few.isUsedUp()).isTrue();
  }

  private static List<Integer> windows(int work, int canaries) {
    return IntStream.range(0, 1000)
        .map(seed -> new Credit(200).windowSize(work, canaries, new Random(seed)))
        .boxed()
        .toList();
  }

  /// A fixed number would fall into step with a limiter.
  @Test
  void windowsAreAsLargeAsCanariesAreScarceAndHalfMoreOrLess() {
    List<Integer> sizes = windows(50_000, 100);
    assertThat(sizes).contains(250, 750).allMatch(size -> size >= 250 && size <= 750);
    assertThat(sizes.stream().mapToInt(Integer::intValue).average().orElseThrow())
        .isBetween(480.0, 520.0);
  }

  @Test
  void windowsStaySmallWithoutCanariesAndWithMany() {
    assertThat(windows(50_000, 0)).allMatch(size -> size >= 8 && size <= 24);
    assertThat(windows(50, 1000)).allMatch(size -> size >= 8 && size <= 24);
  }

  /// So many at most wait for one canary where few are to be had.
  @Test
  void windowsStaySmallHoweverMuchCreditThereIs() {
    for (int i = 0; i < 5; i++) {
      credit.held(0);
    }
    for (int i = 0; i < 200; i++) {
      assertThat(credit.windowSize(50_000, 0, new Random(i))).isBetween(32, 96);
    }
  }

  @Test
  void noWindowIsTooLargeToBeAskedAgain() {
    assertThat(windows(1_000_000, 1)).allMatch(size -> size <= 6144);
  }

  @Test
  void creditIsEnoughForTwoWindows() {
    int size = credit.windowSize(1_000_000, 100, new Random(1));
    assertThat(left()).isEqualTo(2 * size).isGreaterThan(5000);
  }
}
