package io.k8sfw.plan;

/// Whether a node may hold a free port for a moment, to find out whether the way to it is open.
public enum Witnessing {
  /// Where a verdict hangs on it, and nobody else wants the port.
  AUTO,
  /// Nowhere: nothing listens that did not listen before.
  NEVER
}
