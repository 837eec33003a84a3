package io.k8sfw.probes.pacing;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.vantage.Tracking;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TableBudgetTests {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST = 262_144;
  private static final int OTHERS = 2144;

  /// A twentieth of what is free.
  private static final int BUDGET = 13_000;

  private final TableBudget budget = new TableBudget(table(OTHERS), 3, 0);

  private static Tracking table(int entries) {
    return new Tracking("t", entries, MOST);
  }

  private int share(int entries, long now) {
    return budget.share(Optional.of(table(entries)), now);
  }

  @Test
  void halfOfWhatIsLeftIsGivenAwayInEqualParts() {
    assertThat(share(OTHERS, 0)).isEqualTo(BUDGET / 2 / 3);
    // What was given away may be in that, and may not.
    assertThat(share(OTHERS + 1300, SECOND)).isEqualTo((BUDGET - 1300 - 3 * 2166) / 2 / 3);
    assertThat(share(OTHERS + BUDGET, SECOND)).isZero();
    assertThat(share(OTHERS + 7000, SECOND)).isEqualTo(1000);
    assertThat(share(OTHERS + BUDGET, SECOND)).isZero();
    assertThat(share(OTHERS + BUDGET - 1, SECOND)).isEqualTo(1);
    assertThat(share(OTHERS + BUDGET, SECOND)).isZero();
    assertThat(share(OTHERS + 2 * BUDGET, SECOND)).isZero();
  }

  @Test
  void whatNothingIsHeldForCostsNothing() {
    for (int second = 0; second < 1000; second++) {
      assertThat(share(OTHERS, second * SECOND)).isBetween(BUDGET / 4 / 3, BUDGET / 2 / 3);
    }
  }

  @Test
  void whereOthersCameToNeedMoreTheTableIsMeasuredAnewOnceOursMustBeGone() {
    assertThat(share(OTHERS + 40_000, SECOND)).isZero();
    assertThat(share(OTHERS + 40_000, 120 * SECOND)).isZero();
    assertThat(share(OTHERS + 40_000, 131 * SECOND)).isEqualTo((BUDGET - 2000) / 2 / 3);
  }

  @Test
  void tableThatCannotBeReadGetsNoMoreThanDiesOfAFullBudget() {
    long given = 0;
    for (int tick = 1; tick <= 1200; tick++) {
      given += budget.share(Optional.empty(), tick * SECOND / 10);
    }
    assertThat(given).isBetween(BUDGET / 3 - 2L, BUDGET / 3 + 1L);
  }

  @Test
  void tableThatIsFullLetsOneAttemptThrough() {
    TableBudget full = new TableBudget(table(MOST), 3, 0);
    assertThat(full.share(Optional.of(table(MOST)), 0)).isEqualTo(1);
    assertThat(full.share(Optional.of(table(MOST + 1)), SECOND)).isZero();
  }

  /// Whoever takes all that he is given at once, holds all of it for two minutes, and is read late.
  @Test
  void greedyOrdersHoldNoMoreThanTheBudgetAtAnyTime() {
    for (int orders : new int[] {1, 3, 40}) {
      Random random = new Random(orders);
      TableBudget shared = new TableBudget(table(OTHERS), orders, 0);
      Deque<long[]> held = new ArrayDeque<>();
      long ours = 0;
      long most = 0;
      long underWay = 0;
      for (int tick = 0; tick < 3000; tick++) {
        long now = tick * SECOND / 5;
        while (!held.isEmpty() && held.peek()[0] <= now) {
          ours -= held.remove()[1];
        }
        // What was given away last arrives after this reading.
        long share = shared.share(Optional.of(table((int) (OTHERS + ours))), now);
        ours += underWay;
        held.add(new long[] {now + 120 * SECOND, underWay});
        underWay = random.nextBoolean() ? share * orders : 0;
        most = Math.max(most, ours);
      }
      // One for each order where less than that is left.
      assertThat(most).as("%d orders", orders).isBetween(BUDGET / 2L, BUDGET + (long) orders);
    }
  }
}
