package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Assessment.Sample;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.inventory.Scope;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Summary;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Sentences that several formats share. Not encoded for any sink.
final class Words {
  private Words() {}

  /// What follows an outcome where not all places looked at every node.
  private static final String SAMPLED = ", as far as a sample shows";

  /// `not compliant`, or `compliant, as far as a sample shows, and incomplete`.
  static String outcome(AuditResult result) {
    String words =
        Summary.of(result).outcome().words() + (result.placeSamples().isEmpty() ? "" : SAMPLED);
    return result.complete() ? words : words + ", and incomplete";
  }

  /// What canaries told of several ways together: `loss at most 1.0 % (0 of 300 canaries lost); 3
  /// attempts made silence`.
  static String paths(List<PathReport> paths) {
    if (paths.isEmpty()) {
      return "nothing was asked over TCP";
    }
    long asked = paths.stream().mapToLong(PathReport::asked).sum();
    long lost = paths.stream().mapToLong(PathReport::lost).sum();
    long silent = paths.stream().filter(p -> p.asked() == 0).count();
    double most =
        paths.stream().filter(p -> p.asked() > 0).mapToDouble(PathReport::loss).max().orElse(1);
    int fewest = paths.stream().mapToInt(PathReport::attempts).min().orElseThrow();
    int highest = paths.stream().mapToInt(PathReport::attempts).max().orElseThrow();
    String attempts =
        (fewest == highest ? "" : fewest + " to ") + count(highest, "attempt", "attempts");
    String blind =
        silent == 0 || asked == 0
            ? ""
            : "; no canary on " + silent + " of " + count(paths.size(), "address", "addresses");
    String which = paths.size() - silent > 1 ? " on the worst path" : "";
    return (asked == 0 ? "no canary could be asked" : loss(most, which, lost, asked))
        + blind
        + "; "
        + attempts
        + " made silence";
  }

  /// What is worth a warning about one way.
  static String path(PathReport path) {
    String asked =
        path.asked() == 0
            ? "no canary could be asked"
            : loss(path.loss(), "", path.lost(), path.asked());
    return AddressText.of(path.address())
        + ": "
        + asked
        + "; "
        + count(path.attempts(), "attempt", "attempts")
        + " made silence"
        + path.slowed().map(why -> "; slowed: " + why).orElse("");
  }

  /// How a vantage point looks to its targets, where it does not look like itself: `comes as
  /// 10.0.0.21, and not as 10.244.1.10, at 3 addresses`.
  static List<String> translated(List<SourceReport> translated) {
    Map<String, Integer> counts = new TreeMap<>();
    for (SourceReport s : translated) {
      String seen = s.seen().map(AddressText::of).orElse("");
      String own = s.own().map(AddressText::of).orElse("");
      counts.merge("comes as " + seen + ", and not as " + own, 1, Integer::sum);
    }
    return counts.entrySet().stream()
        .map(e -> e.getKey() + ", at " + count(e.getValue(), "address", "addresses"))
        .toList();
  }

  private static String loss(double most, String which, long lost, long asked) {
    return String.format(
        Locale.ROOT,
        "loss at most %.1f %%%s (%,d of %,d %s lost)",
        // Rounded up: it is a bound.
        Math.ceil(1000 * most) / 10,
        which,
        lost,
        asked,
        asked == 1 ? "canary" : "canaries");
  }

  /// Every count of the summary, worst first, those of zero left out but for findings.
  static List<String> counts(Summary s) {
    List<String> counts = new ArrayList<>();
    counts.add(s.overExposed() + " over-exposed");
    counts.add(s.missing() + " missing");
    counts.add(s.deviates() + (s.deviates() == 1 ? " deviates" : " deviate"));
    counts.add(s.unverified() + " unverified");
    if (s.closedUnproven() > 0) {
      counts.add(s.closedUnproven() + " closed but unproven");
    }
    counts.add(s.compliant() + " compliant");
    return counts;
  }

