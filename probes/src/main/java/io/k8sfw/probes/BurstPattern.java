package io.k8sfw.probes;

import java.util.List;
import java.util.Random;

/// In which of [#WINDOWS] equal periods something is sent: half of them, chosen at random, so that
/// a counter that rises in just these can be told from one that rises for other reasons.
///
/// @param bits one for each period
record BurstPattern(int bits) {
  static final int WINDOWS = 16;

  BurstPattern {
    if (Integer.bitCount(bits) != WINDOWS / 2 || bits >>> WINDOWS != 0) {
      throw new IllegalArgumentException("half of " + WINDOWS + " windows: " + bits);
    }
  }

  static BurstPattern random(Random random) {
    int bits = 0;
    while (Integer.bitCount(bits) < WINDOWS / 2) {
      bits |= 1 << random.nextInt(WINDOWS);
    }
    return new BurstPattern(bits);
  }

  boolean sends(int window) {
    return (bits >>> window & 1) == 1;
  }

  /// By how much a counter rose in the periods in which something was sent.
  ///
  /// @param rises of each period
  long whileSending(List<Long> rises) {
    long sum = 0;
    for (int i = 0; i < WINDOWS; i++) {
      sum += sends(i) ? rises.get(i) : 0;
    }
    return sum;
  }

  /// How likely it is that the counter rises at least as much in periods chosen like this, if what
  /// is sent makes no difference: an exact permutation test over all 12,870 patterns. Whatever else
  /// moves the counter, an error is no more likely than this.
  double chance(List<Long> rises) {
    long seen = whileSending(rises);
    int all = 0;
    int extreme = 0;
    for (int other = 0; other < 1 << WINDOWS; other++) {
      if (Integer.bitCount(other) == WINDOWS / 2) {
        all++;
        extreme += new BurstPattern(other).whileSending(rises) >= seen ? 1 : 0;
      }
    }
    return (double) extreme / all;
  }
}
