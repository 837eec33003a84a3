package io.k8sfw.result.merge;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What no part could see.
///
/// A gap is filled where checks of another part ask all of its ports, from its zone, of its node,
/// with its expectation and by its rule: just what the planner found missing. Whether they were
/// judged is another matter.
final class OpenGaps {
  private static final Comparator<Gap> ORDER =
      Comparator.comparing((Gap g) -> g.from().name())
          .thenComparing(Gap::node)
          .thenComparing(Gap::row)
          .thenComparing(Gap::expectation)
          .thenComparing(g -> Findings.zones(g.to()))
          // That there is no place says least: another part has one, and another reason.
          .thenComparing(Gap::lacksAPlace)
          .thenComparing(Gap::reason)
          .thenComparing(g -> g.rules().toString());

  private OpenGaps() {}

  /// The same gap, whatever the reason that each part gives.
  private record Asked(
      Zone from, String node, SortedSet<Zone> to, Row row, Expectation expectation) {}

  static List<Gap> of(List<AuditResult> results) {
    SortedMap<Gap, Gap> all = new TreeMap<>(ORDER);
    results.forEach(r -> r.gaps().forEach(g -> all.put(g, g)));
    List<Check> checks =
        results.stream().flatMap(r -> r.assessments().stream()).map(Assessment::check).toList();
    Map<String, List<Check>> ofNode =
        checks.stream().collect(Collectors.groupingBy(c -> c.flow().node()));
    List<Gap> open = new ArrayList<>();
    Set<Asked> seen = new HashSet<>();
    for (Gap gap : all.values()) {
      Asked asked = new Asked(gap.from(), gap.node(), gap.to(), gap.row(), gap.expectation());
      List<Check> near = ofNode.getOrDefault(gap.node(), standsForARole(gap) ? checks : List.of());
      if (!isFilled(gap, near) && seen.add(asked)) {
        open.add(gap);
      }
    }
    return open;
  }

  private static boolean isFilled(Gap gap, List<Check> checks) {
    List<Check> fitting = checks.stream().filter(c -> fits(c, gap)).toList();
    PortSet asked = PortSet.NONE;
    for (Check check : fitting) {
      asked = asked.union(check.row().ports());
    }
    return !fitting.isEmpty() && asked.containsAll(gap.row().ports());
  }

  private static boolean fits(Check check, Gap gap) {
    boolean same =
        check.row().protocol().equals(gap.row().protocol())
            && check.from().contains(gap.from())
            && (!standsForARole(gap) || check.to().containsAll(gap.to()));
    Optional<Expectation> strongest = check.otherwise();
    return gap.rules().isEmpty()
        ? same && check.expectation() == gap.expectation() && check.row().equals(gap.row())
        : same
            && strongest.orElse(check.expectation()) == gap.expectation()
            && !Collections.disjoint(check.rules(), gap.rules());
  }

  /// A role that nobody plays, in brackets, in place of the node that another part knows for it.
  private static boolean standsForARole(Gap gap) {
    return gap.node().equals("(" + Findings.zones(gap.to()) + ")");
  }
}
