package io.k8sfw.inventory;

import io.k8sfw.model.Zone;
import java.util.Optional;
import java.util.SortedSet;

/// A place that probes leave from.
///
/// @param zones what it stands for; never empty
/// @param node the node it is on, which it never probes; empty for a place outside
public record VantagePoint(
    String name, SortedSet<Zone> zones, Agent agent, Fidelity fidelity, Optional<String> node) {
  /// How well a place stands for its zones.
  public enum Fidelity {
    /// It is one of them.
    EXACT,
    /// It is like one of them; no verdict from here gets a better grade than B.
    REPRESENTATIVE
  }
}
