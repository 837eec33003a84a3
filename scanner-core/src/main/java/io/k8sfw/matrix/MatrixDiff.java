package io.k8sfw.matrix;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;

/// Compares what two matrices say of flows, however they cut them into rules.
public final class MatrixDiff {
  private static final Comparator<Difference> ORDER =
      Comparator.<Difference, String>comparing(d -> Zones.list(d.to()))
          .thenComparing(Difference::protocol)
          .thenComparing(d -> d.ports().ranges().getFirst())
          .thenComparing(d -> Zones.list(d.from()))
          .thenComparing(Difference::toString);

  private MatrixDiff() {}

  /// Folded: ports, sources and roles that differ in the same way are one difference. Policy and
  /// watched ports are not compared.
  public static List<Difference> between(Matrix a, Matrix b) {
    Map<Lane, Lane.Rules> lanes = new LinkedHashMap<>();
    a.rules().forEach(r -> Lane.of(r).forEach(l -> rules(lanes, l).first().add(r)));
    b.rules().forEach(r -> Lane.of(r).forEach(l -> rules(lanes, l).second().add(r)));
    List<Difference> differences = new ArrayList<>();
    lanes.forEach((lane, rules) -> differences.addAll(lane.compare(rules)));
    return fold(differences).stream().sorted(ORDER).toList();
  }

  private static Lane.Rules rules(Map<Lane, Lane.Rules> lanes, Lane lane) {
    return lanes.computeIfAbsent(lane, _ -> new Lane.Rules(new ArrayList<>(), new ArrayList<>()));
  }

  private static Collection<Difference> fold(Collection<Difference> all) {
    Collection<Difference> byPorts =
        merge(
            all,
            d -> with(d, d.to(), PortSet.NONE, d.from()),
            (x, y) -> with(x, x.to(), x.ports().union(y.ports()), x.from()));
    Collection<Difference> bySource =
        merge(
            byPorts,
            d -> with(d, d.to(), d.ports(), new TreeSet<>()),
            (x, y) -> with(x, x.to(), x.ports(), union(x.from(), y.from())));
    return merge(
        bySource,
        d -> with(d, new TreeSet<>(), d.ports(), d.from()),
        (x, y) -> with(x, union(x.to(), y.to()), x.ports(), x.from()));
  }

  private static Collection<Difference> merge(
      Collection<Difference> all,
      Function<Difference, Difference> key,
      BinaryOperator<Difference> merge) {
    Map<Difference, Difference> merged = new LinkedHashMap<>();
    all.forEach(d -> merged.merge(key.apply(d), d, merge));
    return merged.values();
  }

  private static Difference with(
      Difference d, SortedSet<Zone> to, PortSet ports, SortedSet<Zone> from) {
    return new Difference(
        to, d.protocol(), ports, from, d.address(), d.when(), d.before(), d.after());
  }

  private static SortedSet<Zone> union(SortedSet<Zone> a, SortedSet<Zone> b) {
    SortedSet<Zone> both = new TreeSet<>(a);
    both.addAll(b);
    return both;
  }

  /// Flows that differ in their ports and conditions only.
  private record Lane(Zone to, Protocol protocol, Zone from, AddressScope address) {
    /// What each matrix says of a lane.
    private record Rules(List<Rule> first, List<Rule> second) {
      List<Rule> both() {
        List<Rule> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
      }
    }

    static List<Lane> of(Rule rule) {
      return rule.to().stream()
          .flatMap(to ->
              rule.from().stream().map(from -> new Lane(to, rule.protocol(), from, rule.address())))
          .toList();
    }

    List<Difference> compare(Rules rules) {
      List<Condition> conditions = conditions(rules.both());
      List<Difference> differences = new ArrayList<>();
      for (PortSet ports : atoms(rules.both())) {
        List<Difference> ofPorts = new ArrayList<>();
        for (Condition when : conditions) {
          if (exactly(rules.first(), ports, when) != exactly(rules.second(), ports, when)) {
            Expectation before = inAll(rules.first(), ports, when);
            Expectation after = inAll(rules.second(), ports, when);
            if (before != after) {
              ofPorts.add(difference(ports, when, before, after));
            }
          }
        }
        ofPorts.stream().filter(d -> !isSpecialCase(d, ofPorts)).forEach(differences::add);
      }
      return differences;
    }

    private Difference difference(
        PortSet ports, Condition when, Expectation before, Expectation after) {
      return new Difference(
          Zones.of(to), protocol, ports, Zones.of(from), address, when, before, after);
    }

    /// Whether the same difference exists under a wider condition.
    private static boolean isSpecialCase(Difference d, List<Difference> all) {
      return all.stream()
          .anyMatch(w ->
              !w.equals(d)
                  && d.when().implies(w.when())
                  && w.before() == d.before()
                  && w.after() == d.after());
    }

    /// The different conditions of `rules`, however they are written.
    private static List<Condition> conditions(List<Rule> rules) {
      List<Condition> conditions = new ArrayList<>();
      for (Rule rule : rules) {
        if (conditions.stream().noneMatch(c -> isSame(c, rule.when()))) {
          conditions.add(rule.when());
        }
      }
      return conditions;
    }

    private static boolean isSame(Condition a, Condition b) {
      return a.implies(b) && b.implies(a);
    }

    /// What rules with this very condition say.
    private static Expectation exactly(List<Rule> rules, PortSet ports, Condition when) {
      return strongest(rules, ports, r -> isSame(when, r.when()));
    }

    /// What holds when the condition does.
    private static Expectation inAll(List<Rule> rules, PortSet ports, Condition when) {
      return strongest(rules, ports, r -> when.implies(r.when()));
    }

    private static Expectation strongest(List<Rule> rules, PortSet ports, Predicate<Rule> applies) {
      return rules.stream()
          .filter(r -> r.ports().intersects(ports) && applies.test(r))
          .map(Rule::expect)
          .max(Comparator.naturalOrder())
          .orElse(Expectation.FORBIDDEN);
    }

    /// Runs of ports that each rule speaks of wholly or not at all.
    private static List<PortSet> atoms(List<Rule> rules) {
      SortedSet<Integer> starts = new TreeSet<>();
      for (Rule rule : rules) {
        for (PortRange range : rule.ports().ranges()) {
          starts.add(range.first());
          starts.add(range.last() + 1);
        }
      }
      List<PortSet> atoms = new ArrayList<>();
      int first = 0;
      for (int start : starts) {
        if (first > 0) {
          atoms.add(PortSet.of(first, start - 1));
        }
        first = start;
      }
      return atoms;
    }
  }
}
