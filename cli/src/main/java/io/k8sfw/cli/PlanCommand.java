package io.k8sfw.cli;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.vantage.TrackedShares;
import io.k8sfw.vantage.Tracking;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `plan`: the line up to where something would be sent.
@Command(
    name = "plan",
    customSynopsis = "k8sfw-audit plan -m MATRIX -i FILE [options]",
    description = "Show what `run` would probe, from where, how hard and how long. Sends nothing.",
    footer = {"", "Example: k8sfw-audit plan -m builtin:seed -i prod.yaml --pace polite"})
final class PlanCommand extends Subcommand {
  @Mixin MatrixOption matrix = new MatrixOption();
  @Mixin InventoryOption inventory = new InventoryOption();
  @Mixin ProbeOptions probe = new ProbeOptions();

  /// Of no effect: that a command line of `run` can be planned as it is.
  @Mixin SshOption ssh = new SshOption();

  PlanCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal, IOException {
    PlanOptions options = probe.planOptions(environment());
    ssh.client();
    Inputs inputs = new Inputs(streams());
    Matrix policy = inputs.matrix(matrix.matrix);
    Inventory places = inputs.inventory(inventory.inventory, policy);
    ScanPlan plan = Planner.plan(policy, places, options);
    try (Vantages vantages = Vantages.here(places)) {
      Map<String, Tracking> tables = vantages.tracking();
      streams()
          .print(
              new PlanText(
                      policy,
                      places,
                      plan,
                      options.pace(),
                      TrackedShares.within(plan.orders(), tables),
                      tables,
                      vantages.unopened())
                  .lines());
    }
    return ExitCodes.COMPLIANT;
  }
}
