package io.k8sfw.cli;

import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.probes.LiveCampaign;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.probes.agent.CarriedObservations;
import io.k8sfw.probes.agent.CarriedPlan;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Carries out a plan that was brought to this place, and prints what came of it.
final class PlannedAgent {
  private final Streams streams;
  private final boolean quiet;
  private final ProgressMeter.Style style;

  PlannedAgent(Streams streams, boolean quiet, ProgressMeter.Style style) {
    this.streams = streams;
    this.quiet = quiet;
    this.style = style;
  }

  /// @param file the plan, as the user named it
  /// @return the exit code
  int carryOut(String file) throws Refusal, IOException {
    byte[] bytes = new Inputs(streams).bytes(file);
    CarriedPlan plan = Inputs.parsed(() -> CarriedPlan.read(Inputs.source(file), bytes));
    if (Instant.now().isAfter(plan.expires())) {
      throw Refusal.usage(
          "{}: expired at {}: addresses may be somebody else's by now; plan again",
          Inputs.source(file),
          plan.expires());
    }
    Observations seen;
    try (var _ = streams.stop().orderly();
        LocalVantage here = LocalVantage.open(plan.place());
        ProgressMeter meter =
            new ProgressMeter(streams, style, List.of(plan.order()), System::nanoTime)) {
      seen = CarriedObservations.write(plan, new LiveCampaign(List.of(here)), meter, streams.out());
      streams.requirePrinted();
    }
    return said(seen);
  }

  private int said(Observations seen) {
    Optional<Untrusted> failure =
        seen.vantages().stream().map(VantageReport::failure).flatMap(Optional::stream).findFirst();
    failure.ifPresent(why -> streams.say("{}", why));
    if (!quiet) {
      streams.say(
          "{}observed {} targets with {} probes",
          seen.interrupted().isPresent() ? "interrupted: " : "",
          seen.readings().size(),
          seen.vantages().stream().mapToLong(VantageReport::probesSent).sum());
    }
    return streams.stop().requested().map(Stop.Signal::exitCode).orElse(ExitCodes.COMPLIANT);
  }
}
