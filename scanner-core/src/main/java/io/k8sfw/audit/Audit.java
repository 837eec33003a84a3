package io.k8sfw.audit;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Evaluator;
import io.k8sfw.input.Sha256;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Composition;
import io.k8sfw.result.AuditResult.Place;
import io.k8sfw.result.AuditResult.RuleInForce;
import io.k8sfw.result.AuditResult.Run;
import io.k8sfw.result.AuditResult.Source;
import io.k8sfw.result.AuditResult.Tool;
import io.k8sfw.vantage.Campaign;
import io.k8sfw.vantage.Progress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// One audit from start to end. Read this first: every step is one line of [#run].
///
/// Only the campaign is concurrent, slow or fallible, and it sees addresses and ports only.
public final class Audit {
  private final Campaign campaign;
  private final Tool tool;

  public Audit(Campaign campaign, Tool tool) {
    this.campaign = campaign;
    this.tool = tool;
  }

  /// @param strict whether closed-unproven counts as unverified
  public AuditResult run(
      Matrix matrix, Inventory inventory, PlanOptions options, boolean strict, Progress progress) {
    ScanPlan plan = Planner.plan(matrix, inventory, options);
    Observations observations = campaign.observe(plan.orders(), progress);
    List<Assessment> assessments = Evaluator.assess(plan, matrix, inventory, observations, strict);
    return result(matrix, inventory, options, strict, plan, observations, assessments);
  }

  private AuditResult result(
      Matrix matrix,
      Inventory inventory,
      PlanOptions options,
      boolean strict,
      ScanPlan plan,
      Observations observations,
      List<Assessment> assessments) {
    String id = Sha256.of(matrix.sha256() + inventory.sha256() + observations.started().toString());
    return new AuditResult(
        tool,
        new Run(
            id.substring(0, 12),
            observations.started(),
            observations.finished(),
            observations.interrupted(),
            options.pace().name(),
            plan.seed(),
            strict),
        source(matrix.name(), matrix.source(), matrix.sha256()),
        source(inventory.name(), inventory.source(), inventory.sha256()),
        inventory.facts(),
        matrix.rules().stream()
            .map(r -> new RuleInForce(r, r.when().in(inventory.facts())))
            .toList(),
        inventory.nodes(),
        places(inventory, observations),
        assessments,
        plan.gaps(),
        plan.exclusions(),
        List.of(),
        List.of(),
        new Composition(
            matrix.parts().stream().map(p -> source(p.name(), p.source(), p.sha256())).toList(),
            matrix.chosen()),
        inventory.services(),
        plan.placeSamples());
  }

  private static Source source(String name, String origin, String sha256) {
    return new Source(Untrusted.of(name), Untrusted.of(origin), sha256);
  }

  private static List<Place> places(Inventory inventory, Observations observations) {
    Map<String, List<VantageReport>> reports = by(VantageReport::vantage, observations.vantages());
    Map<String, List<Control>> controls = by(Control::vantage, observations.controls());
    Map<String, List<PathReport>> paths = by(PathReport::vantage, observations.paths());
    Map<String, List<SourceReport>> sources = by(SourceReport::vantage, observations.sources());
    return inventory.vantagePoints().stream()
        .map(v ->
            new Place(
                v,
                reports.getOrDefault(v.name(), List.of(unused(v))).getFirst(),
                controls.getOrDefault(v.name(), List.of()),
                paths.getOrDefault(v.name(), List.of()),
                sources.getOrDefault(v.name(), List.of())))
        .toList();
  }

  private static <T> Map<String, List<T>> by(Function<T, String> vantage, List<T> all) {
    return all.stream().collect(Collectors.groupingBy(vantage));
  }

  /// A vantage point that the plan had nothing to ask of.
  private static VantageReport unused(VantagePoint vantagePoint) {
    return new VantageReport(
        vantagePoint.name(), vantagePoint.agent().toString(), Set.of(), Optional.empty(), 0);
  }
}
