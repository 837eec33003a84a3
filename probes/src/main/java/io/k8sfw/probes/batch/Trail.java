package io.k8sfw.probes.batch;

import io.k8sfw.probes.pacing.TrackedConnections;

/// What a silent attempt left behind: an entry in connection tracking tables, which another from
/// the same source port shares.
///
/// @param source port
/// @param endedAt on the timeline
record Trail(int source, long endedAt) {
  boolean lives(long now) {
    return TrackedConnections.lives(endedAt, now);
  }
}
