package io.k8sfw.reporters;

import io.k8sfw.evaluate.Severity;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Cells;
import io.k8sfw.result.Cells.Cell;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Reporter;
import io.k8sfw.result.Summary;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Metrics in Prometheus' text format 0.0.4, for the textfile collector of node_exporter.
///
/// All are gauges without a time stamp, as that collector wants them. Each bears the names of
/// inventory and matrix, so that audits of several clusters can lie in one directory. No label
/// holds a node, an address, a port or a time; how many series there are follows from the zones of
/// the matrix, and every count is there at 0 too, so that a graph has no holes.
public final class PrometheusReporter implements Reporter {
  /// Zone pairs with series of their own; the rest is counted together, as [#OTHERS].
  static final int MAX_PAIRS = 100;

  static final String OTHERS = "others";

  private static final List<Verdict> VERDICTS =
      List.of(
          new Verdict.Compliant(),
          new Verdict.Finding(Verdict.Kind.OVER_EXPOSED, Optional.empty()),
          new Verdict.Finding(Verdict.Kind.MISSING, Optional.empty()),
          new Verdict.Finding(Verdict.Kind.DEVIATES, Optional.empty()),
          new Verdict.ClosedUnproven(),
          new Verdict.Unverified(),
          new Verdict.NotJudged());

