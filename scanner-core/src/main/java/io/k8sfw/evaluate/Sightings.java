package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.evaluate.Evidence.Session;
import io.k8sfw.evaluate.OverlayEvidence.Path;
import io.k8sfw.model.Flow;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.WitnessReport.Hearing;
import java.net.InetAddress;
import java.util.Optional;

/// Puts an observation and its evidence into a row of the decision table.
final class Sightings {
  private Sightings() {}

  static Sighting of(Flow flow, Observation observation, Evidence evidence) {
    if (isOutward(evidence)) {
      return Sighting.SESSION;
    }
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
      case OPEN -> open(evidence);
      case CLOSED -> closed(flow, measured, evidence);
      case FILTERED -> filtered(flow.address(), measured, evidence);
      case OPEN_FILTERED -> udpSilent(evidence);
    };
  }

  private static Sighting open(Evidence evidence) {
    if (!evidence.negative()) {
      return Sighting.OPEN_UNTRUSTED;
    }
    return evidence.astray() ? Sighting.OPEN_ASTRAY : Sighting.OPEN;
  }

  /// What a witness on a UDP port settles.
  private static Optional<Sighting> witnessed(Evidence evidence) {
    if (evidence.hold() != Hold.FREE || evidence.witness().isEmpty()) {
      return Optional.empty();
    }
    return switch (evidence.witness().get()) {
      case ANSWERED -> Optional.of(Sighting.UDP_WITNESS_HEARD);
      case RECEIVED -> Optional.of(Sighting.UDP_WITNESS_UNANSWERED);
      case UNHEARD ->
          evidence.datagrams().isPresent()
              ? Optional.of(Sighting.UDP_WITNESS_UNHEARD)
              : Optional.empty();
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
      return witnessed(evidence).orElse(Sighting.UDP_REFUSED);
    }
    if (evidence.hold() == Hold.FREE && evidence.witness().isPresent()) {
      return evidence.witness().get() == Hearing.UNHEARD
          ? Sighting.RESET_WITNESS_UNHEARD
          : Sighting.RESET_WITNESS_HEARD;
    }
    return evidence.hold() == Hold.FREE ? Sighting.RESET_NO_WITNESS : Sighting.RESET_UNKNOWN;
  }

  private static Sighting udpSilent(Evidence evidence) {
    return switch (evidence.overlay().map(OverlayEvidence::path).orElse(Path.UNKNOWN)) {
      case OPEN -> Sighting.OVERLAY_OPEN;
      case BLOCKED -> Sighting.OVERLAY_BLOCKED;
      case UNKNOWN -> witnessed(evidence).orElse(Sighting.UDP_SILENT);
    };
  }

  private static Sighting filtered(InetAddress address, Measured measured, Evidence evidence) {
    if (measured.reason() == Reason.NO_RESPONSE) {
      return silent(evidence);
    }
    boolean unreachable =
        measured.reason() == Reason.HOST_UNREACHABLE || measured.reason() == Reason.NET_UNREACHABLE;
    // Whoever is reached and calls itself unreachable has a rule that says so.
    boolean byItself = measured.icmp().filter(icmp -> icmp.from().equals(address)).isPresent();
    return unreachable && !byItself ? Sighting.UNREACHABLE : icmp(evidence);
  }

  private static Sighting icmp(Evidence evidence) {
    return evidence.positive().isPresent() ? Sighting.ICMP_REJECTED : Sighting.UNREACHABLE;
  }

  private static boolean isOutward(Evidence evidence) {
    return switch (evidence.session()) {
      case OUTWARD, OUTWARD_BOTH -> true;
      case NONE, INWARD -> false;
    };
  }

  private static Sighting silent(Evidence evidence) {
    if (evidence.positive().isEmpty()) {
      return Sighting.SILENT_UNCONTROLLED;
    }
    // The kernel drops a peer's SYN that is not signed, and ours never is.
    boolean peer = evidence.session() == Session.INWARD || evidence.unsignedDropped();
    if (peer && evidence.hold() != Hold.FREE) {
      return Sighting.SILENT_UNSIGNED;
    }
    if (evidence.hold() != Hold.HELD) {
      return Sighting.DROPPED;
    }
    return evidence.overflowed() ? Sighting.HUNG : Sighting.DROPPED_HELD;
  }
}
