package io.k8sfw.probes.agent;

import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.vantage.Campaign;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A campaign of which some orders were carried out somewhere else before.
public final class WithCarried implements Campaign {
  private final Campaign live;
  private final Map<String, CarriedObservations> carried = new LinkedHashMap<>();

  /// @param live carries out the orders of all other places
  /// @param carried at most one of a place
  public WithCarried(Campaign live, List<CarriedObservations> carried) {
    this.live = live;
    carried.forEach(c -> this.carried.put(c.place(), c));
  }

  @Override
  public Observations observe(List<ProbeOrder> orders, Progress progress) {
    for (ProbeOrder order : orders) {
      if (carried.containsKey(order.vantage())) {
        progress.settled(order.vantage(), order.size());
      }
    }
    Observations here =
        live.observe(
            orders.stream().filter(o -> !carried.containsKey(o.vantage())).toList(), progress);
    List<VantageReport> reports = new ArrayList<>(here.vantages());
    List<TargetReading> readings = new ArrayList<>(here.readings());
    List<Control> controls = new ArrayList<>(here.controls());
    List<PathReport> paths = new ArrayList<>(here.paths());
    List<TargetEvidence> targets = new ArrayList<>(here.targets());
    List<WitnessReport> witnesses = new ArrayList<>(here.witnesses());
    List<SessionReport> sessions = new ArrayList<>(here.sessions());
    List<SourceReport> sources = new ArrayList<>(here.sources());
    Optional<String> interrupted = here.interrupted();
    for (CarriedObservations c : carried.values()) {
      reports.addAll(c.seen().vantages());
      readings.addAll(c.seen().readings());
      controls.addAll(c.seen().controls());
      paths.addAll(c.seen().paths());
      targets.addAll(c.seen().targets());
      witnesses.addAll(c.seen().witnesses());
      sessions.addAll(c.seen().sessions());
      sources.addAll(c.seen().sources());
      interrupted =
          interrupted.or(() ->
              c.seen().interrupted().map(why -> "the observations of " + c.place() + ": " + why));
    }
    return new Observations(
        here.started(),
        here.finished(),
        reports,
        readings,
        controls,
        paths,
        targets,
        witnesses,
        interrupted,
        sessions,
        sources,
        here.overlays());
  }
}
