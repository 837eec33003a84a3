package io.k8sfw.probes.batch;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The time of this machine. [#await] is for one thread at a time.
public final class LiveTimeline implements Timeline {
  /// What was delivered and not taken yet, the last first.
  private final AtomicReference<@Nullable Delivery> delivered = new AtomicReference<>();

  /// What was taken and not run yet, the first first.
  private @Nullable Delivery taken;

  /// Who waits. Waking costs a system call, so nobody is woken who does not sleep.
  private volatile @Nullable Thread waiting;

  private static final class Delivery {
    final Runnable arrival;
    @Nullable Delivery next;

    Delivery(Runnable arrival) {
      this.arrival = arrival;
    }
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void deliver(Runnable arrival) {
    Delivery delivery = new Delivery(arrival);
    Delivery last;
    do {
      last = delivered.get();
      delivery.next = last;
    } while (!delivered.compareAndSet(last, delivery));
    Thread sleeper = waiting;
    // Where something was there already, whoever delivered the first of it has woken the sleeper.
    if (last == null && sleeper != null) {
      LockSupport.unpark(sleeper);
    }
  }

  @Override
  public void await(long nanos) throws InterruptedException {
    if (taken == null && !take()) {
      sleep(System.nanoTime() + nanos);
    }
    for (Delivery next = next(); next != null; next = next()) {
      next.arrival.run();
    }
  }

  private @Nullable Delivery next() {
    if (taken == null && !take()) {
      return null;
    }
    Delivery next = taken;
    taken = next == null ? null : next.next;
    return next;
  }

  private void sleep(long until) throws InterruptedException {
    waiting = Thread.currentThread();
    try {
      while (delivered.get() == null) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        long left = until - System.nanoTime();
        if (left <= 0) {
          return;
        }
        LockSupport.parkNanos(this, left);
      }
    } finally {
      waiting = null;
    }
  }

  /// Turns the last first into the first first.
  private boolean take() {
    Delivery each = delivered.getAndSet(null);
    while (each != null) {
      Delivery before = each.next;
      each.next = taken;
      taken = each;
      each = before;
    }
    return taken != null;
  }
}
