package io.k8sfw.probes.wire;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Attempts by the time at which their patience ends: to add and to remove one costs the same
/// however many there are (Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987).
/// Nothing ends before its time, and nothing later than a [#TICK] after it. Times are
/// [System#nanoTime]'s.
///
/// One thread only.
final class TimingWheel {
  private static final int TICK_BITS = 21;

  /// About two milliseconds.
  static final long TICK = 1L << TICK_BITS;

  /// Two seconds at a turn; what is due later stays for another turn.
  private static final int SLOTS = 1024;

  private final @Nullable Attempt[] slots = new Attempt[SLOTS];
  private final long epoch;
  private long reached;
  private int size;

  TimingWheel(long now) {
    epoch = now;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// @return when it will be due
  long add(Attempt attempt, long now) {
    attempt.due = tick(now + attempt.patienceNanos) + 1;
    int slot = slot(attempt.due);
    Attempt head = slots[slot];
    attempt.next = head;
    if (head != null) {
      head.previous = attempt;
    }
    slots[slot] = attempt;
    size++;
    return nanos(attempt.due);
  }

  /// Does nothing where it is not in the wheel.
  void remove(Attempt attempt) {
    if (attempt.due < 0) {
      return;
    }
    Attempt previous = attempt.previous;
    Attempt next = attempt.next;
    if (previous == null) {
      slots[slot(attempt.due)] = next;
    } else {
      previous.next = next;
    }
    if (next != null) {
      next.previous = previous;
    }
    attempt.previous = null;
    attempt.next = null;
    attempt.due = -1;
    size--;
  }

  /// Removes what is due and hands it on; nothing may be added meanwhile.
  void expire(long now, Consumer<Attempt> ended) {
    long until = tick(now);
    long last = Math.min(until, reached + SLOTS);
    for (long tick = reached + 1; tick <= last; tick++) {
      Attempt each = slots[slot(tick)];
      while (each != null) {
        Attempt next = each.next;
        if (each.due <= until) {
          remove(each);
          ended.accept(each);
        }
        each = next;
      }
    }
    reached = until;
  }

  /// When to ask [#expire] again: not after the next that is due.
  long nextDue() {
    long tick = reached + 1;
    while (tick < reached + SLOTS && slots[slot(tick)] == null) {
      tick++;
    }
    return nanos(tick);
  }

  private long tick(long now) {
    return (now - epoch) >> TICK_BITS;
  }

  private long nanos(long tick) {
    return epoch + (tick << TICK_BITS);
  }

  private static int slot(long tick) {
    return (int) (tick & (SLOTS - 1));
  }
}
