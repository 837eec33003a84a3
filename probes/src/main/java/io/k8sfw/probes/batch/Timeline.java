package io.k8sfw.probes.batch;

/// The clock of a batch, and the way in which answers reach it: everything that a batch does, it
/// does on one thread, between two calls of [#await].
public interface Timeline {
  /// Nanoseconds since some point; never runs backwards.
  long nanos();

  /// Milliseconds of the wall clock: may jump.
  default long wallMillis() {
    return nanos() / 1_000_000;
  }

  /// Hands over something that happened; from any thread.
  void deliver(Runnable arrival);

  /// Runs what was delivered, in its order; waits for the first of it, if there is none yet.
  ///
  /// @param nanos the longest wait, from now
  void await(long nanos) throws InterruptedException;
}
