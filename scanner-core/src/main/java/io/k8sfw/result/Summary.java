package io.k8sfw.result;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.evaluate.Verdict.ClosedUnproven;
import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.evaluate.Verdict.NotJudged;
import io.k8sfw.evaluate.Verdict.Unverified;
import java.util.EnumMap;
import java.util.Map;

/// The counts that every format states. A check counts once, by its worst judgement: a finding
/// before an unverified port, that before a closed-unproven one, that before a compliant one.
///
/// @param planned checks in scope that ask for a verdict, and gaps: what coverage is measured
///   against
/// @param judged of these, how many have a verdict (closed-unproven ones too)
/// @param closedUnprovenPorts ports, not checks: `no service answers, path not proven`
/// @param notJudged permitted flows that nothing was seen of; outside `planned`
/// @param gaps of `unverified`, how many could not even be tried
public record Summary(
    int planned,
    int judged,
    int compliant,
    int missing,
    int overExposed,
    int deviates,
    int closedUnproven,
    int closedUnprovenPorts,
    int unverified,
    int notJudged,
    int gaps) {

  public static Summary of(AuditResult result) {
    Map<Verdict.Kind, Integer> findings = new EnumMap<>(Verdict.Kind.class);
    int compliant = 0;
    int closed = 0;
    int unverified = result.gaps().size();
    int notJudged = 0;
    int judged = 0;
    for (Assessment a : result.assessments()) {
      Verdict worst = worst(a);
      switch (worst) {
        case Compliant _ -> compliant++;
        case Finding f -> findings.merge(f.kind(), 1, Integer::sum);
        case ClosedUnproven _ -> closed++;
        case Unverified _ -> unverified++;
        case NotJudged _ -> notJudged++;
      }
      if (!(worst instanceof NotJudged) && !partlyUnverified(a)) {
        judged++;
      }
    }
    return new Summary(
        result.assessments().size() - notJudged + result.gaps().size(),
        judged,
        compliant,
        findings.getOrDefault(Verdict.Kind.MISSING, 0),
        findings.getOrDefault(Verdict.Kind.OVER_EXPOSED, 0),
        findings.getOrDefault(Verdict.Kind.DEVIATES, 0),
        closed,
        closedUnprovenPorts(result),
        unverified,
        notJudged,
        result.gaps().size());
  }

  private static int closedUnprovenPorts(AuditResult result) {
    return result.assessments().stream()
        .flatMap(a -> a.judgements().stream())
        .filter(j -> j.verdict() instanceof ClosedUnproven)
        .mapToInt(j -> j.ports().size())
        .sum();
  }

  /// The verdict that a check is counted and shown by.
  public static Verdict worst(Assessment assessment) {
    Verdict worst = new Verdict.NotJudged();
    for (Judgement judgement : assessment.judgements()) {
      worst = worse(worst, judgement.verdict());
    }
    return worst;
  }

  static Verdict worse(Verdict one, Verdict other) {
    return weight(other) > weight(one) ? other : one;
  }

  private static int weight(Verdict verdict) {
    return switch (verdict) {
      case NotJudged _ -> 0;
      case Compliant _ -> 1;
      case ClosedUnproven _ -> 2;
      case Unverified _ -> 3;
      case Finding f ->
          switch (f.kind()) {
            case DEVIATES -> 4;
            case MISSING -> 5;
            case OVER_EXPOSED -> 6;
          };
    };
  }

  private static boolean partlyUnverified(Assessment assessment) {
    return assessment.judgements().stream().anyMatch(j -> j.verdict() instanceof Unverified);
  }

  public int findings() {
    return missing + overExposed + deviates;
  }

  /// Share of `planned` that was judged, 0..100, rounded down: 100 means all of it. Nothing planned
  /// is 0.
  public int coveragePercent() {
    return planned == 0 ? 0 : (int) (100L * judged / planned);
  }

  /// Zero checks is not compliance.
  public Outcome outcome() {
    if (findings() > 0) {
      return Outcome.FINDINGS;
    }
    return planned > 0 && judged == planned ? Outcome.COMPLIANT : Outcome.NOT_PROVEN;
  }
}
