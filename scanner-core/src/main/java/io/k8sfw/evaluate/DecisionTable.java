package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Verdict.ClosedUnproven;
import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.NotJudged;
import io.k8sfw.evaluate.Verdict.Unverified;
import io.k8sfw.matrix.Expectation;

/// The policy on one screen: what each sighting means under each expectation.
///
/// `docs/decision-table.md` is the same table for people; a test reads that page. There is no
/// default: a sighting that is not decided here does not compile.
public final class DecisionTable {
  private DecisionTable() {}

  public static Verdict judge(Sighting sighting, Expectation expectation) {
    return switch (expectation) {
      case REQUIRED -> required(sighting);
      case PATH -> path(sighting);
      case PERMITTED -> permitted(sighting);
      case FORBIDDEN -> forbidden(sighting);
    };
  }

  private static Verdict required(Sighting sighting) {
    return switch (sighting) {
      case OPEN, SESSION, OVERLAY_OPEN, OVERLAY_INJECTABLE -> new Compliant();
      case REJECTED,
          RESET_WITNESS_UNHEARD,
          ICMP_REJECTED,
          DROPPED,
          DROPPED_HELD,
          UDP_WITNESS_UNHEARD,
          OVERLAY_BLOCKED ->
          Verdict.missing();
      case RESET_WITNESS_HEARD, UDP_WITNESS_HEARD -> Verdict.deviates(Deviation.SERVICE_DOWN);
      case UNSTABLE -> Verdict.deviates(Deviation.UNSTABLE);
      case UNLISTED -> Verdict.deviates(Deviation.UNLISTED_LISTENER);
      case OPEN_UNTRUSTED,
          OPEN_ASTRAY,
          RESET_NO_WITNESS,
          RESET_UNKNOWN,
          UNREACHABLE,
          HUNG,
          SILENT_UNSIGNED,
          SILENT_UNCONTROLLED,
          UDP_REFUSED,
          UDP_SILENT,
          UDP_WITNESS_UNANSWERED,
          OVERLAY_BROKEN,
          UNMEASURED ->
          new Unverified();
    };
  }

  private static Verdict path(Sighting sighting) {
    return switch (sighting) {
      case OPEN,
          SESSION,
          RESET_WITNESS_HEARD,
          RESET_NO_WITNESS,
          RESET_UNKNOWN,
          UDP_WITNESS_HEARD,
          OVERLAY_OPEN,
          OVERLAY_INJECTABLE ->
          new Compliant();
      case REJECTED,
          RESET_WITNESS_UNHEARD,
          ICMP_REJECTED,
          DROPPED,
          DROPPED_HELD,
          UDP_WITNESS_UNHEARD,
          OVERLAY_BLOCKED ->
          Verdict.missing();
      case UNSTABLE -> Verdict.deviates(Deviation.UNSTABLE);
      case UNLISTED -> Verdict.deviates(Deviation.UNLISTED_LISTENER);
      case OPEN_UNTRUSTED,
          OPEN_ASTRAY,
          UNREACHABLE,
          HUNG,
          SILENT_UNSIGNED,
          SILENT_UNCONTROLLED,
          UDP_REFUSED,
          UDP_SILENT,
          UDP_WITNESS_UNANSWERED,
          OVERLAY_BROKEN,
          UNMEASURED ->
          new Unverified();
    };
  }

  private static Verdict permitted(Sighting sighting) {
    return switch (sighting) {
      case OPEN,
          SESSION,
          OVERLAY_OPEN,
          OVERLAY_INJECTABLE,
          OVERLAY_BLOCKED,
          REJECTED,
          RESET_WITNESS_HEARD,
          RESET_WITNESS_UNHEARD,
          RESET_NO_WITNESS,
          RESET_UNKNOWN,
          ICMP_REJECTED,
          DROPPED,
          DROPPED_HELD,
          HUNG,
          SILENT_UNSIGNED,
          UNSTABLE,
          UDP_REFUSED,
          UDP_WITNESS_HEARD,
          UDP_WITNESS_UNANSWERED,
          UDP_WITNESS_UNHEARD ->
          new Compliant();
      case UNLISTED -> Verdict.deviates(Deviation.UNLISTED_LISTENER);
      case OPEN_UNTRUSTED,
          OPEN_ASTRAY,
          UNREACHABLE,
          SILENT_UNCONTROLLED,
          UDP_SILENT,
          OVERLAY_BROKEN,
          UNMEASURED ->
          new NotJudged();
    };
  }

  private static Verdict forbidden(Sighting sighting) {
    return switch (sighting) {
      case OPEN, OPEN_ASTRAY, SESSION, OVERLAY_OPEN -> Verdict.overExposed();
      case OVERLAY_INJECTABLE -> Verdict.overExposed(Deviation.OVERLAY_INJECTABLE);
      case UNLISTED -> Verdict.deviates(Deviation.UNLISTED_LISTENER);
      case UNSTABLE -> Verdict.overExposed(Deviation.UNSTABLE);
      case RESET_WITNESS_HEARD, UDP_WITNESS_HEARD, UDP_WITNESS_UNANSWERED ->
          Verdict.overExposed(Deviation.OPEN_PATH);
      case REJECTED,
          RESET_WITNESS_UNHEARD,
          ICMP_REJECTED,
          DROPPED,
          DROPPED_HELD,
          UDP_WITNESS_UNHEARD,
          OVERLAY_BLOCKED ->
          new Compliant();
      case RESET_NO_WITNESS, RESET_UNKNOWN, UDP_REFUSED -> new ClosedUnproven();
      case OPEN_UNTRUSTED,
          UNREACHABLE,
          HUNG,
          SILENT_UNSIGNED,
          SILENT_UNCONTROLLED,
          UDP_SILENT,
          OVERLAY_BROKEN,
          UNMEASURED ->
          new Unverified();
    };
  }
}
