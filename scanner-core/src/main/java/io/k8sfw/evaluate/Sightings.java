package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.evaluate.OverlayEvidence.Path;
import io.k8sfw.model.Flow;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Reason;

/// Puts an observation and its evidence into a row of the decision table.
final class Sightings {
  private Sightings() {}

  static Sighting of(Flow flow, Observation observation, Evidence evidence) {
    return switch (observation) {
      case Unmeasured _ -> Sighting.UNMEASURED;
      case Measured measured -> of(flow, measured, evidence);
    };
  }

  private static Sighting of(Flow flow, Measured measured, Evidence evidence) {
    if (measured.unstable()) {
      return evidence.negative() ? Sighting.UNSTABLE : Sighting.OPEN_UNTRUSTED;
    }
    return switch (measured.state()) {
      case OPEN -> evidence.negative() ? Sighting.OPEN : Sighting.OPEN_UNTRUSTED;
      case CLOSED -> closed(flow, measured, evidence);
      case FILTERED -> filtered(measured, evidence);
      case OPEN_FILTERED -> udpSilent(evidence);
    };
  }

  private static Sighting closed(Flow flow, Measured measured, Evidence evidence) {
    boolean byAnother =
        measured.icmp().isPresent() && !measured.icmp().get().from().equals(flow.address());
    if (byAnother) {
      return icmp(evidence);
    }
    if (evidence.openElsewhere() || (evidence.hold() == Hold.HELD && !evidence.overflowed())) {
      return Sighting.REJECTED;
    }
    if (flow.protocol().equals(Protocol.UDP)) {
      return Sighting.UDP_REFUSED;
    }
    if (evidence.hold() == Hold.FREE && evidence.witnessHeard().isPresent()) {
      return evidence.witnessHeard().get()
          ? Sighting.RESET_WITNESS_HEARD
          : Sighting.RESET_WITNESS_UNHEARD;
    }
    return evidence.hold() == Hold.FREE ? Sighting.RESET_NO_WITNESS : Sighting.RESET_UNKNOWN;
  }

  private static Sighting udpSilent(Evidence evidence) {
    return switch (evidence.overlay().map(OverlayEvidence::path).orElse(Path.UNKNOWN)) {
      case OPEN -> Sighting.OVERLAY_OPEN;
      case BLOCKED -> Sighting.OVERLAY_BLOCKED;
      case UNKNOWN -> Sighting.UDP_SILENT;
    };
  }

  private static Sighting filtered(Measured measured, Evidence evidence) {
    if (measured.reason() == Reason.NO_RESPONSE) {
      return silent(evidence);
    }
    boolean unreachable =
        measured.reason() == Reason.HOST_UNREACHABLE || measured.reason() == Reason.NET_UNREACHABLE;
    return unreachable ? Sighting.UNREACHABLE : icmp(evidence);
  }

  private static Sighting icmp(Evidence evidence) {
    return evidence.positive().isPresent() ? Sighting.ICMP_REJECTED : Sighting.UNREACHABLE;
  }

  private static Sighting silent(Evidence evidence) {
    if (evidence.positive().isEmpty()) {
      return Sighting.SILENT_UNCONTROLLED;
    }
    if (evidence.hold() != Hold.HELD) {
      return Sighting.DROPPED;
    }
    return evidence.overflowed() ? Sighting.HUNG : Sighting.DROPPED_HELD;
  }
}
