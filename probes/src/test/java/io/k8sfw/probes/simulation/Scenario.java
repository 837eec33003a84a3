package io.k8sfw.probes.simulation;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.plan.PlanOptions;
import java.util.List;

/// All that an audit is given, and the world that it is let loose on.
///
/// @param errorQueue whether the vantage points tell an ICMP rejection from a reset
/// @param sockets that the process may have open
/// @param evidence what the nodes' agents say of their sockets
record Scenario(
    Matrix matrix,
    Inventory inventory,
    PlanOptions options,
    World world,
    boolean errorQueue,
    int sockets,
    List<TargetEvidence> evidence) {
  /// The same, with more that goes wrong.
  Scenario with(Trouble... troubles) {
    return new Scenario(
        matrix, inventory, options, world.with(troubles), errorQueue, sockets, evidence);
  }

  @Override
  public String toString() {
    return world.troubles()
        + ", pace "
        + options.pace().name()
        + ", "
        + inventory.nodes().size()
        + " nodes, error queue "
        + errorQueue
        + ", at most "
        + sockets
        + " sockets and "
        + options.trackedAtMost()
        + " tracked";
  }
}
