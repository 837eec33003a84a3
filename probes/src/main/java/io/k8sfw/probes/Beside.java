package io.k8sfw.probes;

import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// Blocking work that goes on beside other work, on a virtual thread of its own.
final class Beside<T> implements AutoCloseable {
  private final FutureTask<T> task;
  private final Thread thread;

  private Beside(Supplier<T> work) {
    this.task = new FutureTask<>(work::get);
    this.thread = Thread.ofVirtual().unstarted(task);
  }

  static <T> Beside<T> start(Supplier<T> work) {
    Beside<T> beside = new Beside<>(work);
    beside.thread.start();
    return beside;
  }

  /// Waits for it. An interrupt is handed on to the work, which must then end, and stays set.
  T result() {
    boolean interrupted = false;
    while (!task.isDone()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
        thread.interrupt();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return Parallel.outcome(task);
  }

  /// Interrupts the work if it still goes on, and waits until it has let go of what it holds.
  @Override
  public void close() {
    if (!task.isDone()) {
      thread.interrupt();
      try {
        result();
      } catch (RuntimeException _) {
        // Nobody asked for the result.
      }
    }
  }
}
