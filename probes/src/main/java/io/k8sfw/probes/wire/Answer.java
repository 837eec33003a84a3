package io.k8sfw.probes.wire;

/// The end of one attempt.
///
/// @param rttMicros from the attempt's start to its outcome, in microseconds
/// @param source the port that a silent attempt was made from; 0 where nobody says
public record Answer(Outcome outcome, int rttMicros, int source) {
  public Answer(Outcome outcome, int rttMicros) {
    this(outcome, rttMicros, 0);
  }

  static Answer since(long startNanos, Outcome outcome) {
    return since(startNanos, outcome, 0);
  }

  static Answer since(long startNanos, Outcome outcome, int source) {
    long micros = (System.nanoTime() - startNanos) / 1000;
    return new Answer(outcome, (int) Math.min(micros, Integer.MAX_VALUE), source);
  }
}
