package io.k8sfw.probes;

import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.probes.ArrivalPhase.Sighted;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Vantage;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds out whom targets take the vantage points for: a firewall sees the source address that a
/// packet arrives with, whoever sent it.
final class SourcePhase {
  private final Map<String, Vantage> vantages;

  SourcePhase(Map<String, Vantage> vantages) {
    this.vantages = vantages;
  }

  private record Pair(String vantage, InetAddress target) {}

  /// @return one for each vantage point, address and source seen there; without a source seen where
  ///   nobody saw one
  List<SourceReport> run(
      List<ProbeOrder> orders, Collection<Sighted> sighted, List<WitnessReport> witnesses) {
    Map<Pair, Set<InetAddress>> seen = new LinkedHashMap<>();
    for (ProbeOrder order : orders) {
      order
          .targets()
          .forEach(
              t -> seen.putIfAbsent(new Pair(order.vantage(), t.address()), new LinkedHashSet<>()));
    }
    sighted.forEach(s -> add(seen, new Pair(s.vantage(), s.address()), s.from()));
    for (WitnessReport w : witnesses) {
      w.seenFrom().ifPresent(from -> add(seen, new Pair(w.vantage(), w.address()), from));
    }
    List<SourceReport> reports = new ArrayList<>();
    Parallel.each(seen.keySet(), this::own)
        .forEach((pair, own) -> {
          Set<InetAddress> sources = seen.getOrDefault(pair, Set.of());
          if (sources.isEmpty()) {
            reports.add(new SourceReport(pair.vantage(), pair.target(), own, Optional.empty()));
          }
          sources.forEach(from ->
              reports.add(new SourceReport(pair.vantage(), pair.target(), own, Optional.of(from))));
        });
    return reports;
  }

  private static void add(Map<Pair, Set<InetAddress>> seen, Pair pair, InetAddress from) {
    seen.computeIfAbsent(pair, _ -> new LinkedHashSet<>()).add(from);
  }

  private Optional<InetAddress> own(Pair pair) {
    Vantage vantage = vantages.get(pair.vantage());
    try {
      return vantage == null ? Optional.empty() : vantage.sourceTowards(pair.target());
    } catch (IOException | RuntimeException _) {
      // Whoever cannot even say that was not of much use otherwise, and says so there.
      return Optional.empty();
    }
  }
}
