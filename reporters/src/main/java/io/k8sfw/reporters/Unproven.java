package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.observation.Observation;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.KubeletExecs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/// Checks that prove nothing, for one reason.
///
/// @param rows what they asked about
/// @param checks how many; a check with several reasons is in several
/// @param example one of them: the check, or the node
/// @param execs what execs tell of the same ways
record Unproven(
    String from,
    String to,
    NavigableSet<Row> rows,
    int checks,
    String why,
    String example,
    Set<ExecReport> execs) {
  private record Key(String from, String to, String why) {}

  private static final class Group {
    final NavigableSet<Row> rows = new TreeSet<>();
    int checks;
    final Set<ExecReport> execs = new LinkedHashSet<>();
    String example = "";

    void add(Row row, String place, List<ExecReport> told) {
      rows.add(row);
      execs.addAll(told);
      checks++;
      example = example.isEmpty() ? place : example;
    }
  }

  /// Every check that was not verified, and every gap.
  static List<Unproven> of(AuditResult result) {
    Map<Key, Group> groups = new LinkedHashMap<>();
    KubeletExecs execs = KubeletExecs.of(result);
    for (Gap gap : result.gaps()) {
      Key key = new Key(gap.from().name(), Findings.zones(gap.to()), gap.reason());
      groups.computeIfAbsent(key, _ -> new Group()).add(gap.row(), gap.node(), execs.about(gap));
    }
    collect(result, Verdict.Unverified.class, execs, groups);
    return done(groups);
  }

  /// Where no service answers, and the path was not proven closed.
  static List<Unproven> closed(AuditResult result) {
    Map<Key, Group> groups = new LinkedHashMap<>();
    collect(result, Verdict.ClosedUnproven.class, KubeletExecs.of(result), groups);
    return done(groups);
  }

  private static void collect(
      AuditResult result,
      Class<? extends Verdict> verdict,
      KubeletExecs execs,
      Map<Key, Group> groups) {
    for (Assessment a : result.assessments()) {
      NavigableSet<String> reasons = new TreeSet<>();
      for (Judgement j : a.judgements()) {
        if (verdict.isInstance(j.verdict())) {
          reasons.add(why(j));
        }
      }
      for (String why : reasons) {
        Key key = new Key(Findings.zones(a.check().from()), Findings.zones(a.check().to()), why);
        groups
            .computeIfAbsent(key, _ -> new Group())
            .add(a.check().row(), a.check().id(), execs.about(a.check()));
      }
    }
  }

  static String why(Judgement judgement) {
    return judgement.observation() instanceof Observation.Unmeasured(var cause)
        ? judgement.because() + " Cause: " + cause.raw()
        : judgement.because();
  }

  private static List<Unproven> done(Map<Key, Group> groups) {
    List<Unproven> all = new ArrayList<>();
    groups.forEach((key, g) ->
        all.add(
            new Unproven(key.from(), key.to(), g.rows, g.checks, key.why(), g.example, g.execs)));
    return all;
  }
}
