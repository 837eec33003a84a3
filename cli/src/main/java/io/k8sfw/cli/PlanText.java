package io.k8sfw.cli;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Scope;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.Exclusion;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.PlaceSample;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.result.Findings;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Tracking;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;

/// A plan for people.
///
/// @param orders those of the plan, within what connection tracking allows
/// @param tables the connection tracking tables that could be read, by the name of the place
/// @param mute the places that could not be asked
record PlanText(
    Matrix matrix,
    Inventory inventory,
    ScanPlan plan,
    Pace pace,
    List<ProbeOrder> orders,
    Map<String, Tracking> tables,
    List<String> mute) {
  /// Of a long list, so much is shown.
  private static final int MOST_LINES = 40;

  /// Orders of places of which a sample looks at each node are much the same.
  private static final int MOST_ALIKE = 2;

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        Visible.line(
            "Matrix {} ({}): {} rules. Inventory {} ({}): {} nodes, {} vantage points.",
            matrix.name(),
            matrix.source(),
            matrix.rules().size(),
            inventory.name(),
            inventory.source(),
            inventory.nodes().size(),
            inventory.vantagePoints().size()));
    lines.add("Checks: " + checks() + ".");
    plan.placeSamples().forEach(sample -> lines.add(sampled(sample)));
    lines.add("");
    lines.addAll(asked());
    lines.addAll(witnesses());
    lines.addAll(gaps());
    lines.addAll(exclusions());
    lines.addAll(estimate());
    return lines;
  }

  /// `120: 14 required, 2 path, 4 permitted, 100 forbidden`
  private String checks() {
    Map<Expectation, Integer> counts = new EnumMap<>(Expectation.class);
    for (Check check : plan.checks()) {
      counts.merge(check.expectation(), 1, Integer::sum);
    }
    String each =
        List.of(Expectation.values()).reversed().stream()
            .map(e -> counts.getOrDefault(e, 0) + " " + e.word())
            .collect(Collectors.joining(", "));
    return plan.checks().size() + ": " + each;
  }

  private String sampled(PlaceSample sample) {
    return String.format(
        Locale.ROOT,
        "Sampled: %,d of %,d places in zone %s look at each node (seed %d); --all-pairs lets all.",
        sample.perNode(),
        sample.places(),
        Findings.zones(sample.from()),
        plan.seed());
  }

  /// Of places that stand for the same zones, and of which a sample looks at each node, the first.
  private List<String> asked() {
    Map<Way, PortSet> named = new HashMap<>();
    for (Check check : plan.checks()) {
      if (!check.sampled()) {
        Flow flow = check.flow();
        named.merge(
            new Way(flow.vantage(), flow.address(), flow.protocol()), flow.ports(), PortSet::union);
      }
    }
    Map<String, VantagePoint> places = new HashMap<>();
    inventory.vantagePoints().forEach(place -> places.put(place.name(), place));
    Map<SortedSet<Zone>, Integer> alike = new LinkedHashMap<>();
    plan.placeSamples().forEach(sample -> alike.put(sample.from(), 0));
    List<String> lines = new ArrayList<>();
    for (ProbeOrder order : plan.orders()) {
      VantagePoint from = places.get(order.vantage());
      if (from == null) {
        throw new IllegalStateException("an order from nowhere: " + order.vantage());
      }
      Integer before = alike.computeIfPresent(from.zones(), (_, n) -> n + 1);
      if (before == null || before <= MOST_ALIKE) {
        lines.addAll(order(from, order, named));
      }
    }
    alike.forEach((zones, orders) -> {
      if (orders > MOST_ALIKE) {
        lines.add(
            "From "
                + grouped(orders - MOST_ALIKE)
                + " more places in zone "
                + Findings.zones(zones)
                + " likewise to a few nodes each.");
        lines.add("");
      }
    });
    return lines;
  }

  private record Way(String vantage, InetAddress address, Protocol protocol) {}

  /// Addresses that are asked for the same ports stand together.
  private List<String> order(VantagePoint from, ProbeOrder order, Map<Way, PortSet> named) {
    Map<String, List<ProbeOrder.Target>> byPorts = new LinkedHashMap<>();
    for (ProbeOrder.Target target : order.targets()) {
      Way way = new Way(order.vantage(), target.address(), target.protocol());
      byPorts
          .computeIfAbsent(
              ports(target, named.getOrDefault(way, PortSet.NONE)), _ -> new ArrayList<>())
          .add(target);
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        Visible.line(
            "From {} ({}; {}) to", from.name(), Findings.zones(from.zones()), from.agent()));
    byPorts.forEach((ports, targets) -> {
      Table table = new Table();
      targets.stream()
          .limit(MOST_LINES)
          .forEach(t -> table.row(nodeOf(t), AddressText.of(t.address())));
      lines.addAll(table.lines("  "));
      more("  ", targets.size(), "addresses").ifPresent(lines::add);
      lines.add(Visible.line("    {}", ports));
    });
    lines.add("");
    return lines;
  }

  /// `tcp/80, 443, 30000-32767, and 31 ports sampled for ALL: 2,801 ports`
  private static String ports(ProbeOrder.Target target, PortSet named) {
    int sampled = target.ports().minus(named).size();
    String sample = sampled + " ports sampled for ALL";
    return target.protocol()
        + "/"
        + (named.isEmpty() ? sample : sampled == 0 ? named : named + ", and " + sample)
        + ": "
        + (target.ports().size() == 1 ? "1 port" : grouped(target.ports().size()) + " ports")
        + (target.guarded().isEmpty() ? "" : "; " + target.guarded() + " " + guarded(target))
        + (target.ifListening().isEmpty() ? "" : "; and whatever else listens there");
  }

  private static String guarded(ProbeOrder.Target target) {
    return target.lastResort().isEmpty()
        ? "without making a connection, unless the node says that nothing listens"
        : "by a connection where nothing else tells its state, WHICH MAY RESET BGP SESSIONS";
  }

  /// Ports that turn out free and unsettled may be held, at nodes that have an agent.
  private List<String> witnesses() {
    Map<String, Map<String, PortSet>> byNode = new LinkedHashMap<>();
    Set<String> agents =
        inventory.vantagePoints().stream().map(VantagePoint::name).collect(Collectors.toSet());
    for (ProbeOrder order : plan.orders()) {
      for (ProbeOrder.Target target : order.targets()) {
        String node = nodeOf(target);
        if (!target.witnessable().isEmpty() && agents.contains(node)) {
          byNode
              .computeIfAbsent(node, _ -> new LinkedHashMap<>())
              .merge(
                  AddressText.of(target.address()) + " " + target.protocol(),
                  target.witnessable(),
                  PortSet::union);
        }
      }
    }
    if (byNode.isEmpty()) {
      return List.of("No free port will be held by a witness.", "");
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        "Ports that may be held for seconds by a witness, those of them that are free and that a"
            + " verdict hangs on:");
    Table table = new Table();
    byNode.entrySet().stream()
        .limit(MOST_LINES)
        .forEach(node ->
            node.getValue()
                .forEach((spot, ports) ->
                    table.row(node.getKey(), spot, "at most " + grouped(ports.size()))));
    lines.addAll(table.lines("  "));
    more("  ", byNode.size(), "nodes").ifPresent(lines::add);
    lines.add("");
    return lines;
  }

  private static String nodeOf(ProbeOrder.Target target) {
    return target.node().orElse("");
  }

  /// What is left of a list that is too long for a person.
  private static Optional<String> more(String indent, int size, String what) {
    return size > MOST_LINES
        ? Optional.of(indent + "and " + grouped(size - MOST_LINES) + " more " + what)
        : Optional.empty();
  }

  /// The same reason once, with everything it costs.
  private List<String> gaps() {
    if (plan.gaps().isEmpty()) {
      return List.of();
    }
    Map<String, Map<String, List<String>>> byReason = new LinkedHashMap<>();
    for (Gap gap : plan.gaps()) {
      byReason
          .computeIfAbsent(
              gap.from() + " to " + gap.node() + ": " + gap.reason(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(gap.expectation().word(), _ -> new ArrayList<>())
          .add(gap.row().toString());
    }
    List<String> lines = new ArrayList<>();
    lines.add("Cannot be seen, and will be UNVERIFIED: " + plan.gaps().size() + " checks.");
    byReason.entrySet().stream()
        .limit(MOST_LINES)
        .forEach(each -> {
          lines.add(Visible.line("  {}", each.getKey()));
          Table table = new Table();
          each.getValue()
              .forEach((expectation, ports) ->
                  table.row(
                      expectation, ports.stream().distinct().collect(Collectors.joining("  "))));
          lines.addAll(table.lines("    "));
        });
    more("  ", byReason.size(), "of their kind").ifPresent(lines::add);
    lines.add("");
    return lines;
  }

  private List<String> exclusions() {
    if (plan.exclusions().isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add("Out of scope, as the inventory wants it:");
    for (Exclusion exclusion : plan.exclusions()) {
      lines.add(
          Visible.line(
              "  {}: {} checks: {}",
              scope(exclusion.scope()),
              exclusion.checks(),
              exclusion.scope().reason()));
    }
    lines.add("");
    return lines;
  }

  private static String scope(Scope scope) {
    return switch (scope) {
      case Scope.OfRule rule -> "rule " + rule.rule();
      case Scope.OfZone zone -> "zone " + zone.zone();
      case Scope.OfAddress address -> address.type().word() + " addresses";
    };
  }

  private List<String> estimate() {
    List<String> lines = new ArrayList<>(new EstimateText(orders, tables, mute, pace).lines());
    lines.add("Nothing was sent.");
    return lines;
  }

  private static String grouped(int number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