  /// @param from as [Cells.Key#from]
  /// @param to likewise
  private record Pair(String from, String to) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      int byTo = to.compareTo(other.to);
      return byTo != 0 ? byTo : from.compareTo(other.from);
    }
  }

  @Override
  public void write(AuditResult result, Writer out) throws IOException {
    PrometheusMetrics metrics =
        new PrometheusMetrics(
            "k8sfw_audit_",
            "inventory",
            result.inventory().name().raw(),
            "matrix",
            result.matrix().name().raw());
    Summary summary = Summary.of(result);
    run(result, summary, metrics);
    checks(summary, metrics);
    findings(result, metrics);
    zones(result, metrics);
    out.append(metrics.text());
  }

  private static void run(AuditResult result, Summary summary, PrometheusMetrics metrics) {
    metrics
        .gauge("info", "The program, and the start of the SHA-256 of its inputs; always 1.")
        .add(
            1,
            "version",
            result.tool().version(),
            "matrix_sha256",
            start(result.matrix().sha256()),
            "inventory_sha256",
            start(result.inventory().sha256()));
    metrics
        .gauge(
            "last_run_timestamp_seconds", "When the audit ended, in seconds since the Unix epoch.")
        .add(seconds(result.run().finished()));
    if (succeeded(result, summary)) {
      metrics
          .gauge(
              "last_success_timestamp_seconds",
              "When an audit ended that was complete and judged every check in scope, whatever it"
                  + " found; absent after any other.")
          .add(seconds(result.run().finished()));
    }
    Duration length = Duration.between(result.run().started(), result.run().finished());
    metrics
        .gauge("duration_seconds", "How long the audit took.")
        .add(length.isNegative() ? "0" : seconds(Instant.EPOCH.plus(length)));
    metrics
        .gauge("complete", "0 if the audit, or a part of it, was interrupted.")
        .add(result.complete() ? 1 : 0);
    PrometheusMetrics.Gauge outcome =
        metrics.gauge("outcome", "1 for how the audit ended, 0 for how it did not.");
    for (Outcome each : Outcome.values()) {
      outcome.add(each == summary.outcome() ? 1 : 0, "outcome", word(each));
    }
    metrics.gauge("nodes", "Nodes in the inventory.").add(result.nodes().size());
    PrometheusMetrics.Gauge places =
        metrics.gauge("vantage_points", "Vantage points, by whether they could be used.");
    long usable = result.places().stream().filter(p -> p.report().failure().isEmpty()).count();
    places.add(result.places().size() - usable, "usable", "false");
    places.add(usable, "usable", "true");
    metrics
        .gauge("contradictions", "Checks of a merged audit whose parts contradict each other.")
        .add(result.contradictions().size());
  }

  private static void checks(Summary summary, PrometheusMetrics metrics) {
    metrics
        .gauge("planned_checks", "Checks in scope that ask for a verdict, gaps among them.")
        .add(summary.planned());
    metrics.gauge("judged_checks", "Of these, how many have a verdict.").add(summary.judged());
    metrics
        .gauge("coverage_ratio", "Judged of planned checks, 0 to 1; 0 if none were planned.")
        .add(
            summary.planned() == 0
                ? "0"
                : Double.toString((double) summary.judged() / summary.planned()));
    metrics
        .gauge("gaps", "Checks that could not even be tried, since nothing can see them.")
        .add(summary.gaps());
    metrics
        .gauge(
            "closed_unproven_ports", "Ports where no service answers and no closed path is proven.")
        .add(summary.closedUnprovenPorts());
    PrometheusMetrics.Gauge checks = metrics.gauge("checks", "Checks by their worst verdict.");
    for (Verdict verdict : VERDICTS) {
      checks.add(count(summary, verdict), "verdict", verdict.word());
    }
  }

  private static int count(Summary summary, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Compliant _ -> summary.compliant();
      case Verdict.ClosedUnproven _ -> summary.closedUnproven();
      case Verdict.Unverified _ -> summary.unverified();
      case Verdict.NotJudged _ -> summary.notJudged();
      case Verdict.Finding f ->
          switch (f.kind()) {
            case OVER_EXPOSED -> summary.overExposed();
            case MISSING -> summary.missing();
            case DEVIATES -> summary.deviates();
          };
    };
  }

  private static void findings(AuditResult result, PrometheusMetrics metrics) {
    List<Finding> findings = Findings.of(result);
    PrometheusMetrics.Gauge gauge =
        metrics.gauge("findings", "Findings; one may be shown by many checks.");
    for (Verdict.Kind kind : Verdict.Kind.values()) {
      for (Severity severity : Severity.values()) {
        gauge.add(
            findings.stream().filter(f -> f.kind() == kind && f.severity() == severity).count(),
            "severity",
            severity.word(),
            "verdict",
            kind.label().toLowerCase(Locale.ROOT));
      }
    }
    metrics
        .gauge("out_of_scope_checks", "Checks and gaps that the inventory leaves out.")
        .add(result.exclusions().stream().mapToLong(e -> e.checks()).sum());
  }

  /// By who reaches for whom.
  private static void zones(AuditResult result, PrometheusMetrics metrics) {
    SortedSet<Pair> known = new TreeSet<>();
    List<Cell> cells = Cells.of(result);
    cells.forEach(c -> known.add(new Pair(c.key().from(), c.key().to())));
    Set<Pair> shown = known.stream().limit(MAX_PAIRS).collect(Collectors.toSet());
    Map<Pair, Map<String, Integer>> verdicts = new HashMap<>();
    for (Cell cell : cells) {
      Map<String, Integer> counts =
          verdicts.computeIfAbsent(
              shown(new Pair(cell.key().from(), cell.key().to()), shown), _ -> new HashMap<>());
      cell.assessments().forEach(a -> counts.merge(Summary.worst(a).word(), 1, Integer::sum));
      counts.merge(new Verdict.Unverified().word(), cell.gaps().size(), Integer::sum);
    }
    Map<Pair, Map<String, Integer>> severities = new HashMap<>();
    for (Finding f : Findings.of(result)) {
      Pair pair = shown(new Pair(Findings.zones(f.from()), Findings.zones(f.to())), shown);
      severities
          .computeIfAbsent(pair, _ -> new HashMap<>())
          .merge(f.severity().word(), 1, Integer::sum);
    }
    SortedSet<Pair> pairs = new TreeSet<>(verdicts.keySet());
    PrometheusMetrics.Gauge checks =
        metrics.gauge("zone_checks", "Checks by zones and worst verdict.");
    for (Pair pair : pairs) {
      for (Verdict verdict : VERDICTS) {
        int count = verdicts.getOrDefault(pair, Map.of()).getOrDefault(verdict.word(), 0);
        checks.add(count, "from", pair.from(), "to", pair.to(), "verdict", verdict.word());
      }
    }
    PrometheusMetrics.Gauge found = metrics.gauge("zone_findings", "Findings by zones.");
    for (Pair pair : pairs) {
      for (Severity severity : Severity.values()) {
        int count = severities.getOrDefault(pair, Map.of()).getOrDefault(severity.word(), 0);
        found.add(count, "from", pair.from(), "severity", severity.word(), "to", pair.to());
      }
    }
  }

  private static Pair shown(Pair pair, Set<Pair> shown) {
    return shown.contains(pair) ? pair : new Pair(OTHERS, OTHERS);
  }

  private static boolean succeeded(AuditResult result, Summary summary) {
    return result.complete() && summary.planned() > 0 && summary.judged() == summary.planned();
  }

  private static String word(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String start(String sha256) {
    return sha256.substring(0, Math.min(12, sha256.length()));
  }

  /// With milliseconds.
  private static String seconds(Instant time) {
    return String.format(Locale.ROOT, "%d.%03d", time.getEpochSecond(), time.getNano() / 1_000_000);
  }
}
