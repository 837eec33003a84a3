package io.k8sfw.matrix;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// When a rule applies. Every clause must hold; no clause means always.
public record Condition(List<Clause> clauses) {
  public static final Condition ALWAYS = new Condition(List.of());

  /// Whether a condition holds; a fact that nobody stated leaves it open.
  public enum Holds {
    YES,
    NO,
    UNKNOWN
  }

  /// One fact compared with values.
  ///
  /// @param values any of which will do, in lower case; never empty
  /// @param negated the fact must be none of them
  public record Clause(String fact, SortedSet<String> values, boolean negated) {
    Holds in(Facts facts) {
      Optional<String> value = facts.value(fact);
      if (value.isEmpty()) {
        return Holds.UNKNOWN;
      }
      return values.contains(value.get()) != negated ? Holds.YES : Holds.NO;
    }

    @Override
    public String toString() {
      return fact + (negated ? " is not " : " is ") + String.join(" or ", values);
    }
  }

  public Condition {
    clauses = List.copyOf(clauses);
  }

  /// NO as soon as one clause fails, whatever is unknown beside it.
  public Holds in(Facts facts) {
    List<Holds> each = clauses.stream().map(c -> c.in(facts)).toList();
    if (each.contains(Holds.NO)) {
      return Holds.NO;
    }
    return each.contains(Holds.UNKNOWN) ? Holds.UNKNOWN : Holds.YES;
  }

  /// Whether there are facts that it holds for.
  public boolean canHold() {
    return !excludes(ALWAYS);
  }

  /// Whether no facts let both hold.
  public boolean excludes(Condition other) {
    return facts(other).anyMatch(f -> values(f).and(other.values(f)).isNone());
  }

  /// Whether `other` holds for all facts that this holds for.
  public boolean implies(Condition other) {
    return !canHold() || facts(other).allMatch(f -> values(f).isWithin(other.values(f)));
  }

  private Stream<String> facts(Condition other) {
    return Stream.concat(clauses.stream(), other.clauses.stream()).map(Clause::fact).distinct();
  }

  private FactValues values(String fact) {
    return clauses.stream()
        .filter(c -> c.fact().equals(fact))
        .map(c -> new FactValues(c.negated(), c.values()))
        .reduce(FactValues.ANY, FactValues::and);
  }

  /// `cni is flannel or canal, and backend is vxlan`; `always` without clauses.
  @Override
  public String toString() {
    return clauses.isEmpty()
        ? "always"
        : clauses.stream().map(Clause::toString).collect(Collectors.joining(", and "));
  }
}
