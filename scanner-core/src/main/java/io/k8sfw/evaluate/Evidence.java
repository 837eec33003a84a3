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
/// @param overlay what sending through an overlay on it proves; empty where nothing was tried
record Evidence(
    Optional<Grade> positive,
    boolean negative,
    Hold hold,
    boolean overflowed,
    boolean openElsewhere,
    Optional<Boolean> witnessHeard,
    Optional<OverlayEvidence> overlay) {
  /// What the target's agent says of a port.
  enum Hold {
    HELD,
    FREE,
    /// There is no agent, or it changed meanwhile.
    UNKNOWN
  }
}
