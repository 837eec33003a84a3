package io.k8sfw.probes.batch;

import io.k8sfw.probes.wire.Mailbox;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The time of this machine. [#await] is for one thread at a time.
public final class LiveTimeline implements Timeline {
  private final Mailbox<Runnable> delivered = new Mailbox<>();

  /// What was taken and not run yet.
  private final Queue<Runnable> taken = new ArrayDeque<>();

  /// Who waits. Waking costs a system call, so nobody is woken who does not sleep.
  private volatile @Nullable Thread waiting;

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public long wallMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public void deliver(Runnable arrival) {
    boolean first = delivered.put(arrival);
    Thread sleeper = waiting;
    if (first && sleeper != null) {
      LockSupport.unpark(sleeper);
    }
  }

  @Override
  public void await(long nanos) throws InterruptedException {
    if (taken.isEmpty() && delivered.isEmpty()) {
      sleep(System.nanoTime() + nanos);
    }
    do {
      for (Runnable next = taken.poll(); next != null; next = taken.poll()) {
        next.run();
      }
      delivered.takeInto(taken);
    } while (!taken.isEmpty());
  }

  private void sleep(long until) throws InterruptedException {
    waiting = Thread.currentThread();
    try {
      while (delivered.isEmpty()) {
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
}
