package io.k8sfw.probes.simulation;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// Random choices of one seed. Each purpose draws from a stream of its own, so that a choice more
/// in one part of a world leaves the others as they were.
final class Chance {
  private final SplittableRandom random;

  private Chance(long seed) {
    this.random = new SplittableRandom(seed);
  }

  static Chance of(long seed, String purpose) {
    return new Chance(mix(seed ^ mix(purpose.hashCode())));
  }

  boolean hits(double probability) {
    return random.nextDouble() < probability;
  }

  /// Both ends included.
  int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  double between(double least, double most) {
    return least + random.nextDouble() * (most - least);
  }

  /// Each order of magnitude as likely as the next.
  int magnitude(int least, int most) {
    double log = between(Math.log(least), Math.log(most + 1.0));
    return Math.clamp((long) Math.exp(log), least, most);
  }

  long nanos(double leastSeconds, double mostSeconds) {
    return (long) (between(leastSeconds, mostSeconds) * TimeUnit.SECONDS.toNanos(1));
  }

  long number() {
    return random.nextLong();
  }

  @SafeVarargs
  final <T> T any(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /// The same in [0, 1) whenever it is asked for the same.
  static double lot(long seed, int first, int second) {
    return (mix(mix(seed + first) + second) >>> 11) * 0x1.0p-53;
  }

  /// SplitMix64's finalizer (Steele, Lea and Flood, OOPSLA 2014).
  private static long mix(long z) {
    long x = z + 0x9e3779b97f4a7c15L;
    x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
