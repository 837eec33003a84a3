package io.k8sfw.observation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Everything that one campaign learnt.
///
/// @param interrupted why it stopped early; empty when it ran to its end
/// @param overlays what came of sending through overlays
public record Observations(
    Instant started,
    Instant finished,
    List<VantageReport> vantages,
    List<TargetReading> readings,
    List<Control> controls,
    List<PathReport> paths,
    List<TargetEvidence> targets,
    List<WitnessReport> witnesses,
    Optional<String> interrupted,
    List<SessionReport> sessions,
    List<SourceReport> sources,
    List<OverlayReport> overlays) {
  public Observations {
    vantages = List.copyOf(vantages);
    readings = List.copyOf(readings);
    controls = List.copyOf(controls);
    paths = List.copyOf(paths);
    targets = List.copyOf(targets);
    witnesses = List.copyOf(witnesses);
    sessions = List.copyOf(sessions);
    sources = List.copyOf(sources);
    overlays = List.copyOf(overlays);
  }

  /// Without sessions, sources and overlays.
  public Observations(
      Instant started,
      Instant finished,
      List<VantageReport> vantages,
      List<TargetReading> readings,
      List<Control> controls,
      List<PathReport> paths,
      List<TargetEvidence> targets,
      List<WitnessReport> witnesses,
      Optional<String> interrupted) {
    this(
        started,
        finished,
        vantages,
        readings,
        controls,
        paths,
        targets,
        witnesses,
        interrupted,
        List.of(),
        List.of(),
        List.of());
  }
}
