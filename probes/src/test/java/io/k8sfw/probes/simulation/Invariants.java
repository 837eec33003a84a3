package io.k8sfw.probes.simulation;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What must hold in every world, whatever goes wrong in it.
final class Invariants {
  /// Of one promise, what is told in full.
  private static final int TOLD = 5;

  private final Map<Violation.Promise, List<Violation>> broken =
      new EnumMap<>(Violation.Promise.class);

  private Invariants() {}

  /// Everything that is wrong with `simulation`: empty as it should be. Of each promise, the first
  /// few.
  static List<Violation> violations(Simulation simulation) {
    Invariants invariants = new Invariants();
    for (SimulatedCampaign.Carried carried : simulation.carried()) {
      new WireInvariants(simulation.scenario(), carried, invariants).check();
    }
    new VerdictInvariants(simulation, invariants).check();
    List<Violation> all = new ArrayList<>();
    invariants.broken.values().forEach(of -> all.addAll(of.subList(0, Math.min(TOLD, of.size()))));
    return all;
  }

  void broken(Violation.Promise promise, String detail) {
    broken.computeIfAbsent(promise, _ -> new ArrayList<>()).add(new Violation(promise, detail));
  }
}
