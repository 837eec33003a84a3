package io.k8sfw.evaluate;

import io.k8sfw.model.PortSet;
import io.k8sfw.observation.Observation;
import java.util.Optional;

/// The verdict over those ports of a check of which the same was seen.
///
/// @param rttMicros the fastest answer in microseconds; -1 where none answered
/// @param severity for findings only
/// @param because one sentence in our words: what was seen, and why it means this verdict
/// @param part id of the run that it is from, where several were merged; empty otherwise
public record Judgement(
    PortSet ports,
    Observation observation,
    int rttMicros,
    Sighting sighting,
    Verdict verdict,
    Grade grade,
    Optional<Severity> severity,
    String because,
    Optional<String> part) {
  /// Of the only run that there is.
  public Judgement(
      PortSet ports,
      Observation observation,
      int rttMicros,
      Sighting sighting,
      Verdict verdict,
      Grade grade,
      Optional<Severity> severity,
      String because) {
    this(
        ports,
        observation,
        rttMicros,
        sighting,
        verdict,
        grade,
        severity,
        because,
        Optional.empty());
  }
}
