package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Severity;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Exclusion;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.PlaceSample;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Cells;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Fingerprint;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Summary;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/// `results.json`, field by field and in its order: the audit itself, and before its long parts
/// what follows from it, so that a consumer needs no rules of ours to count.
///
/// @param summary follows from the rest; a file in which it does not is refused
/// @param findings likewise; their sightings are places in `assessments`
/// @param cells likewise
record ResultsDocument(
    int schemaVersion,
    AuditResult.Tool tool,
    AuditResult.Run run,
    AuditResult.Source matrix,
    AuditResult.Source inventory,
    List<FactEntry> facts,
    Counts summary,
    List<FindingEntry> findings,
    List<CellEntry> cells,
    List<AuditResult.RuleInForce> rules,
    List<Node> nodes,
    List<AuditResult.Place> places,
    List<Assessment> assessments,
    List<Gap> gaps,
    List<Exclusion> exclusions,
    List<AuditResult.Part> parts,
    List<AuditResult.Contradiction> contradictions,
    AuditResult.Composition composition,
    List<NodePortService> services,
    List<PlaceSample> placeSamples) {
  /// The version of the schema that this program writes, and the only one that it reads.
  static final int VERSION = 1;

  /// A list, because a name from a file may be no good as a field's name.
  record FactEntry(String name, String value, Facts.Provenance provenance) {}

  /// [Summary] with what follows from it.
  record Counts(
      Outcome outcome,
      boolean complete,
      int coveragePercent,
      int planned,
      int judged,
      int compliant,
      int overExposed,
      int missing,
      int deviates,
      int closedUnproven,
      int closedUnprovenPorts,
      int unverified,
      int notJudged,
      int gaps) {}

  /// @param label `F-01`
  record FindingEntry(
      String label,
      Fingerprint fingerprint,
      Verdict.Kind kind,
      Optional<Verdict.Deviation> deviation,
      Severity severity,
      SortedSet<Zone> from,
      SortedSet<Zone> to,
      Row row,
      List<String> rules,
      List<String> namedBy,
      List<Sighting> sightings) {}

  /// @param assessment index in `assessments`, from 0
  /// @param judgement index in its `judgements`, from 0
  record Sighting(int assessment, int judgement) {}

  /// @param verdict the word of the worst of it
  /// @param assessments indices in `assessments`, from 0
  /// @param gaps indices in `gaps`, from 0
  record CellEntry(
      String to,
      Row row,
      String from,
      String verdict,
      List<Integer> assessments,
      List<Integer> gaps) {}

  static ResultsDocument of(AuditResult result) {
    return new ResultsDocument(
        VERSION,
        result.tool(),
        result.run(),
        result.matrix(),
        result.inventory(),
        result.facts().values().entrySet().stream()
            .map(f -> new FactEntry(f.getKey(), f.getValue().value(), f.getValue().provenance()))
            .toList(),
        counts(result),
        findings(result),
        cells(result),
        result.rules(),
        result.nodes(),
        result.places(),
        result.assessments(),
        result.gaps(),
        result.exclusions(),
        result.parts(),
        result.contradictions(),
        result.composition(),
        result.services(),
        result.placeSamples());
  }

  AuditResult result() {
    SortedMap<String, Facts.Fact> known = new TreeMap<>();
    for (FactEntry fact : facts) {
      known.put(fact.name(), new Facts.Fact(fact.value(), fact.provenance()));
    }
    return new AuditResult(
        tool,
        run,
        matrix,
        inventory,
        new Facts(known),
        rules,
        nodes,
        places,
        assessments,
        gaps,
        exclusions,
        parts,
        contradictions,
        composition,
        services,
        placeSamples);
  }

  private static Counts counts(AuditResult result) {
    Summary s = Summary.of(result);
    return new Counts(
        s.outcome(),
        result.complete(),
        s.coveragePercent(),
        s.planned(),
        s.judged(),
        s.compliant(),
        s.overExposed(),
        s.missing(),
        s.deviates(),
        s.closedUnproven(),
        s.closedUnprovenPorts(),
        s.unverified(),
        s.notJudged(),
        s.gaps());
  }

  private static List<FindingEntry> findings(AuditResult result) {
    IdentityHashMap<Object, Integer> places = places(result.assessments());
    List<FindingEntry> entries = new ArrayList<>();
    for (Findings.Finding f : Findings.of(result)) {
      entries.add(
          new FindingEntry(
              f.label(),
              f.fingerprint(),
              f.kind(),
              f.deviation(),
              f.severity(),
              f.from(),
              f.to(),
              f.row(),
              f.rules(),
              f.namedBy(),
              f.sightings().stream().map(s -> sighting(s, places)).toList()));
    }
    return entries;
  }

  private static Sighting sighting(
      Findings.Sighted sighted, IdentityHashMap<Object, Integer> assessments) {
    return new Sighting(
        Objects.requireNonNull(
            assessments.get(sighted.assessment()), "a finding is of this result"),
        sighted.assessment().judgements().indexOf(sighted.judgement()));
  }

  /// Where each of `entries` stands; equal ones keep places of their own.
  private static IdentityHashMap<Object, Integer> places(List<?> entries) {
    IdentityHashMap<Object, Integer> places = new IdentityHashMap<>();
    for (int i = 0; i < entries.size(); i++) {
      places.put(entries.get(i), i);
    }
    return places;
  }

  private static List<CellEntry> cells(AuditResult result) {
    IdentityHashMap<Object, Integer> assessments = places(result.assessments());
    IdentityHashMap<Object, Integer> gaps = places(result.gaps());
    return Cells.of(result).stream()
        .map(c ->
            new CellEntry(
                c.key().to(),
                c.key().row(),
                c.key().from(),
                c.worst().word(),
                c.assessments().stream().map(assessments::get).toList(),
                c.gaps().stream().map(gaps::get).toList()))
        .toList();
  }
}
