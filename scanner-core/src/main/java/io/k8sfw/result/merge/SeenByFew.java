package io.k8sfw.result.merge;

import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.model.Flow;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.PlaceSample;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// What is left of the samples of places when audits are merged.
///
/// Parts with other seeds let other places look, so that together they saw more: counted are the
/// places that looked at a node in any part.
final class SeenByFew {
  private final SortedSet<Zone> from;
  private final Set<String> places = new HashSet<>();

  /// Nodes that one of the places is on: it never looks at that one.
  private final Set<String> own = new HashSet<>();

  private final Map<String, Set<String>> lookers = new HashMap<>();

  private SeenByFew(SortedSet<Zone> from) {
    this.from = from;
  }

  /// By their zones.
  static List<PlaceSample> of(List<AuditResult> results) {
    Set<SortedSet<Zone>> sampled = new TreeSet<>(Comparator.comparing(Findings::zones));
    results.forEach(r -> r.placeSamples().forEach(s -> sampled.add(s.from())));
    List<PlaceSample> left = new ArrayList<>();
    for (SortedSet<Zone> from : sampled) {
      SeenByFew seen = new SeenByFew(from);
      results.forEach(seen::take);
      int fewest = seen.lookers.values().stream().mapToInt(Set::size).min().orElse(0);
      if (fewest > 0 && !seen.byAll()) {
        left.add(new PlaceSample(from, seen.places.size(), fewest));
      }
    }
    return left;
  }

  private void take(AuditResult result) {
    for (AuditResult.Place place : result.places()) {
      VantagePoint point = place.vantagePoint();
      if (point.zones().equals(from)) {
        places.add(point.name());
        point.node().ifPresent(own::add);
      }
    }
    result.assessments().stream()
        .map(a -> a.check())
        .filter(check -> check.from().equals(from))
        .forEach(check -> {
          Flow flow = check.flow();
          lookers.computeIfAbsent(flow.node(), _ -> new HashSet<>()).add(flow.vantage());
        });
  }

  private boolean byAll() {
    return lookers.entrySet().stream()
        .allMatch(e -> e.getValue().size() + (own.contains(e.getKey()) ? 1 : 0) >= places.size());
  }
}
