package io.k8sfw.evaluate;

import java.util.Optional;

/// What the targets and the rest of the audit know about a port that one vantage point probed.
///
/// @param positive the best positive control that holds; empty where silence means nothing
/// @param negative whether the negative control holds
/// @param hold whether the node says that the port is taken
/// @param overflowed whether an accept queue of the node overflowed meanwhile, or nobody knows
/// @param openElsewhere another vantage point saw it open
/// @param witnessHeard whether a witness on it was heard; empty where there was none
/// @param session one that stood all along
/// @param unsignedDropped whether a socket of the node dropped packets meanwhile that were not
///   signed, and the port is one that may want that
record Evidence(
    Optional<Grade> positive,
    boolean negative,
    Hold hold,
    boolean overflowed,
    boolean openElsewhere,
    Optional<Boolean> witnessHeard,
    Session session,
    boolean unsignedDropped) {
  /// Without sessions.
  Evidence(
      Optional<Grade> positive,
      boolean negative,
      Hold hold,
      boolean overflowed,
      boolean openElsewhere,
      Optional<Boolean> witnessHeard) {
    this(positive, negative, hold, overflowed, openElsewhere, witnessHeard, Session.NONE, false);
  }

  /// What socket tables say of sessions between the vantage point and the address.
  enum Session {
    NONE,
    /// The address connected to the vantage point.
    INWARD,
    /// The vantage point connected to the port, as its own machine says.
    OUTWARD,
    /// The vantage point connected to the port, as both machines say.
    OUTWARD_BOTH
  }

  /// What the target's agent says of a port.
  enum Hold {
    HELD,
    FREE,
    /// There is no agent, or it changed meanwhile.
    UNKNOWN
  }
}
