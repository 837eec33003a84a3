package io.k8sfw.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Claims, counted against the truth.
///
/// @param wrong contradict the truth, or are missing
/// @param unknown said not to be known
/// @param lucky right by luck: said to be blocked, although no attempt ever met the firewall
/// @param examples of what is wrong, then of what is not known; at most a handful of each
record Score(int total, int wrong, int unknown, int lucky, List<String> examples) {
  private static final int WRONGS = 8;
  private static final int UNKNOWNS = 2;

  static final Score NONE = new Score(0, 0, 0, 0, List.of());

  /// @param met attempts that reached the firewall; empty where nobody counted
  /// @param exactReasons whether a rejection must also be told by its reason
  static Score of(Truth truth, Map<Flow, Claim> claims, Map<Flow, Long> met, boolean exactReasons) {
    int wrong = 0;
    int unknown = 0;
    int lucky = 0;
    List<String> wrongs = new ArrayList<>();
    List<String> unknowns = new ArrayList<>();
    for (Map.Entry<Flow, Fate> each : truth.fates().entrySet()) {
      Flow flow = each.getKey();
      Fate fate = each.getValue();
      Claim claim = claims.get(flow);
      if (claim == null) {
        wrong++;
        note(wrongs, WRONGS, flow + " is " + fate + ", and nothing is said of it");
      } else if (claim.kind() == Claim.Kind.UNKNOWN
          && !isVerdictWrong(claim, fate, truth.required(flow))) {
        unknown++;
        note(unknowns, UNKNOWNS, flow + " is " + fate + ", not known: " + claim.because());
      } else if (isWrong(claim, fate, exactReasons)
          || isVerdictWrong(claim, fate, truth.required(flow))) {
        wrong++;
        note(
            wrongs,
            WRONGS,
            "%s is %s, claimed %s %s %s (met the firewall %d times) %s"
                .formatted(
                    flow,
                    fate,
                    claim.kind(),
                    claim.reason(),
                    claim.verdict(),
                    met.getOrDefault(flow, -1L),
                    claim.because()));
      } else if (claim.kind() == Claim.Kind.BLOCKED && met.getOrDefault(flow, 1L) == 0) {
        lucky++;
      }
    }
    List<String> examples = new ArrayList<>(wrongs);
    examples.addAll(unknowns);
    return new Score(truth.fates().size(), wrong, unknown, lucky, List.copyOf(examples));
  }

  private static void note(List<String> examples, int most, String text) {
    if (examples.size() < most) {
      examples.add(text);
    }
  }

  private static boolean isWrong(Claim claim, Fate fate, boolean exactReasons) {
    boolean reasonDiffers =
        exactReasons && fate.reason().filter(r -> !r.equals(claim.reason())).isPresent();
    return switch (claim.kind()) {
      case OPEN -> fate.kind() != Fate.Kind.OPEN;
      case NOT_OPEN -> fate.kind() == Fate.Kind.OPEN;
      case CLOSED -> fate.kind() != Fate.Kind.CLOSED;
      case BLOCKED -> fate.kind() != Fate.Kind.BLOCKED || reasonDiffers;
      case UNSTABLE -> true;
      case UNKNOWN -> false;
    };
  }

  /// A verdict that the truth does not bear out, whatever was observed.
  private static boolean isVerdictWrong(Claim claim, Fate fate, boolean required) {
    return switch (claim.verdict()) {
      case "over-exposed" -> required || fate.kind() != Fate.Kind.OPEN;
      case "missing" -> !required || fate.kind() != Fate.Kind.BLOCKED;
      case "compliant" -> fate.kind() != (required ? Fate.Kind.OPEN : Fate.Kind.BLOCKED);
      case "closed-unproven" -> required || fate.kind() != Fate.Kind.CLOSED;
      case "service-down", "open-path" -> fate != Fate.CLOSED;
      case "unstable" -> true;
      default -> false;
    };
  }

  Score plus(Score other) {
    List<String> all = new ArrayList<>(examples);
    other.examples.forEach(all::add);
    return new Score(
        total + other.total,
        wrong + other.wrong,
        unknown + other.unknown,
        lucky + other.lucky,
        List.copyOf(all));
  }
}
