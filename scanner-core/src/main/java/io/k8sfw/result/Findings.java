package io.k8sfw.result;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Severity;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Collectors;

/// The findings of an audit: the same thing wrong with the same role, seen from the same zones, is
/// one finding, however many nodes and addresses show it.
public final class Findings {
  private Findings() {}

  /// @param number from 1, in the order of the report: `F-01`
  /// @param severity the worst of its sightings
  /// @param rules ids of the rules that decide it; empty where the matrix is silent and so forbids
  /// @param namedBy ids of the rules that name these ports for anyone
  /// @param sightings never empty
  public record Finding(
      int number,
      Fingerprint fingerprint,
      Verdict.Kind kind,
      Optional<Deviation> deviation,
      Severity severity,
      SortedSet<Zone> from,
      SortedSet<Zone> to,
      Row row,
      List<String> rules,
      List<String> namedBy,
      List<Sighted> sightings) {
    /// `F-01`.
    public String label() {
      return "F-%02d".formatted(number);
    }
  }

  /// One place that shows a finding.
  public record Sighted(Assessment assessment, Judgement judgement) {}

  /// Worst first; the order depends on nothing but the result.
  public static List<Finding> of(AuditResult result) {
    Map<String, List<Sighted>> groups = new LinkedHashMap<>();
    for (Assessment assessment : result.assessments()) {
      for (Judgement judgement : assessment.judgements()) {
        if (judgement.verdict() instanceof Verdict.Finding finding) {
          groups
              .computeIfAbsent(identity(assessment, finding), _ -> new ArrayList<>())
              .add(new Sighted(assessment, judgement));
        }
      }
    }
    List<Finding> findings =
        groups.entrySet().stream()
            .map(e -> finding(e.getKey(), e.getValue()))
            .sorted(ORDER)
            .toList();
    List<Finding> numbered = new ArrayList<>();
    for (Finding f : findings) {
      numbered.add(
          new Finding(
              numbered.size() + 1,
              f.fingerprint(),
              f.kind(),
              f.deviation(),
              f.severity(),
              f.from(),
              f.to(),
              f.row(),
              f.rules(),
              f.namedBy(),
              f.sightings()));
    }
    return List.copyOf(numbered);
  }

  private static final Comparator<Finding> ORDER =
      Comparator.comparing(Finding::severity)
          .reversed()
          .thenComparing(Finding::kind)
          .thenComparing(f -> zones(f.to()))
          .thenComparing(Finding::row)
          .thenComparing(f -> zones(f.from()))
          .thenComparing(f -> f.fingerprint().hex());

  private static Finding finding(String identity, List<Sighted> sightings) {
    Assessment first = sightings.getFirst().assessment();
    Verdict.Finding verdict = (Verdict.Finding) sightings.getFirst().judgement().verdict();
    Severity worst =
        sightings.stream()
            .map(s -> s.judgement().severity().orElseThrow())
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return new Finding(
        0,
        Fingerprint.of(identity),
        verdict.kind(),
        verdict.deviation(),
        worst,
        first.check().from(),
        first.check().to(),
        first.check().row(),
        first.check().rules(),
        first.check().namedBy(),
        List.copyOf(sightings));
  }

  private static String identity(Assessment assessment, Verdict.Finding finding) {
    return String.join(
        "|",
        finding.kind().label(),
        finding.deviation().map(Deviation::word).orElse(""),
        zones(assessment.check().from()),
        zones(assessment.check().to()),
        assessment.check().row().toString());
  }

  /// `control-plane+etcd`.
  public static String zones(SortedSet<Zone> zones) {
    return zones.stream().map(Zone::name).collect(Collectors.joining("+"));
  }
}
