package io.k8sfw.matrix;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.SortedSet;

/// Flows of which two matrices say different things.
///
/// @param when the condition under which they do
/// @param before what the first says, [Expectation#FORBIDDEN] where it says nothing
/// @param after what the second says
public record Difference(
    SortedSet<Zone> to,
    Protocol protocol,
    PortSet ports,
    SortedSet<Zone> from,
    AddressScope address,
    Condition when,
    Expectation before,
    Expectation after) {
  /// `tcp 443 from end-user and worker to worker: required in the first, forbidden in the second`
  @Override
  public String toString() {
    return protocol
        + " "
        + ports
        + " from "
        + Zones.list(from)
        + " to "
        + (address == AddressScope.DEFAULT ? "" : address.word() + " addresses of ")
        + Zones.list(to)
        + (when.clauses().isEmpty() ? "" : ", when " + when)
        + ": "
        + before.word()
        + " in the first, "
        + after.word()
        + " in the second";
  }
}
