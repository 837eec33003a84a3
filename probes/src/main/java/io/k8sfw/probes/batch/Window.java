package io.k8sfw.probes.batch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Attempts on one address between two brackets. What was silent or refused in it is believed only
/// when both brackets hold: then the address could answer us before and after.
final class Window {
  private final @Nullable Bracket before;
  private @Nullable Bracket after;
  private int open;
  private boolean voided;

  /// Places of the lane.
  private final Places silent = new Places();

  /// Those that were silent for so long that the kernel sent a second packet.
  private final Places silentTwice = new Places();

  private final Places refused = new Places();
  private final Places recountedSilent = new Places();

  /// A growing list of places.
  static final class Places {
    private int[] values = new int[16];
    private int size;

    void add(int place) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = place;
    }

    int size() {
      return size;
    }

    /// Forgets the oldest `count`; nothing where that is not positive.
    void dropFirst(int count) {
      int dropped = Math.clamp(count, 0, size);
      System.arraycopy(values, dropped, values, 0, size - dropped);
      size -= dropped;
    }

    int[] toArray() {
      return Arrays.copyOf(values, size);
    }
  }

  Window(@Nullable Bracket before) {
    this.before = before;
  }

  Places silent() {
    return silent;
  }

  Places silentTwice() {
    return silentTwice;
  }

  Places refused() {
    return refused;
  }

  Places recountedSilent() {
    return recountedSilent;
  }

  void began() {
    open++;
  }

  void ended() {
    open--;
  }

  void close(Bracket by) {
    after = by;
  }

  /// Whatever the brackets say, it is not to be believed.
  void doubt() {
    voided = true;
  }

  /// All attempts ended, and both brackets are decided.
  boolean isDecided() {
    return open == 0
        && after != null
        && after.isDecided()
        && (before == null || before.isDecided());
  }

  boolean holds() {
    return !voided && after != null && !after.failed() && (before == null || !before.failed());
  }

  /// Nobody was known yet who could be asked before it.
  boolean isEarly() {
    return before == null || !before.isGuarded();
  }

  /// Nobody could be asked before or after it.
  boolean isUnguarded() {
    return after != null && !after.wasAsked() && (before == null || !before.wasAsked());
  }
}
