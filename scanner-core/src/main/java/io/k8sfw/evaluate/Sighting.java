package io.k8sfw.evaluate;

/// What was observed of a port, together with what the target and the rest of the audit know: the
/// rows of the decision table.
public enum Sighting {
  OPEN("open"),
  SESSION("session established"),
  OPEN_UNTRUSTED("open, negative control fails"),
  OPEN_ASTRAY("open, but the node saw no attempt arrive"),
  REJECTED("reset, held or open elsewhere"),
  RESET_WITNESS_HEARD("reset, free, witness heard"),
  RESET_WITNESS_UNHEARD("reset, free, witness not heard"),
  RESET_NO_WITNESS("reset, free, no witness possible"),
  RESET_UNKNOWN("reset, no target evidence"),
  ICMP_REJECTED("rejected by ICMP, positive control holds"),
  UNREACHABLE("unreachable by another, or ICMP without a positive control"),
  DROPPED("silent, positive control holds, not held"),
  DROPPED_HELD("silent, positive control holds, held"),
  HUNG("silent, held, accept queue overflows"),
  SILENT_UNSIGNED("silent, held, may want signed packets"),
  SILENT_UNCONTROLLED("silent, no positive control"),
  UDP_REFUSED("port-unreachable, UDP, free or no target evidence"),
  UDP_SILENT("silent, UDP"),
  UDP_WITNESS_HEARD("UDP, free, witness heard"),
  UDP_WITNESS_UNANSWERED("UDP, free, witness heard, its answer lost"),
  UDP_WITNESS_UNHEARD("UDP, free, witness not heard, datagram control holds"),
  OVERLAY_OPEN("silent, UDP, comes through the overlay"),
  OVERLAY_INJECTABLE("silent, UDP, comes through the overlay from a place outside the nodes"),
  OVERLAY_BLOCKED("silent, UDP, blocked on the way into the overlay"),
  OVERLAY_BROKEN("silent, through an overlay that is blocked"),
  UNSTABLE("k of n"),
  UNLISTED("not asked: the node listens, and no rule knows the port"),
  UNMEASURED("unmeasured");

  private final String words;

  Sighting(String words) {
    this.words = words;
  }

  /// As `docs/decision-table.md` calls it.
  public String words() {
    return words;
  }
}
