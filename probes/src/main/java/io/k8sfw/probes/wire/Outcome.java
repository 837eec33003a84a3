package io.k8sfw.probes.wire;

import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import java.util.Optional;

/// What came of one attempt on a port.
public sealed interface Outcome {
  Outcome OPEN = new Heard(PortState.OPEN, Reason.SYN_ACK, Optional.empty());
  Outcome REFUSED = new Heard(PortState.CLOSED, Reason.RESET, Optional.empty());
  Outcome SILENT = new Silent();

  /// The wire answered.
  record Heard(PortState state, Reason reason, Optional<Icmp> icmp) implements Outcome {}

  /// Nothing came for as long as the attempt waited.
  record Silent() implements Outcome {}

  /// The fault is on this machine: the port was not asked, or not rightly.
  ///
  /// @param cause for people
  /// @param passing it may go away when less is done at once, so that another try makes sense
  record Fault(String cause, boolean passing) implements Outcome {
    /// It was not waited for.
    static final Fault ENDED = new Fault("the vantage point was closed", false);

    /// Our own program failed; nobody would hear of it on an event loop's thread.
    static Fault broken(Throwable e) {
      return new Fault("the prober itself failed: " + e, false);
    }
  }
}
