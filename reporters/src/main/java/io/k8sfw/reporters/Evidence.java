package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Grade;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Sighting;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation;
import io.k8sfw.result.Findings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The same observation, and everywhere that it was made.
///
/// @param spots never empty
/// @param fastestMicros of all answers, in microseconds; -1 where none answered
/// @param slowestMicros likewise
record Evidence(What what, List<Spot> spots, int fastestMicros, int slowestMicros) {
  /// What was seen and what it was taken to mean.
  record What(
      Protocol protocol,
      PortSet ports,
      Observation observation,
      Sighting sighting,
      Verdict verdict,
      Grade grade,
      String because) {
    /// `open (syn-ack)`; `filtered (admin-prohibited, ICMP 3/13 from 10.0.0.1)`.
    String observed() {
      if (sighting == Sighting.SESSION) {
        return "established session";
      }
      return switch (observation) {
        case Observation.Unmeasured(var cause) -> "not measured: " + cause.raw();
        case Observation.Measured m ->
            m.state().word()
                + " ("
                + m.reason().word()
                + m.icmp()
                    .map(i ->
                        ", ICMP %d/%d from %s"
                            .formatted(i.type(), i.code(), AddressText.of(i.from())))
                    .orElse("")
                + (m.unstable() ? ", unstable" : "")
                + ")";
      };
    }

    /// How many of the attempts showed it, `3 of 3`; empty where nothing was sent.
    Optional<String> attempts() {
      return observation instanceof Observation.Measured m
          ? Optional.of(m.answered() + " of " + m.sent())
          : Optional.empty();
    }
  }

  /// From where to where.
  ///
  /// @param address literal
  record Spot(String vantage, String node, String address) {}

  /// Of a finding, in the order of its sightings.
  static List<Evidence> of(Findings.Finding finding) {
    return group(finding.sightings());
  }

  /// In order of first appearance.
  static List<Evidence> group(List<Findings.Sighted> sightings) {
    Map<What, List<Findings.Sighted>> groups = new LinkedHashMap<>();
    for (Findings.Sighted sighted : sightings) {
      groups.computeIfAbsent(what(sighted), _ -> new ArrayList<>()).add(sighted);
    }
    return groups.entrySet().stream().map(e -> evidence(e.getKey(), e.getValue())).toList();
  }

  private static What what(Findings.Sighted sighted) {
    Judgement j = sighted.judgement();
    return new What(
        sighted.assessment().check().flow().protocol(),
        j.ports(),
        j.observation(),
        j.sighting(),
        j.verdict(),
        j.grade(),
        j.because());
  }

  private static Evidence evidence(What what, List<Findings.Sighted> sightings) {
    List<Spot> spots = sightings.stream().map(s -> spot(s.assessment())).distinct().toList();
    int[] rtts =
        sightings.stream()
            .mapToInt(s -> s.judgement().rttMicros())
            .filter(r -> r >= 0)
            .sorted()
            .toArray();
    return rtts.length == 0
        ? new Evidence(what, spots, -1, -1)
        : new Evidence(what, spots, rtts[0], rtts[rtts.length - 1]);
  }

  private static Spot spot(Assessment assessment) {
    return new Spot(
        assessment.check().flow().vantage(),
        assessment.check().flow().node(),
        AddressText.of(assessment.check().flow().address()));
  }

  /// `0.8 ms`, `0.8 to 2.1 ms`; empty where none answered.
  Optional<String> rtt() {
    if (fastestMicros < 0) {
      return Optional.empty();
    }
    String fastest = Words.millis(fastestMicros);
    String slowest = Words.millis(slowestMicros);
    return Optional.of(
        fastest.equals(slowest) ? fastest + " ms" : fastest + " to " + slowest + " ms");
  }
}
