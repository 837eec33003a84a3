package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Session;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import java.util.Optional;

/// Says in one sentence what was seen and what it proves.
final class Because {
  private Because() {}

  /// @param harmful whether a connection to that port may do harm, so that perhaps none was made
  static String of(Sighting sighting, Observation observation, Evidence evidence, boolean harmful) {
    if (sighting == Sighting.SESSION) {
      return proves(sighting, evidence);
    }
    return switch (observation) {
      case Unmeasured u -> "not measured: " + u.cause().visible();
      case Measured m -> saw(m, harmful) + "; " + proves(sighting, evidence);
    };
  }

  private static String saw(Measured m, boolean harmful) {
    String times = m.sent() == 1 ? "" : " (" + m.answered() + " of " + m.sent() + " attempts)";
    String from = m.icmp().map(i -> " by " + i).orElse("");
    return switch (m.reason()) {
      case SYN_ACK -> (harmful ? "answered with SYN-ACK" : "connected") + times;
      case UDP_RESPONSE -> "answered" + times;
      case RESET -> "refused with a reset" + times;
      case NO_RESPONSE -> "no answer to " + attempts(m.sent());
      case PORT_UNREACHABLE, PROTO_UNREACHABLE -> m.reason().word() + from;
      case ADMIN_PROHIBITED, HOST_PROHIBITED, NET_PROHIBITED -> "rejected" + orWord(from, m);
      case HOST_UNREACHABLE, NET_UNREACHABLE ->
          m.reason().word() + (from.isEmpty() ? " from here" : from);
    };
  }

  private static String orWord(String from, Measured m) {
    return from.isEmpty() ? " (" + m.reason().word() + ")" : from + " (" + m.reason().word() + ")";
  }

  private static String attempts(int sent) {
    return sent == 1 ? "one attempt" : sent + " attempts";
  }

  private static String proves(Sighting sighting, Evidence evidence) {
    return switch (sighting) {
      case OPEN -> "a port that nobody offers does not connect, so this one is real";
      case OPEN_UNTRUSTED ->
          "but ports that nobody offers connect too, or were not tried: something on the way may accept everything";
      case SESSION ->
          "a session stands that was opened from here, by the socket tables of "
              + (evidence.session() == Session.OUTWARD_BOTH
                  ? "both ends"
                  : "this end, though the other did not tell")
              + "; nothing was sent to find out";
      case OPEN_ASTRAY ->
          "but the node, which sees our packets arrive otherwise, sees none of these: another machine"
              + " answers";
      case REJECTED ->
          evidence.hold() == Evidence.Hold.HELD
              ? "the node says that a listener holds the port, so something rejects us"
              : "another vantage point finds it open, so something rejects us";
      case RESET_WITNESS_HEARD ->
          "nothing listens, and a witness on the port heard us: the path is open";
      case RESET_WITNESS_UNHEARD -> "a witness on the port did not hear us: something rejects us";
      case RESET_NO_WITNESS ->
          "nothing listens, and no witness may take this port: the path is not proven";
      case RESET_UNKNOWN ->
          "nobody on the node can say whether something listens: closed or rejected";
      case ICMP_REJECTED -> "the control holds (" + control(evidence) + "), so a rule says no";
      case UNREACHABLE ->
          evidence.positive().isPresent()
              ? "but the address can be reached otherwise: a route that fails for a moment looks like a rule"
              : "nothing shows that the address can be reached from here at all";
      case DROPPED -> "the control holds (" + control(evidence) + "), so a rule drops it";
      case DROPPED_HELD ->
          "the node says that a listener holds the port, and the control holds ("
              + control(evidence)
              + "), so a rule drops it";
      case HUNG -> "a listener holds the port, but its accept queue may have been full";
      case SILENT_UNSIGNED ->
          evidence.session() == Session.INWARD
              ? "but a session stands that the other side opened, so it may want signed packets"
                  + " (TCP-MD5) of us: silence proves nothing"
              : "but the node dropped packets that were not signed (TCP-MD5): silence proves nothing";
      case SILENT_UNCONTROLLED ->
          "but nothing shows that the address could be reached from here all along: silence proves"
              + " nothing";
      case UDP_REFUSED -> "a free port and a rejecting firewall look alike";
      case UDP_SILENT ->
          evidence
              .overlay()
              .map(OverlayEvidence::because)
              .orElse("a service that ignores us and a firewall that drops look alike");
      case UDP_WITNESS_HEARD ->
          "nothing listens, and a witness on the port heard us: the path is open";
      case UDP_WITNESS_UNANSWERED ->
          "nothing listens, and a witness on the port heard us, but its answers did not come back:"
              + " the way there is open";
      case UDP_WITNESS_UNHEARD ->
          "nothing listens, and a witness on the port did not hear us, although datagrams reach the"
              + " address ("
              + datagrams(evidence)
              + "): something blocks this port";
      case OVERLAY_OPEN, OVERLAY_BLOCKED -> overlay(evidence);
      case OVERLAY_INJECTABLE ->
          overlay(evidence) + ", which is outside the nodes and can send into the pod network";
      case OVERLAY_BROKEN ->
          "the overlay that leads there is blocked (see its UDP port), so that silence says nothing of"
              + " this port";
      case UNLISTED -> "the node listens, and no rule knows the port";
      case UNSTABLE -> "its answers keep changing";
      case UNMEASURED -> "not measured";
    };
  }

  private static String datagrams(Evidence evidence) {
    return evidence.datagrams().equals(Optional.of(Grade.A))
        ? "the node sees ours arrive"
        : "it answers to ours otherwise";
  }

  private static String overlay(Evidence evidence) {
    return evidence.overlay().map(OverlayEvidence::because).orElse("");
  }

  private static String control(Evidence evidence) {
    return switch (evidence.positive().orElse(Grade.D)) {
      case A -> "the node sees our packets arrive";
      case B -> "the address answers us otherwise";
      case C -> "a neighbour of the address answers us, and the address answers others";
      case D -> "none";
    };
  }
}
