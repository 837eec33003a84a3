package io.k8sfw.observation;

import io.k8sfw.model.Untrusted;
import java.util.Optional;

/// What came of probing a port.
public sealed interface Observation {
  /// The wire answered, or stayed silent for as long as we waited.
  ///
  /// @param icmp the ICMP error, where one was the answer and this machine could read it
  /// @param sent attempts, at least 1
  /// @param answered how many of them gave `state`; fewer than `sent` after a loss
  /// @param unstable the answers kept changing: some opened and some did not, in more tries than
  ///   loss explains
  record Measured(
      PortState state, Reason reason, Optional<Icmp> icmp, int sent, int answered, boolean unstable)
      implements Observation {}

  /// Nothing was learnt, and the fault is on our side or in the audit itself: never a port state.
  ///
  /// @param cause for people
  record Unmeasured(Untrusted cause) implements Observation {}
}
