package io.k8sfw.vantage;

import io.k8sfw.observation.Control;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.TargetReading;
import java.util.List;

/// What one vantage point brought back from one order.
///
/// @param readings one for each target of the order, in its order
/// @param paths one for each address that was asked over TCP
/// @param probesSent attempts, controls included
public record VantageReading(
    List<TargetReading> readings, List<Control> controls, List<PathReport> paths, long probesSent) {
  public VantageReading {
    readings = List.copyOf(readings);
    controls = List.copyOf(controls);
    paths = List.copyOf(paths);
  }
}
