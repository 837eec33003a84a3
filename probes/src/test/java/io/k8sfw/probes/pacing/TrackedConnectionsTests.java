package io.k8sfw.probes.pacing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TrackedConnectionsTests {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long START = -300 * SECOND + 123_456_789;

  private final TrackedConnections ledger = new TrackedConnections(2);

  @Test
  void hasRoomUntilItIsFull() {
    ledger.sent(START);
    assertThat(ledger.has(START)).isTrue();
    assertThat(ledger.nanosUntilNext(START)).isZero();
    ledger.sent(START);
    assertThat(ledger.has(START)).isFalse();
    assertThat(ledger.held(START)).isEqualTo(2);
  }

  @Test
  void anAnsweredAttemptIsHeldForTenSecondsMore() {
    ledger.sent(START);
    long end = START + SECOND / 2;
    ledger.ended(START, true, end);
    assertThat(ledger.held(end + 10 * SECOND - 1)).isEqualTo(1);
    assertThat(ledger.held(end + 11 * SECOND)).isZero();
  }

  @Test
  void anAttemptFromTheSamePortHoldsNoSecondEntryAndRenewsTheFirst() {
    ledger.sent(START);
    long end = START + SECOND;
    ledger.ended(START, false, end);
    long again = end + 60 * SECOND;
    assertThat(TrackedConnections.lives(end, again)).isTrue();
    ledger.again(end, again);
    assertThat(ledger.held(again)).isEqualTo(1);
    assertThat(ledger.left(again)).isEqualTo(1);
    ledger.ended(again, false, again + SECOND);
    assertThat(ledger.held(again + 121 * SECOND - 1)).isEqualTo(1);
    assertThat(ledger.held(again + 122 * SECOND)).isZero();
  }

  @Test
  void anEntryThatMayBeGoneIsNotSharedAnyMore() {
    assertThat(TrackedConnections.lives(START, START + 114 * SECOND)).isTrue();
    assertThat(TrackedConnections.lives(START, START + 116 * SECOND)).isFalse();
  }

  @Test
  void aSilentAttemptIsHeldForTwoMinutesFromItsEnd() {
    ledger.sent(START);
    long end = START + 3 * SECOND;
    ledger.ended(START, false, end);
    assertThat(ledger.held(end + 120 * SECOND - 1)).isEqualTo(1);
    assertThat(ledger.held(end + 121 * SECOND)).isZero();
  }

  @Test
  void tellsWhenThereIsRoomAgain() {
    ledger.sent(START);
    ledger.sent(START);
    long end = START + 2 * SECOND;
    ledger.ended(START, true, end);
    long wait = ledger.nanosUntilNext(end);
    assertThat(wait).isBetween(10 * SECOND, 11 * SECOND);
    assertThat(ledger.has(end + wait - 1)).isFalse();
    assertThat(ledger.has(end + wait)).isTrue();
  }

  @Test
  void waitsForAsManyAsWereTooMany() {
    for (int i = 0; i < 4; i++) {
      ledger.sent(START + i * 10L * SECOND);
    }
    long now = START + 30 * SECOND;
    long wait = ledger.nanosUntilNext(now);
    // The third has to end: sent at 20 s, gone by 141 s.
    assertThat(wait).isBetween(110 * SECOND, 111 * SECOND);
    assertThat(ledger.has(now + wait - 1)).isFalse();
    assertThat(ledger.has(now + wait)).isTrue();
  }

  @Test
  void forgetsEverythingOverALongSleep() {
    ledger.sent(START);
    ledger.sent(START);
    long late = START + 100_000 * SECOND;
    assertThat(ledger.held(late)).isZero();
    ledger.ended(START, false, late);
    assertThat(ledger.held(late)).isEqualTo(1);
  }

  @Test
  void neverBelievesLessThanTheTruthNorASecondMore() {
    TrackedConnections many = new TrackedConnections(Integer.MAX_VALUE);
    Random random = new Random(7);
    List<Long> ends = new ArrayList<>();
    List<Long> open = new ArrayList<>();
    long now = START;
    for (int step = 0; step < 5_000; step++) {
      now += random.nextLong(SECOND / 5);
      if (open.size() > 3 && random.nextBoolean()) {
        long sentAt = open.remove(random.nextInt(open.size()));
        boolean answered = random.nextBoolean();
        many.ended(sentAt, answered, now);
        ends.add(now + (answered ? 10 : 120) * SECOND);
      } else {
        many.sent(now);
        open.add(now);
      }
      long at = now;
      long held = open.size() + ends.stream().filter(end -> end > at).count();
      long aSecondLonger = open.size() + ends.stream().filter(end -> end + SECOND > at).count();
      // Those that never end in this test are forgotten after two minutes.
      long forgotten = open.stream().filter(sentAt -> sentAt + 120 * SECOND <= at).count();
      assertThat((long) many.held(now)).isBetween(held - forgotten, aSecondLonger);
    }
    assertThat(many.has(now)).isTrue();
  }

  @Test
  void anEndWithoutABeginningIsOurBug() {
    assertThatThrownBy(() -> ledger.ended(START, true, START + SECOND))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aLedgerWithoutRoomIsOurBug() {
    assertThatThrownBy(() -> new TrackedConnections(0))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
