package io.k8sfw.probes.wire;

/// The end of one attempt.
///
/// @param rttMicros from the attempt's start to its outcome, in microseconds
public record Answer(Outcome outcome, int rttMicros) {
  static Answer since(long startNanos, Outcome outcome) {
    long micros = (System.nanoTime() - startNanos) / 1000;
    return new Answer(outcome, (int) Math.min(micros, Integer.MAX_VALUE));
  }
}
