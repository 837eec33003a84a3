package io.k8sfw.probes.batch;

/// A seeded shuffle of `0..size-1` that is computed, not stored: a four-round Feistel network over
/// the next even power of two, walked until it falls inside (Black and Rogaway, "Ciphers with
/// Arbitrary Finite Domains", CT-RSA 2002).
final class Permutation {
  private static final int ROUNDS = 4;

  private final int size;
  private final int halfBits;
  private final int mask;
  private final long seed;

  /// @param size at least 1
  Permutation(int size, long seed) {
    if (size < 1) {
      throw new IllegalArgumentException("nothing to shuffle: " + size);
    }
    this.size = size;
    this.halfBits = Math.max(1, (33 - Integer.numberOfLeadingZeros(size - 1)) / 2);
    this.mask = (1 << halfBits) - 1;
    this.seed = seed;
  }

  int size() {
    return size;
  }

  /// @param index 0..size-1
  int at(int index) {
    int walked = index;
    do {
      walked = feistel(walked);
    } while (Integer.compareUnsigned(walked, size) >= 0);
    return walked;
  }

  private int feistel(int value) {
    int left = value >>> halfBits;
    int right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      int next = left ^ (mix(seed + ((long) round << 32) + right) & mask);
      left = right;
      right = next;
    }
    return (left << halfBits) | right;
  }

  /// SplitMix64's finalizer (Steele, Lea and Flood, OOPSLA 2014).
  private static int mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return (int) (x ^ (x >>> 31));
  }
}
