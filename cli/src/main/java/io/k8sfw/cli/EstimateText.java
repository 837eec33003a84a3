package io.k8sfw.cli;

import io.k8sfw.plan.Estimate;
import io.k8sfw.plan.Estimate.Cost;
import io.k8sfw.plan.Estimate.Part;
import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Tracking;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a plan costs, for people.
///
/// @param orders within what connection tracking allows
/// @param tables the connection tracking tables that could be read, by the name of the place
/// @param mute the places that could not be asked
record EstimateText(
    List<ProbeOrder> orders, Map<String, Tracking> tables, List<String> mute, Pace pace) {
  /// Of very many vantage points, so many have a line of their own.
  private static final int MOST_PARTS = 40;

  List<String> lines() {
    Estimate estimate = Estimate.of(orders);
    List<String> lines = new ArrayList<>();
    lines.add(
        "What it takes at pace "
            + pace.name()
            + ", on a clean path to dropped ports; and at most, on a path that loses packets:");
    lines.addAll(table(estimate).lines("  "));
    lines.add(
        "Packets are SYNs and datagrams. A kernel repeats a SYN after a second, so up to "
            + grouped(estimate.packetsPerSecond())
            + " may leave in one.");
    lines.add(
        "Where so few ports answer that nobody can tell whether packets are lost, silence takes more"
            + " attempts, up to the most.");
    lines.add("Where a path limits the rate, it is asked more slowly, and takes longer.");
    lines.add(
        "Each address is also asked on up to "
            + Effort.CONTROL_PORTS
            + " ports from "
            + Effort.FIRST_CONTROL_PORT
            + " up, as controls, and ports that answer up to "
            + Effort.ASKS_PER_CANARY
            + " times again.");
    lines.addAll(tracking(estimate));
    return lines;
  }

  private static Table table(Estimate estimate) {
    Table table = new Table().row("FROM", "PORTS", "PACKETS", "TIME", "CONNECTS A SECOND");
    List<Part> parts = estimate.parts();
    for (Part part : parts.subList(0, Math.min(MOST_PARTS, parts.size()))) {
      row(
          table,
          part.vantage(),
          part.ports(),
          part.clean(),
          part.worst(),
          part.connectsPerSecond());
    }
    if (parts.size() > MOST_PARTS) {
      table.row("and " + grouped(parts.size() - MOST_PARTS) + " more", "", "", "", "");
    }
    if (parts.size() != 1) {
      row(
          table,
          "in all",
          estimate.ports(),
          estimate.clean(),
          estimate.worst(),
          estimate.connectsPerSecond());
    }
    return table;
  }

  private static void row(
      Table table, String from, long ports, Cost clean, Cost worst, int connectsPerSecond) {
    table.row(
        from,
        grouped(ports),
        grouped(clean.packets()) + ", at most " + grouped(worst.packets()),
        span(clean.time()) + ", at most " + span(worst.time()),
        "at most " + grouped(connectsPerSecond));
  }

  private List<String> tracking(Estimate estimate) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < orders.size(); i++) {
      ProbeOrder order = orders.get(i);
      String where =
          places(order).stream()
              .map(this::entries)
              .flatMap(Optional::stream)
              .collect(Collectors.joining(", "));
      if (order.trackedAtMost() < Integer.MAX_VALUE) {
        lines.add(
            Visible.line(
                "From {} at most {} unanswered connects per two minutes{}: takes about {}.",
                order.vantage(),
                grouped(order.trackedAtMost()),
                where.isEmpty() ? "" : ", since connection tracking is on at " + where,
                span(estimate.parts().get(i).clean().time())));
      } else if (!where.isEmpty()) {
        lines.add(
            Visible.line(
                "Connection tracking is on at {}, and can spare what {} needs of it.",
                where,
                order.vantage()));
      }
    }
    if (!mute.isEmpty()) {
      lines.add(
          Visible.line(
              "Whether connections are tracked could not be asked at {}; `run` asks again.",
              String.join(", ", mute)));
    }
    return lines;
  }

  private static Set<String> places(ProbeOrder order) {
    Set<String> places = new LinkedHashSet<>();
    places.add(order.vantage());
    order.targets().forEach(target -> target.node().ifPresent(places::add));
    return places;
  }

  /// `worker-1 (1,200 of 262,144 entries)`
  private Optional<String> entries(String place) {
    return Optional.ofNullable(tables.get(place))
        .map(
            t -> "%s (%s of %s entries)".formatted(place, grouped(t.entries()), grouped(t.most())));
  }

  private static String span(Duration span) {
    long seconds = span.plusMillis(999).toSeconds();
    long minutes = span.plusSeconds(59).toMinutes();
    return seconds < 120
        ? seconds + " s"
        : minutes < 120 ? minutes + " min" : (minutes + 59) / 60 + " h";
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
