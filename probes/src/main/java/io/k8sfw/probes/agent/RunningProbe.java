package io.k8sfw.probes.agent;

import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.Progress;
import java.util.concurrent.atomic.AtomicLong;

/// How far something is that the controller asked for, and whether it is still wanted.
final class RunningProbe implements Progress {
  private final AtomicLong settled = new AtomicLong();
  private volatile boolean cancelled;
  private volatile Allowance allowance;
  private volatile Oversight oversight = Oversight.FULL;

  /// @param entries as in [Allowance]; less than nothing is nothing
  RunningProbe(int entries) {
    allowance = new Allowance(0, Math.max(0, entries));
  }

  /// Called by one thread.
  ///
  /// @param entries as in [Allowance]; less than nothing is nothing
  void allow(int entries) {
    allowance = new Allowance(allowance.number() + 1, Math.max(0, entries));
  }

  void oversee(Oversight latest) {
    oversight = latest;
  }

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

  @Override
  public Allowance allowance() {
    return allowance;
  }

  @Override
  public Oversight oversight() {
    return oversight;
  }
}
