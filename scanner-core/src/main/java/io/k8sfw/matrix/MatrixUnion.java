package io.k8sfw.matrix;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.Problems;
import io.k8sfw.input.Sha256;
import io.k8sfw.input.SourcePosition;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Several matrices as one: each adds its rules, words and watched ports to those before it.
final class MatrixUnion {
  /// A matrix, and what it says of the policy itself.
  record Member(Matrix matrix, StatedPolicy policy) {}

  private final List<Member> members;
  private final Problems problems;

  private MatrixUnion(List<Member> members) {
    this.members = members;
    this.problems = new Problems(joined(Matrix::source));
  }

  /// @param members at least one; each can be read by itself
  /// @throws InvalidInputException where one takes an id of another, gives its word for a zone
  ///   another meaning, or forbids what it permits
  static Matrix of(List<Member> members) throws InvalidInputException {
    return members.size() == 1 ? members.getFirst().matrix() : new MatrixUnion(members).united();
  }

  private Matrix united() throws InvalidInputException {
    List<Rule> rules = rules();
    new Contradictions(Map.of(), problems).report(rules);
    ZoneWords words = words();
    problems.throwIfAny();
    List<Matrix.Part> parts = members.stream().flatMap(m -> m.matrix().parts().stream()).toList();
    return new Matrix(
        joined(Matrix::name),
        members.getFirst().matrix().version(),
        joined(Matrix::source),
        Sha256.of(parts.stream().map(Matrix.Part::sha256).collect(Collectors.joining("\n"))),
        rules,
        members.stream()
            .map(Member::policy)
            .reduce(StatedPolicy.NOTHING, StatedPolicy::and)
            .policy(),
        members.stream().flatMap(m -> m.matrix().watch().stream()).distinct().toList(),
        words,
        parts,
        Optional.empty());
  }

  private String joined(Function<Matrix, String> text) {
    return members.stream().map(m -> text.apply(m.matrix())).collect(Collectors.joining(" + "));
  }

  private List<Rule> rules() {
    Map<String, Rule> byId = new HashMap<>();
    List<Rule> rules = new ArrayList<>();
    for (Member member : members) {
      for (Rule rule : member.matrix().rules()) {
        Rule first = byId.putIfAbsent(rule.id(), rule);
        if (first != null) {
          String message = "the id " + rule.id() + " is taken by the rule ";
          add(rule.where(), message + first.where().seenFrom(rule.where()) + "; ids are unique");
        }
        rules.add(rule);
      }
    }
    return rules;
  }

  private ZoneWords words() {
    Map<String, SortedSet<Zone>> own = new TreeMap<>();
    for (Member member : members) {
      member
          .matrix()
          .aliases()
          .words()
          .forEach((word, zones) -> {
            boolean builtIn =
                ZoneWords.BUILT_IN.zones(word).filter(meant -> meant.equals(zones)).isPresent();
            SortedSet<Zone> before = builtIn ? null : own.putIfAbsent(word, zones);
            if (before != null && !before.equals(zones)) {
              add(
                  SourcePosition.wholeFile(member.matrix().source()),
                  "the word \"%s\" means %s here, and %s in a matrix before it"
                      .formatted(word, Zones.list(zones), Zones.list(before)));
            }
          });
    }
    return ZoneWords.BUILT_IN.with(own);
  }

  private void add(SourcePosition where, String message) {
    problems.add(new Problem(where, "", message));
  }
}
