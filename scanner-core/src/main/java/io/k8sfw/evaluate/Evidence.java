package io.k8sfw.evaluate;

import io.k8sfw.observation.WitnessReport.Hearing;
import java.util.Optional;

/// What the targets and the rest of the audit know about a port that one vantage point probed.
///
/// @param positive the best positive control that holds; empty where silence means nothing
/// @param negative whether the negative control holds
/// @param hold whether the node says that the port is taken
/// @param overflowed whether an accept queue of the node overflowed meanwhile, or nobody knows
/// @param openElsewhere another vantage point saw it open
/// @param witness how far a question to a witness on it came; empty where there was none
/// @param datagrams the best proof that datagrams reach the address, on this port or another; empty
///   where their silence means nothing
/// @param astray the node did not see connections to the port arrive: another machine answers them
/// @param session one that stood all along
/// @param unsignedDropped whether a socket of the node dropped packets meanwhile that were not
///   signed, and the port is one that may want that
/// @param overlay what sending through an overlay on it proves; empty where nothing was tried
record Evidence(
    Optional<Grade> positive,
    boolean negative,
    Hold hold,
    boolean overflowed,
    boolean openElsewhere,
    Optional<Hearing> witness,
    Optional<Grade> datagrams,
    boolean astray,
    Session session,
    boolean unsignedDropped,
    Optional<OverlayEvidence> overlay) {
  /// Without sessions and overlays.
  Evidence(
      Optional<Grade> positive,
      boolean negative,
      Hold hold,
      boolean overflowed,
      boolean openElsewhere,
      Optional<Hearing> witness,
      Optional<Grade> datagrams,
      boolean astray) {
    this(
        positive,
        negative,
        hold,
        overflowed,
        openElsewhere,
        witness,
        datagrams,
        astray,
        Session.NONE,
        false,
        Optional.empty());
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
