package io.k8sfw.probes.batch;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The time of this machine.
public final class LiveTimeline implements Timeline {
  private final BlockingQueue<Runnable> arrived = new LinkedBlockingQueue<>();

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
    arrived.add(arrival);
  }

  @Override
  public void await(long nanos) throws InterruptedException {
    Runnable next = arrived.poll();
    if (next == null) {
      next = arrived.poll(nanos, TimeUnit.NANOSECONDS);
    }
    while (next != null) {
      next.run();
      next = arrived.poll();
    }
  }
}
