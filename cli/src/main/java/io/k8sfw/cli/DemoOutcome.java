package io.k8sfw.cli;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.fixtures.lab.ExpectedFinding;
import io.k8sfw.fixtures.lab.Fault;
import io.k8sfw.model.Flow;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Findings.Sighted;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What was planted, held against what was found.
record DemoOutcome(Set<Fault> planted, List<ExpectedFinding> expected, AuditResult result) {
  private static final String ANY = "*";
  private static final String UNVERIFIED = "UNVERIFIED";

  /// Encoded.
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Fault fault : planted) {
      lines.add(Visible.line("planted {}: {}: {}", fault.word(), fault.description(), of(fault)));
    }
    List<String> rest = unexpected();
    if (rest.isEmpty()) {
      lines.add("nothing else was found");
    } else {
      rest.forEach(line -> lines.add(Visible.line("found besides: {}", line)));
    }
    return lines;
  }

  /// Every planted fault was found from everywhere, and nothing else.
  boolean asPlanted() {
    return expected.stream().allMatch(this::isSeen) && unexpected().isEmpty();
  }

  private String of(Fault fault) {
    List<ExpectedFinding> all = expected.stream().filter(e -> e.fault() == fault).toList();
    List<ExpectedFinding> lost = all.stream().filter(e -> !isSeen(e)).toList();
    if (!lost.isEmpty()) {
      return "NOT FOUND from " + places(lost);
    }
    List<String> labels =
        Findings.of(result).stream()
            .filter(f -> f.sightings().stream().anyMatch(s -> anyMatches(all, s)))
            .map(Finding::label)
            .toList();
    return labels.isEmpty()
        ? "unverified, as it must be"
        : "found as " + String.join(", ", labels) + " from " + places(all);
  }

  private static String places(List<ExpectedFinding> expected) {
    return expected.stream()
        .map(ExpectedFinding::vantage)
        .map(v -> v.equals(ANY) ? "everywhere" : v)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private List<String> unexpected() {
    List<String> lines = new ArrayList<>();
    for (Finding finding : Findings.of(result)) {
      List<Sighted> others =
          finding.sightings().stream().filter(s -> !anyMatches(expected, s)).toList();
      if (!others.isEmpty()) {
        Sighted first = others.getFirst();
        lines.add(
            finding.label()
                + " "
                + kind(first.judgement().verdict())
                + " "
                + first.assessment().check().id()
                + (others.size() > 1 ? " and " + (others.size() - 1) + " more" : ""));
      }
    }
    return lines;
  }

  private boolean isSeen(ExpectedFinding expected) {
    for (Assessment assessment : result.assessments()) {
      for (Judgement judgement : assessment.judgements()) {
        if (matches(expected, assessment, judgement)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean anyMatches(List<ExpectedFinding> expected, Sighted sighted) {
    return expected.stream().anyMatch(e -> matches(e, sighted.assessment(), sighted.judgement()));
  }

  private static boolean matches(
      ExpectedFinding expected, Assessment assessment, Judgement judgement) {
    Flow flow = assessment.check().flow();
    return expected.kind().equals(kind(judgement.verdict()))
        && expected.deviation().equals(deviation(judgement.verdict()))
        && is(expected.vantage(), flow.vantage())
        && is(expected.node(), flow.node())
        && is(expected.protocol(), flow.protocol().name())
        && is(expected.family(), flow.family().toString())
        && (expected.port() == 0 || judgement.ports().contains(expected.port()));
  }

  private static boolean is(String expected, String actual) {
    return expected.equals(ANY) || expected.equals(actual);
  }

  private static String kind(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Finding finding -> finding.kind().label();
      case Verdict.Unverified _ -> UNVERIFIED;
      default -> "";
    };
  }

  private static String deviation(Verdict verdict) {
    return verdict instanceof Verdict.Finding finding
        ? finding.deviation().map(Verdict.Deviation::word).orElse("")
        : "";
  }
}
