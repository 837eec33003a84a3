package io.k8sfw.plan;

import io.k8sfw.model.Zone;
import java.util.SortedSet;

/// Says that not all places of some zones looked at every node. What the others would have seen is
/// not known, and not counted either.
///
/// @param from zones that each of the places stands for
/// @param places how many there are
/// @param perNode how many of them looked at each node, at least: 1..`places`
public record PlaceSample(SortedSet<Zone> from, int places, int perNode) {
  public PlaceSample {
    if (perNode < 1 || perNode > places) {
      throw new IllegalArgumentException("not a sample: " + perNode + " of " + places);
    }
  }
}
