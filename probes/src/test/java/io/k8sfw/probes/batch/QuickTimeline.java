package io.k8sfw.probes.batch;

import java.util.PriorityQueue;

/// A clock that jumps to whatever happens next.
final class QuickTimeline implements Timeline {
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long now;
  private long sequence;

  private record Event(long at, long sequence, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(at, other.at);
      return byTime == 0 ? Long.compare(sequence, other.sequence) : byTime;
    }
  }

  @Override
  public long nanos() {
    return now;
  }

  @Override
  public void deliver(Runnable arrival) {
    in(0, arrival);
  }

  void in(long nanos, Runnable what) {
    events.add(new Event(now + nanos, sequence++, what));
  }

  @Override
  public void await(long nanos) {
    Event next = events.peek();
    now = next == null || next.at() > now + nanos ? now + nanos : Math.max(now, next.at());
    for (next = events.peek(); next != null && next.at() <= now; next = events.peek()) {
      events.poll();
      next.what().run();
    }
  }
}