  /// What decides the outcome, in one sentence; and in another, what was left to a sample of
  /// places.
  static String lead(AuditResult result) {
    return decisive(result)
        + (result.placeSamples().isEmpty()
            ? ""
            : " Not every place looked at every node: "
                + String.join("; ", placeSamples(result))
                + ".");
  }

  /// `sampled: 3 of 4,998 places in zone worker look at each node (seed 7)`.
  static List<String> placeSamples(AuditResult result) {
    List<String> seeds =
        result.parts().isEmpty()
            ? List.of(Long.toString(result.run().seed()))
            : result.parts().stream().map(p -> Long.toString(p.run().seed())).distinct().toList();
    return result.placeSamples().stream()
        .map(s ->
            String.format(
                Locale.ROOT,
                "sampled: %,d of %,d places in zone %s look at each node (%s %s)",
                s.perNode(),
                s.places(),
                Findings.zones(s.from()),
                seeds.size() == 1 ? "seed" : "seeds",
                String.join(", ", seeds)))
        .toList();
  }

  private static String decisive(AuditResult result) {
    Summary s = Summary.of(result);
    if (s.planned() == 0) {
      return "Nothing was audited: there is no check that asks for a verdict. That proves nothing.";
    }
    String of = " of " + count(s.planned(), "check", "checks");
    return switch (s.outcome()) {
      case COMPLIANT ->
          (s.planned() == 1 ? "The only check was" : "All " + s.planned() + " checks were")
              + " judged, and nothing was found."
              + (s.closedUnproven() == 0 ? "" : " But: " + closedUnproven(s) + ".");
      case NOT_PROVEN ->
          "Nothing was found, but only "
              + s.judged()
              + of
              + " could be judged. What was not judged may be wrong.";
      case FINDINGS -> {
        Findings.Finding worst = Findings.of(result).getFirst();
        yield s.findings()
            + of
            + (s.findings() == 1 ? " is" : " are")
            + " not as the matrix wants. Worst: "
            + worst.severity().word()
            + ", "
            + happened(worst)
            + ".";
      }
    };
  }

  /// `worker tcp/10250 (kubelet API) is open to end-user`.
  private static String happened(Findings.Finding f) {
    return place(f)
        + switch (f.kind()) {
          case OVER_EXPOSED -> " is open to ";
          case MISSING -> " is blocked for ";
          case DEVIATES -> " is not as the policy wants it for ";
        }
        + Findings.zones(f.from());
  }

  /// `end-user → worker tcp/10250 (kubelet API)`; `external → worker tcp/30080 (NodePort of
  /// shop/web)`.
  static String title(Findings.Finding f, AuditResult result) {
    return Findings.zones(f.from())
        + " → "
        + NodePorts.service(f.row(), result)
            .map(s -> Findings.zones(f.to()) + " " + f.row() + " (NodePort of " + s.name() + ")")
            .orElseGet(() -> place(f));
  }

  /// `seed (builtin:seed, sha256 0123456789ab)`, for each matrix that the policy is made of.
  static List<String> composition(AuditResult result) {
    return result.composition().matrices().size() < 2
        ? List.of()
        : result.composition().matrices().stream().map(Words::source).toList();
  }

  /// `seed (builtin:seed, sha256 0123456789ab)`.
  static String source(AuditResult.Source source) {
    return source.name().visible()
        + " ("
        + source.origin().visible()
        + ", sha256 "
        + source.sha256().substring(0, Math.min(12, source.sha256().length()))
        + ")";
  }

  private static String place(Findings.Finding f) {
    return Findings.zones(f.to()) + " " + row(f.row());
  }

  /// `tcp/10250 (kubelet API)`.
  static String row(Row row) {
    return row + KnownService.on(row).map(s -> " (" + s.name() + ")").orElse("");
  }

  /// `OVER-EXPOSED`, `DEVIATES: service-down`.
  static String kind(Findings.Finding f) {
    return kind(f.kind(), f.deviation());
  }

