package io.k8sfw.cli;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.probes.agent.CarriedPlan;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.TrackedShares;
import io.k8sfw.vantage.Tracking;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `plan`: the line up to where something would be sent.
@Command(
    name = "plan",
    customSynopsis = "k8sfw-audit plan -m MATRIX... -i FILE [--for PLACE -o plan=FILE] [options]",
    description = "Show what `run` would probe, from where, how hard and how long. Sends nothing.",
    footer = {
      "",
      "Example: k8sfw-audit plan -m builtin:seed -i prod.yaml --pace polite",
      "For a place that nobody can log in to from here (agent: offline):",
      "  here:   k8sfw-audit plan -m builtin:seed -i prod.yaml --for branch -o plan=branch.plan",
      "  there:  k8sfw-audit agent --plan branch.plan > branch.jsonl",
      "  here:   k8sfw-audit run -m builtin:seed -i prod.yaml --observations branch.jsonl"
    })
final class PlanCommand extends Subcommand {
  private static final String PLAN = "plan=";

  @Mixin MatrixOption matrix = new MatrixOption();
  @Mixin InventoryOption inventory = new InventoryOption();
  @Mixin ProbeOptions probe = new ProbeOptions();

  /// Of no effect: that a command line of `run` can be planned as it is.
  @Mixin SshOption ssh = new SshOption();

  @Mixin PodOptions pods = new PodOptions();

  @Option(
      names = "--for",
      paramLabel = "PLACE",
      description = "Write the plan of this offline vantage point, to be carried there.")
  @Nullable String place;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "plan=FILE",
      description = "Where to: a file, or - for standard output.")
  List<String> outputs = new ArrayList<>();

  PlanCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal, IOException {
    PlanOptions options = probe.planOptions(environment());
    ssh.client();
    Inputs inputs = new Inputs(streams());
    InventorySource source = inventory.source(inputs, streams(), false);
    Matrix policy = inputs.matrix(matrix.words(environment()), source.facts());
    Inventory places = source.read(policy);
    if (place != null || !outputs.isEmpty()) {
      Map<String, CarriedPlan> plans =
          ObservationsOption.plans(policy, places, options, Instant.now());
      return write(plans, places, source.files(), options.disruptBgp());
    }
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
      streams().print(pods.lines(places, environment()));
    }
    return ExitCodes.COMPLIANT;
  }

  private int write(
      Map<String, CarriedPlan> plans, Inventory places, List<String> files, boolean disruptBgp)
      throws Refusal, IOException {
    if (place == null || outputs.size() != 1 || !outputs.getFirst().startsWith(PLAN)) {
      throw Refusal.usage("--for PLACE and one -o plan=FILE go together");
    }
    CarriedPlan plan = plans.get(place);
    if (plan == null) {
      throw Refusal.usage("--for {}: {}", place, whyNot(place, places));
    }
    if (disruptBgp) {
      streams()
          .say(
              "--allow-disruptive bgp is not carried along: nothing connects to BGP from {}",
              place);
    }
    String path = outputs.getFirst().substring(PLAN.length());
    if (path.isEmpty()) {
      throw Refusal.usage("-o {}: there is no path after the equals sign", outputs.getFirst());
    }
    if (path.equals(Inputs.STDIN)) {
      streams().out().writeBytes(plan.file());
      streams().requirePrinted();
      return ExitCodes.COMPLIANT;
    }
    Outputs.requireNoInput(
        outputs.getFirst(),
        Inputs.path(path),
        Stream.concat(matrix.words(environment()).stream(), files.stream()).toList());
    AtomicFile file = AtomicFile.at(Inputs.path(path));
    file.write(plan.file());
    streams()
        .say(
            "wrote {}: {} ports of {} addresses; expires {}",
            file.path(),
            plan.order().size(),
            plan.order().targets().stream().map(ProbeOrder.Target::address).distinct().count(),
            plan.expires());
    return ExitCodes.COMPLIANT;
  }

  private static String whyNot(String place, Inventory places) {
    Optional<VantagePoint> point = places.vantagePoint(place);
    if (point.isEmpty()) {
      return "there is no such vantage point; there are: "
          + places.vantagePoints().stream()
              .map(VantagePoint::name)
              .collect(Collectors.joining(", "));
    }
    return point.get().agent() instanceof Agent.Offline
        ? "nothing is to be probed from there"
        : "its agent is " + point.get().agent() + "; for a plan to carry, write agent: offline";
  }
}
