package io.k8sfw.probes.pacing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TokenBucketTests {
  private static final long SECOND = 1_000_000_000L;
  private static final long START = -5 * SECOND;

  private static int drain(TokenBucket bucket, long now) {
    int taken = 0;
    while (bucket.has(now)) {
      bucket.take();
      taken++;
    }
    return taken;
  }

  @Test
  void startsWithABurstAndThenKeepsTheRate() {
    TokenBucket bucket = new TokenBucket(10, 5, START);
    assertThat(drain(bucket, START)).isEqualTo(5);
    int taken = 0;
    for (int milli = 1; milli <= 10_000; milli++) {
      taken += drain(bucket, START + milli * 1_000_000L);
    }
    assertThat(taken).isBetween(99, 100);
  }

  @Test
  void forgetsWhatAMachineThatSleptDidNotUse() {
    TokenBucket bucket = new TokenBucket(10, 5, START);
    drain(bucket, START);
    assertThat(drain(bucket, START + 3600 * SECOND)).isEqualTo(5);
  }

  @Test
  void clockThatStandsStillGivesNothing() {
    TokenBucket bucket = new TokenBucket(1000, 1, START);
    assertThat(drain(bucket, START)).isEqualTo(1);
    assertThat(bucket.has(START)).isFalse();
    assertThat(bucket.has(START - SECOND)).isFalse();
  }

  @Test
  void tellsHowLongToWait() {
    TokenBucket bucket = new TokenBucket(10, 1, START);
    bucket.take();
    long wait = bucket.nanosUntilNext(START);
    assertThat(wait).isBetween(SECOND / 10, SECOND / 10 + 1);
    assertThat(bucket.has(START + wait)).isTrue();
  }

  @Test
  void debtIsPaidBeforeTheNext() {
    TokenBucket bucket = new TokenBucket(10, 1, START);
    bucket.take();
    bucket.take();
    assertThat(bucket.has(START + SECOND / 10 + 1)).isFalse();
    assertThat(bucket.has(START + SECOND / 5 + 1)).isTrue();
  }

  @Test
  void goesOnAtAnotherRateWithWhatWasEarned() {
    TokenBucket bucket = new TokenBucket(10, 100, START);
    drain(bucket, START);
    bucket.rate(1, 100, START + SECOND);
    assertThat(drain(bucket, START + SECOND)).isEqualTo(10);
    assertThat(drain(bucket, START + 4 * SECOND)).isEqualTo(3);
  }

  @Test
  void keepsNoMoreThanTheNewBurst() {
    TokenBucket bucket = new TokenBucket(10, 100, START);
    bucket.rate(10, 5, START);
    assertThat(drain(bucket, START)).isEqualTo(5);
    bucket.rate(10, 100, START);
    assertThat(drain(bucket, START)).isZero();
  }

  @Test
  void debtStaysWhenTheRateChanges() {
    TokenBucket bucket = new TokenBucket(10, 1, START);
    bucket.take();
    bucket.take();
    bucket.rate(1, 1, START);
    assertThat(bucket.nanosUntilNext(START)).isBetween(2 * SECOND, 2 * SECOND + 1);
  }

  @Test
  void aRateOfNothingIsOurBug() {
    assertThatThrownBy(() -> new TokenBucket(0, 1, START))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
