package io.k8sfw.probes.simulation;

/// What a packet to a port meets where it is meant to go, when nothing goes wrong on the way.
enum Truth {
  /// Something listens.
  OPEN,
  /// Something listens that never accepts: it answers until its queue is full (listen(2)), and
  /// nobody from then on.
  HUNG,
  /// Nothing listens, and the machine says so.
  CLOSED,
  /// A firewall drops it.
  DROPPED,
  /// A firewall answers with an ICMP error, which Linux limits.
  REJECTED_BY_ICMP,
  /// A firewall answers with a reset of its own.
  REJECTED_BY_RESET;

  boolean listens() {
    return this == OPEN || this == HUNG;
  }

  /// Whether the firewall lets it through.
  boolean passes() {
    return listens() || this == CLOSED;
  }
}
