package io.k8sfw.probes.agent;

import io.k8sfw.vantage.Progress;
import java.util.concurrent.atomic.AtomicLong;

/// How far something is that the controller asked for, and whether it is still wanted.
final class RunningProbe implements Progress {
  private final AtomicLong settled = new AtomicLong();
  private volatile boolean cancelled;

  void cancel() {
    cancelled = true;
  }

  /// Ports settled since the last time.
  long takeSettled() {
    return settled.getAndSet(0);
  }

  @Override
  public void settled(String vantage, long ports) {
    settled.addAndGet(ports);
  }

  @Override
  public boolean cancelled() {
    return cancelled;
  }
}
