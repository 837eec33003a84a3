package io.k8sfw.plan;

import io.k8sfw.inventory.Scope;
import io.k8sfw.inventory.Scope.OfAddress;
import io.k8sfw.inventory.Scope.OfRule;
import io.k8sfw.inventory.Scope.OfZone;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Rows.Piece;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;

/// Takes what the inventory declares out of scope out of checks and gaps, and counts it.
final class ScopeFilter {
  private final Set<String> rules = new HashSet<>();
  private final List<Scope> scopes;
  private final int[] left;

  private ScopeFilter(List<Scope> scopes) {
    this.scopes = scopes;
    this.left = new int[scopes.size()];
    for (Scope scope : scopes) {
      if (scope instanceof OfRule of) {
        rules.add(of.rule());
      }
    }
  }

  record Scoped(List<Check> checks, List<Gap> gaps, List<Exclusion> exclusions) {}

  static Scoped apply(List<Scope> scopes, List<Check> checks, List<Gap> gaps, List<Piece> pieces) {
    ScopeFilter filter = new ScopeFilter(scopes);
    Map<Row, List<String>> namedBy = new HashMap<>();
    pieces.forEach(p -> namedBy.put(p.row(), p.namedBy()));
    List<Check> keptChecks = checks.stream().filter(c -> !filter.drops(c)).toList();
    List<Gap> keptGaps = gaps.stream().filter(g -> !filter.drops(g, namedBy)).toList();
    List<Exclusion> exclusions = new ArrayList<>();
    for (int i = 0; i < scopes.size(); i++) {
      exclusions.add(new Exclusion(scopes.get(i), filter.left[i]));
    }
    return new Scoped(keptChecks, keptGaps, List.copyOf(exclusions));
  }

  /// A check belongs to the rules that decide it; where none does, to those that name its ports.
  private boolean drops(Check check) {
    List<String> owners = check.rules().isEmpty() ? check.namedBy() : check.rules();
    return drops(owners, check.from(), check.to(), s -> s.type() == check.flow().type());
  }

  private boolean drops(Gap gap, Map<Row, List<String>> namedBy) {
    List<String> owners =
        gap.rules().isEmpty() ? namedBy.getOrDefault(gap.row(), List.of()) : gap.rules();
    return drops(owners, new java.util.TreeSet<>(Set.of(gap.from())), gap.to(), _ -> false);
  }

  private boolean drops(
      List<String> owners,
      SortedSet<Zone> from,
      SortedSet<Zone> to,
      java.util.function.Predicate<OfAddress> address) {
    boolean byRules = !owners.isEmpty() && rules.containsAll(owners);
    for (int i = 0; i < scopes.size(); i++) {
      boolean drops =
          switch (scopes.get(i)) {
            case OfRule of -> byRules && owners.contains(of.rule());
            case OfZone of -> isOnly(from, of.zone()) || isOnly(to, of.zone());
            case OfAddress of -> address.test(of);
          };
      if (drops) {
        left[i]++;
        return true;
      }
    }
    return false;
  }

  private static boolean isOnly(SortedSet<Zone> zones, String zone) {
    return zones.size() == 1 && zones.first().name().equals(zone);
  }
}
