package io.k8sfw.probes.batch;

import java.util.Random;

/// How many attempts on the ports of one address may be made before a canary answers again: few at
/// first, twice as many with each bracket that holds, and few again when one fails.
///
/// One thread only.
final class Credit {
  private static final int FIRST = 32;
  private static final int SMALLEST_WINDOW = 16;
  private static final int SMALL_WINDOW = 64;
  private static final int LARGEST_WINDOW = 4096;

  private final int most;
  private int credit = FIRST;
  private long sent;
  private long proven;

  /// @param most attempts that may be in flight to the address: no bracket that holds gives more
  Credit(int most) {
    this.most = Math.max(FIRST, most);
  }

  /// A port is asked. What canaries themselves send uses up no credit: a wide bracket would use up
  /// all of it, and nobody would ask for the next.
  void spend() {
    sent++;
  }

  /// Attempts so far.
  long sent() {
    return sent;
  }

  boolean isUsedUp() {
    return sent - proven >= credit;
  }

  /// Attempts in a window: as many as there are canaries for, and up to half more or less, at
  /// random. A canary after every so many attempts falls into step with a limiter that lets every
  /// so many packets pass: it is never lost, and the same ports always are. The credit is enough
  /// for two of them.
  ///
  /// @param work attempts that are still to be made, about
  /// @param canaries that may still be asked
  int windowSize(long work, int canaries, Random random) {
    int small = Math.clamp(credit / 2, SMALLEST_WINDOW, SMALL_WINDOW);
    long scarce = canaries == 0 ? small : work / canaries;
    int usual = Math.clamp(scarce, small, LARGEST_WINDOW);
    int size = usual / 2 + random.nextInt(usual + 1);
    credit = Math.max(credit, 2 * size);
    return size;
  }

  /// All that were made so far use up nothing any more.
  void renew() {
    proven = sent;
  }

  /// A bracket holds.
  ///
  /// @param sentBefore attempts before it
  void held(long sentBefore) {
    proven = Math.max(proven, sentBefore);
    credit = Math.min(2 * credit, most);
  }

  /// A bracket failed.
  void failed() {
    credit = FIRST;
  }
}
