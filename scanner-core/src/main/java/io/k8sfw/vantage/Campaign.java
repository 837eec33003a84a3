package io.k8sfw.vantage;

import io.k8sfw.observation.Observations;
import java.util.List;

/// Carries out orders, whatever goes wrong: a vantage point that fails costs its own ports, never
/// the run.
public interface Campaign {
  /// @return one reading for each target of each order; what could not be measured is in it as such
  Observations observe(List<ProbeOrder> orders, Progress progress);
}
