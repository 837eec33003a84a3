package io.k8sfw.matrix;

import io.k8sfw.input.Problem;
import io.k8sfw.input.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds flows that one rule forbids in so many words and another permits.
final class Contradictions {
  private final Map<String, String> pathOfId;
  private final Problems problems;

  Contradictions(Map<String, String> pathOfId, Problems problems) {
    this.pathOfId = pathOfId;
    this.problems = problems;
  }

  /// One problem for each rule that contradicts an earlier one, which it names.
  void report(List<Rule> rules) {
    List<Rule> forbidding = new ArrayList<>();
    List<Rule> permitting = new ArrayList<>();
    for (Rule rule : rules) {
      boolean forbids = rule.expect() == Expectation.FORBIDDEN;
      reportFirst(rule, forbids ? permitting : forbidding);
      (forbids ? forbidding : permitting).add(rule);
    }
  }

  private void reportFirst(Rule rule, List<Rule> earlier) {
    for (Rule other : earlier) {
      Optional<Overlap> overlap = Overlap.between(rule, other);
      if (overlap.isPresent() && !rule.when().excludes(other.when())) {
        problems.add(
            new Problem(
                rule.where(),
                pathOfId.getOrDefault(rule.id(), ""),
                verb(rule)
                    + " "
                    + overlap.get()
                    + ", which "
                    + other.id()
                    + " "
                    + other.where().seenFrom(rule.where())
                    + " "
                    + verb(other)
                    + "; keep one, or give them conditions that exclude each other"));
        return;
      }
    }
  }

  private static String verb(Rule rule) {
    return switch (rule.expect()) {
      case REQUIRED -> "requires";
      case PATH -> "wants a free path for";
      case PERMITTED -> "permits";
      case FORBIDDEN -> "forbids";
    };
  }
}
