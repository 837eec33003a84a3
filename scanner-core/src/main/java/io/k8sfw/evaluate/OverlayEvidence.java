package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Flow;
import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.OverlayReport.Means;
import java.util.List;
import java.util.Optional;

/// What sending through an overlay proves of the direction from a vantage point to a node.
///
/// @param because one sentence in our words, which names the direction
record OverlayEvidence(Path path, Grade grade, String because) {
  /// Whether datagrams get through.
  enum Path {
    OPEN,
    BLOCKED,
    UNKNOWN
  }

  /// So many datagrams, sent one after the other, are not all lost by accident.
  private static final int ENOUGH = 5;

  /// @param reports of this flow's direction and port
  /// @param positive what vouches for the path otherwise
  /// @return empty where nothing was tried
  static Optional<OverlayEvidence> of(
      Flow flow, List<OverlayReport> reports, Optional<Grade> positive, Hold hold) {
    if (reports.isEmpty()) {
      return Optional.empty();
    }
    String way = flow.vantage() + " -> " + flow.node() + " " + AddressText.of(flow.address());
    return onlyAnswers(way, reports)
        .or(() -> open(way, reports, hold))
        .or(() -> blocked(way, reports, positive))
        .or(() -> Optional.of(new OverlayEvidence(Path.UNKNOWN, Grade.D, unknown(way, reports))));
  }

  /// The overlay works while the other direction is in use, and nobody can tell whether it does
  /// without.
  private static Optional<OverlayEvidence> onlyAnswers(String way, List<OverlayReport> reports) {
    boolean echoed = reports.stream().anyMatch(r -> r.means() == Means.ECHO && r.cameThrough());
    boolean stopped =
        reports.stream().anyMatch(r -> r.means() == Means.ENCAPSULATED && isStopped(r));
    return echoed && stopped
        ? proof(
            Path.UNKNOWN,
            Grade.D,
            "an echo through the overlay came back, and a datagram from another source port does"
                + " not get in: the firewall may let pass nothing but answers to the node's own"
                + " datagrams: "
                + way)
        : Optional.empty();
  }

  /// It arrived, and came out nowhere.
  private static boolean isStopped(OverlayReport r) {
    return r.arrived() >= ENOUGH && r.delivered() == 0;
  }

  private static Optional<OverlayEvidence> open(
      String way, List<OverlayReport> reports, Hold hold) {
    for (OverlayReport r : reports) {
      if (r.movesCounter()) {
        return proof(
            Path.OPEN,
            Grade.C,
            "the node's count of datagrams rises with the bursts that are sent " + way);
      }
      if (r.cameThrough()) {
        // The answer is the node's kernel's own, for a packet that only its device can unwrap.
        Grade grade = r.delivered() > 0 || hold == Hold.HELD ? Grade.A : Grade.B;
        return proof(Path.OPEN, grade, came(r) + " " + way);
      }
    }
    return Optional.empty();
  }

  private static String came(OverlayReport r) {
    return switch (r.means()) {
      case ECHO ->
          r.answered() > 0
              ? "an echo through the overlay came back:"
              : "the overlay delivers (the way back answers nothing):";
      case ENCAPSULATED ->
          r.answered() > 0
              ? "the node unwraps our datagram and answers what is inside:"
              : "the node's overlay device unwraps our datagram:";
      case BURSTS -> "";
    };
  }

  private static Optional<OverlayEvidence> blocked(
      String way, List<OverlayReport> reports, Optional<Grade> positive) {
    for (OverlayReport r : reports) {
      if (r.means() == Means.BURSTS) {
        if (r.delivered() == 0 && positive.isPresent()) {
          return proof(
              Path.BLOCKED,
              Grade.C,
              "the node's count of datagrams stands still under bursts: blocked in the direction "
                  + way);
        }
      } else if (isStopped(r)) {
        return proof(
            Path.BLOCKED,
            Grade.A,
            r.arrived()
                + " datagrams reached the node's wire and none its overlay device: its firewall"
                + " blocks the direction "
                + way);
      } else if (r.sent() >= ENOUGH && r.arrived() == 0 && positive.isPresent()) {
        Optional<OverlayEvidence> lost = onTheWay(way, r, positive.get());
        if (lost.isPresent()) {
          return lost;
        }
      }
    }
    return Optional.empty();
  }

  /// The other packets of the vantage point arrive.
  private static Optional<OverlayEvidence> onTheWay(String way, OverlayReport r, Grade positive) {
    boolean watched = r.left() >= ENOUGH;
    return watched || r.left() < 0
        ? proof(
            Path.BLOCKED,
            positive.atBest(watched ? Grade.A : Grade.C),
            (watched ? r.left() + " datagrams left the vantage point" : r.sent() + " were sent")
                + " and none reached the node's wire: something on the way blocks the direction "
                + way)
        : Optional.empty();
  }

  private static String unknown(String way, List<OverlayReport> reports) {
    OverlayReport last = reports.getLast();
    String why =
        last.left() == 0
            ? "the vantage point's own machine keeps them back"
            : last.arrived() >= 0
                ? "too few of them arrived to tell"
                : "nobody at the node could look";
    return "no datagram is known to have come through " + way + ": " + why;
  }

  private static Optional<OverlayEvidence> proof(Path path, Grade grade, String because) {
    return Optional.of(new OverlayEvidence(path, grade, because));
  }
}
