package io.k8sfw.probes.pacing;

import io.k8sfw.probes.pacing.RateGuard.Verdict;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Sends at the rate of a guard over a path that loses packets, on a made-up clock: one in ten is a
/// canary, one that is lost is given up after 200 ms.
final class SimulatedPath {
  static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private static final int BETWEEN_CANARIES = 10;
  private static final long PATIENCE = SECOND / 5;
  private static final long RTT = SECOND / 1000;

  /// What is on the way.
  interface Obstacle {
    boolean passes(long now);
  }

  private record Canary(boolean answered, long sentAt, long knownAt) {}

  private final RateGuard guard;
  private final Random random;
  private final Queue<Canary> answered = new ArrayDeque<>();
  private final Queue<Canary> lost = new ArrayDeque<>();
  private final Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
  private long now = -3600 * SECOND;

  SimulatedPath(RateGuard guard, Random random) {
    this.guard = guard;
    this.random = random;
  }

  static Obstacle losingEachWay(double share, Random random) {
    double thereAndBack = (1 - share) * (1 - share);
    return _ -> random.nextDouble() < thereAndBack;
  }

  static Obstacle policer(double perSecond, double burst) {
    return new Obstacle() {
      private final TokenBucket bucket = new TokenBucket(perSecond, burst, Long.MIN_VALUE / 2);

      @Override
      public boolean passes(long now) {
        boolean passes = bucket.has(now);
        if (passes) {
          bucket.take();
        }
        return passes;
      }
    };
  }

  /// Outages of 0.2 to 3 s, and as long between them.
  static Obstacle outages(Random random) {
    return new Obstacle() {
      private boolean up = random.nextBoolean();
      private long until = Long.MIN_VALUE;

      @Override
      public boolean passes(long now) {
        while (now >= until) {
          up = !up;
          long start = until == Long.MIN_VALUE ? now : until;
          until = start + (long) ((0.2 + 2.8 * random.nextDouble()) * SECOND);
        }
        return up;
      }
    };
  }

  /// Both have to be passed, the first one first.
  static Obstacle both(Obstacle first, Obstacle second) {
    return now -> first.passes(now) && second.passes(now);
  }

  long now() {
    return now;
  }

  int times(Verdict verdict) {
    return verdicts.getOrDefault(verdict, 0);
  }

  /// Goes on for so many seconds.
  SimulatedPath run(Obstacle obstacle, double seconds) {
    long end = now + (long) (seconds * SECOND);
    while (now < end) {
      now += (long) (SECOND / guard.perSecond() * (0.5 + random.nextDouble()));
      deliver(answered);
      deliver(lost);
      boolean passes = obstacle.passes(now);
      if (random.nextInt(BETWEEN_CANARIES) == 0) {
        (passes ? answered : lost).add(new Canary(passes, now, now + (passes ? RTT : PATIENCE)));
      }
    }
    return this;
  }

  private void deliver(Queue<Canary> canaries) {
    while (!canaries.isEmpty() && canaries.element().knownAt() <= now) {
      Canary canary = canaries.remove();
      verdicts.merge(
          guard.canary(canary.answered(), canary.sentAt(), canary.knownAt()), 1, Integer::sum);
    }
  }
}
