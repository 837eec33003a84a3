package io.k8sfw.probes.simulation;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Evaluator;
import io.k8sfw.observation.Observations;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.vantage.Progress;
import java.util.List;

/// One audit in one world, from matrix to verdicts, and what the wire wrote down meanwhile.
///
/// @param carried one for each order of the plan
record Simulation(
    Scenario scenario,
    ScanPlan plan,
    List<SimulatedCampaign.Carried> carried,
    Observations observations,
    List<Assessment> assessments) {

  static Simulation of(Scenario scenario) {
    return of(scenario, Engine.REAL);
  }

  static Simulation of(Scenario scenario, Engine engine) {
    ScanPlan plan = Planner.plan(scenario.matrix(), scenario.inventory(), scenario.options());
    SimulatedCampaign campaign = new SimulatedCampaign(scenario, engine);
    Observations observations = campaign.observe(plan.orders(), Progress.SILENT);
    return new Simulation(
        scenario,
        plan,
        List.copyOf(campaign.carried()),
        observations,
        Evaluator.assess(
            plan, scenario.matrix(), scenario.inventory(), observations, /* strict= */ false));
  }

  /// Everything that is wrong with it; empty as it should be.
  List<Violation> violations() {
    return Invariants.violations(this);
  }

  long attempts() {
    return carried.stream().mapToLong(c -> c.ledger().size()).sum();
  }
}
