package io.k8sfw.probes.batch;

/// What attempts may take of connection tracking tables now.
enum Room {
  /// Only attempts that share the entry of an earlier one may be made.
  NONE,
  /// Canaries may be sent too.
  LITTLE,
  ENOUGH
}
