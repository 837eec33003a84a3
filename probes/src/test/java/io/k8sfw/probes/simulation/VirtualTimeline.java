package io.k8sfw.probes.simulation;

import io.k8sfw.probes.batch.Timeline;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// A clock that stands still but for [#await] and [#spend], and a queue of what is to happen. One
/// thread: all that happens, happens inside of [#await], in the order of its time, and of its
/// coming where the time is the same.
final class VirtualTimeline implements Timeline {
  /// Waits in a row that pass no time, after which whoever waits is taken to spin forever.
  private static final int PATIENCE = 100_000;

  /// A sleeping thread wakes late by up to this much.
  private static final int OVERSLEPT_NANOS = 80_000;

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Chance chance;
  private final long deadline;
  private long now;
  private long sequence;
  private int idle;
  private long slept;
  private Trouble.@Nullable Stall stall;

  private record Event(long at, long sequence, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(sequence, other.sequence);
    }
  }

  /// @param deadline in nanoseconds; whoever waits beyond it fails
  VirtualTimeline(long seed, long deadline) {
    this.chance = Chance.of(seed, "timeline");
    this.deadline = deadline;
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public long wallMillis() {
    return (now + slept) / 1_000_000;
  }

  @Override
  public void deliver(Runnable arrival) {
    schedule(0, arrival);
  }

  void schedule(long delayNanos, Runnable action) {
    events.add(new Event(now + Math.max(0, delayNanos), sequence++, action));
  }

  /// What computing takes.
  void spend(long nanos) {
    now += nanos;
  }

  /// The machine will stand still for a while, once.
  void stall(Trouble.Stall coming) {
    stall = coming;
  }

  @Override
  public void await(long nanos) {
    long before = now;
    Event next = events.peek();
    long wakes = now + Math.max(0, nanos) + chance.between(0, OVERSLEPT_NANOS);
    advance(next == null || next.at() > wakes ? wakes : Math.max(now, next.at()));
    boolean ran = runDue();
    idle = ran || now > before + OVERSLEPT_NANOS ? 0 : idle + 1;
    if (idle > PATIENCE) {
      throw new AssertionError("it waits for nothing, again and again");
    }
    if (now > deadline) {
      throw new AssertionError("it does not end: " + now / 1_000_000_000 + " s have passed");
    }
  }

  private void advance(long to) {
    now = to;
    Trouble.Stall coming = stall;
    if (coming == null || now < coming.at()) {
      return;
    }
    stall = null;
    if (coming.suspended()) {
      slept += coming.length();
    } else {
      now = Math.max(now, coming.at() + coming.length());
    }
  }

  private boolean runDue() {
    boolean ran = false;
    for (Event next = events.peek(); next != null && next.at() <= now; next = events.peek()) {
      events.poll();
      next.action().run();
      ran = true;
    }
    return ran;
  }

  /// Lets happen whatever is still to happen, when nobody waits any more.
  void drain() {
    while (!events.isEmpty()) {
      Event next = events.element();
      now = Math.max(now, next.at());
      runDue();
    }
  }
}
