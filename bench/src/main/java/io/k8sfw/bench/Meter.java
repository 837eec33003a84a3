package io.k8sfw.bench;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/// Reads the target's counter of connection attempts all the time.
final class Meter {
  private record Reading(long nanos, long attempts) {}

  private static final long WINDOW_NANOS = 1_000_000_000L;

  private final Bed bed;
  private final Thread thread;
  private volatile double peak;
  private volatile long attempts;
  private volatile boolean closing;

  Meter(Bed bed) {
    this.bed = bed;
    this.thread = Thread.ofPlatform().daemon().name("meter").start(this::watch);
  }

  private void watch() {
    Deque<Reading> window = new ArrayDeque<>();
    try {
      while (!closing) {
        read(window);
        Thread.sleep(100);
      }
      read(window);
    } catch (IOException | InterruptedException e) {
      System.err.println("bench: counters cannot be read: " + e.getMessage());
    }
  }

  private void read(Deque<Reading> window) throws IOException, InterruptedException {
    Reading now = new Reading(System.nanoTime(), Counters.attempts(bed));
    window.addLast(now);
    attempts = now.attempts();
    while (window.size() > 2 && now.nanos() - window.getFirst().nanos() > WINDOW_NANOS) {
      window.removeFirst();
    }
    Reading first = window.getFirst();
    // A shorter window would make a burst a rate.
    double seconds = Math.max(1, (now.nanos() - first.nanos()) / 1e9);
    peak = Math.max(peak, (now.attempts() - first.attempts()) / seconds);
  }

  /// Attempts a second, over the busiest second.
  double peak() {
    return peak;
  }

  long attempts() {
    return attempts;
  }

  void stop() throws InterruptedException {
    closing = true;
    thread.join();
  }
}