  static String kind(Verdict.Kind kind, Optional<Verdict.Deviation> deviation) {
    return kind.label() + deviation.map(d -> ": " + d.word()).orElse("");
  }

  static String coverage(Summary s) {
    return "%d of %s judged (%d %%)"
        .formatted(s.judged(), count(s.planned(), "check", "checks"), s.coveragePercent());
  }

  static String closedUnproven(Summary s) {
    return count(s.closedUnprovenPorts(), "port", "ports")
        + ": no service answers, path not proven closed";
  }

  /// What an exclusion speaks of.
  static String scope(Scope scope) {
    return switch (scope) {
      case Scope.OfRule r -> "rule " + r.rule();
      case Scope.OfZone z -> "zone " + z.zone();
      case Scope.OfAddress a -> a.type().word() + " addresses";
    };
  }

  /// `positive control on 10.0.0.21: no answer`. The start, to the second, UTC:
  /// `2026-11-22T12:57:02Z`.
  static String started(AuditResult.Run run) {
    return run.started().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static String control(Control c) {
    return "%s control on %s%s: %s"
        .formatted(
            c.kind().name().toLowerCase(Locale.ROOT),
            AddressText.of(c.address()),
            c.port() == 0 ? "" : " port " + c.port(),
            c.detail());
  }

  /// `41.2 s`; of a merged audit `2 runs over 3 h 20 min`. Times that run backwards count as none.
  static String duration(AuditResult result) {
    return result.parts().isEmpty()
        ? duration(result.run())
        : count(result.parts().size(), "run", "runs") + " over " + age(length(result.run()));
  }

  private static String duration(AuditResult.Run run) {
    return String.format(Locale.ROOT, "%.1f s", length(run).toMillis() / 1000.0);
  }

  private static Duration length(AuditResult.Run run) {
    Duration length = Duration.between(run.started(), run.finished());
    return length.isNegative() ? Duration.ZERO : length;
  }

  /// The two greatest units: `41 s`, `3 min 2 s`, `2 h 5 min`, `3 d 4 h`.
  static String age(Duration age) {
    List<String> units = new ArrayList<>();
    units.add(age.toDaysPart() + " d");
    units.add(age.toHoursPart() + " h");
    units.add(age.toMinutesPart() + " min");
    units.add(age.toSecondsPart() + " s");
    while (units.size() > 1 && units.getFirst().startsWith("0 ")) {
      units.removeFirst();
    }
    List<String> greatest = units.subList(0, Math.min(2, units.size()));
    return greatest.getLast().startsWith("0 ") ? greatest.getFirst() : String.join(" ", greatest);
  }

  /// Parts that are so far apart are worth a warning: an audit is of one moment.
  private static final Duration FAR_APART = Duration.ofHours(24);

  /// A warning, where the first part of a merged audit began long before the last.
  static Optional<String> apart(AuditResult result) {
    if (result.parts().isEmpty()) {
      return Optional.empty();
    }
    Duration apart =
        Duration.between(
            result.parts().getFirst().run().started(), result.parts().getLast().run().started());
    return apart.compareTo(FAR_APART) < 0
        ? Optional.empty()
        : Optional.of(
            "Its parts are "
                + age(apart)
                + " apart: what changed meanwhile is judged as it was then.");
  }

  /// One of the runs that a merged audit is made of.
  static String part(AuditResult.Part part, AuditResult result) {
    AuditResult.Run run = part.run();
    Duration before = Duration.between(run.started(), result.parts().getLast().run().started());
    return "%s, %s%s, from %s: %d of %s judged, %s; inventory %s (%s, sha256 %s), %s %s%s"
        .formatted(
            started(run),
            duration(run),
            before.isZero() ? "" : ", " + age(before) + " before the newest",
            part.places().isEmpty() ? "nowhere" : String.join(", ", part.places()),
            part.judged(),
            count(part.planned(), "check", "checks"),
            count(part.findings(), "finding", "findings"),
            part.inventory().name().visible(),
            part.inventory().origin().visible(),
            part.inventory()
                .sha256()
                .substring(0, Math.min(12, part.inventory().sha256().length())),
            part.tool().name(),
            part.tool().version(),
            run.interrupted().map(why -> "; stopped early: " + why).orElse(""));
  }

  /// When a place observed, where that was not during the run: by its own clock, which may be
  /// wrong.
  static Optional<String> taken(AuditResult.Place place, AuditResult result) {
    return place
        .report()
        .taken()
        .map(t -> {
          Duration before = Duration.between(t.finished(), result.run().finished());
          String age =
              before.isNegative()
                  ? age(before.negated()) + " after this audit ended, so one of the clocks is wrong"
                  : before.isZero()
                      ? "until this audit ended"
                      : age(before) + " before this audit ended";
          return "observed %s to %s by its own clock, %s"
              .formatted(
                  t.started().truncatedTo(ChronoUnit.SECONDS),
                  t.finished().truncatedTo(ChronoUnit.SECONDS),
                  age);
        });
  }

  /// What each part says of the same ports, a line each, worst first.
  static List<String> opinions(AuditResult.Contradiction contradiction) {
    return contradiction.opinions().stream()
        .map(j ->
            "run %s: %s, grade %s: %s"
                .formatted(j.part().orElse(""), j.verdict().word(), j.grade(), j.because()))
        .toList();
  }

  /// `0.8`.
  static String millis(int micros) {
    return String.format(Locale.ROOT, "%.1f", micros / 1000.0);
  }

  static String count(int n, String one, String many) {
    return n + " " + (n == 1 ? one : many);
  }

  /// The first `limit`, and how many more there are.
  static String list(List<String> items, int limit) {
    String shown = String.join(", ", items.subList(0, Math.min(limit, items.size())));
    return items.size() > limit
        ? shown + ", and " + (items.size() - limit) + " more in results.json"
        : shown;
  }

  /// How much was looked at of each row that was not looked at in full.
  static List<String> samples(AuditResult result) {
    Map<String, Set<String>> silent = new LinkedHashMap<>();
    Map<String, Map<String, Integer>> listening = new LinkedHashMap<>();
    for (Assessment a : result.assessments()) {
      if (a.sample().isEmpty()) {
        continue;
      }
      Sample sample = a.sample().get();
      String what =
          String.format(
              Locale.ROOT,
              "%s: %d of %,d ports of each address%s, both edges and the rest at random (seed %d)",
              a.check().row(),
              sample.random(),
              sample.of(),
              a.check().row().ports().isAll() ? "" : " inside the pod network",
              result.run().seed());
      Set<String> unknown = silent.computeIfAbsent(what, _ -> new TreeSet<>());
      Map<String, Integer> known = listening.computeIfAbsent(what, _ -> new TreeMap<>());
      String node = a.check().flow().node();
      if (sample.listening().isPresent()) {
        known.merge(node, sample.listening().get(), Math::max);
      } else if (a.check().row().protocol().equals(Protocol.TCP)) {
        unknown.add(node);
      }
    }
    List<String> lines = new ArrayList<>();
    listening.forEach((what, known) ->
        lines.add(what + listening(known) + unknown(silent.getOrDefault(what, Set.of()))));
    return lines;
  }

  private static String listening(Map<String, Integer> byNode) {
    int ports = byNode.values().stream().mapToInt(Integer::intValue).sum();
    return byNode.isEmpty()
        ? ""
        : ", and whatever else listens on %s (%s)"
            .formatted(count(byNode.size(), "node", "nodes"), count(ports, "port", "ports"));
  }

  private static String unknown(Set<String> nodes) {
    return nodes.isEmpty()
        ? ""
        : "; what listens is not known of "
            + list(nodes.stream().map(n -> Untrusted.of(n).visible()).toList(), 8);
  }
}
