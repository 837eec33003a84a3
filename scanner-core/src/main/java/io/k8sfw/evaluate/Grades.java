package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.evaluate.Evidence.Session;
import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Finding;

/// How well each sighting is proven.
final class Grades {
  private Grades() {}

  static Grade of(Sighting sighting, Verdict verdict, Evidence evidence) {
    if (!(verdict instanceof Compliant) && !(verdict instanceof Finding)) {
      return Grade.D;
    }
    Grade control = evidence.positive().orElse(Grade.D);
    return switch (sighting) {
      case RESET_WITNESS_HEARD, RESET_WITNESS_UNHEARD, UDP_WITNESS_HEARD, UDP_WITNESS_UNANSWERED ->
          Grade.A;
      case UDP_WITNESS_UNHEARD -> evidence.datagrams().orElse(Grade.D);
      case OPEN_ASTRAY -> Grade.B;
      // Nothing was sent: the node's word alone.
      case UNLISTED -> Grade.B;
      case SESSION -> evidence.session() == Session.OUTWARD_BOTH ? Grade.A : Grade.B;
      case OPEN, UNSTABLE -> evidence.hold() == Hold.HELD ? Grade.A : Grade.B;
      case REJECTED -> evidence.hold() == Hold.HELD ? Grade.A : Grade.B;
      case DROPPED_HELD -> control == Grade.C ? Grade.C : Grade.A;
      case ICMP_REJECTED, DROPPED -> control;
      case OVERLAY_OPEN, OVERLAY_INJECTABLE, OVERLAY_BLOCKED ->
          evidence.overlay().map(OverlayEvidence::grade).orElse(Grade.D);
      case RESET_NO_WITNESS, RESET_UNKNOWN, UDP_REFUSED, HUNG, SILENT_UNSIGNED -> Grade.C;
      case OPEN_UNTRUSTED,
          UNREACHABLE,
          SILENT_UNCONTROLLED,
          UDP_SILENT,
          OVERLAY_BROKEN,
          UNMEASURED ->
          Grade.D;
    };
  }
}
