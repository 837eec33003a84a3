package io.k8sfw.reporters;

import io.k8sfw.evaluate.Severity;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.PathReport;
import io.k8sfw.plan.Exclusion;
import io.k8sfw.reporters.TextPage.Span;
import io.k8sfw.reporters.TextPage.Style;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Cells;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Reporter;
import io.k8sfw.result.Summary;
import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Locale;

/// For a person at a terminal: the answer first, then what is wrong, then what was not proven.
///
/// At most 100 columns. Text from outside cannot move the cursor, hide itself or speak to a CI
/// system.
public final class TextReporter implements Reporter {
  private static final int MAX_SPOTS = 8;
  private static final int MAX_EVIDENCE = 6;
  private static final int MAX_ROWS = 12;
  private static final int MAX_PATHS = 8;
  private static final int MAX_SERVICES = 40;

  private final boolean colour;

  /// @param colour whether the reader can see colours; nothing is said by colour alone
  public TextReporter(boolean colour) {
    this.colour = colour;
  }

  @Override
  public void write(AuditResult result, Writer out) throws IOException {
    TextPage page = new TextPage(colour);
    List<Finding> findings = Findings.of(result);
    verdict(result, page);
    if (!findings.isEmpty()) {
      page.heading("FINDINGS");
      findings.forEach(f -> finding(f, result, page));
    }
    services(result, findings, page);
    matrix(result, page);
    contradictions(result, page);
    unproven(result, page);
    outOfScope(result, page);
    parts(result, page);
    vantagePoints(result, page);
    next(result, findings, page);
    out.write(page.toString());
  }

  private static void verdict(AuditResult result, TextPage page) {
    Summary s = Summary.of(result);
    Style style =
        switch (s.outcome()) {
          case COMPLIANT -> result.complete() ? Style.GREEN : Style.YELLOW;
          case FINDINGS -> Style.RED;
          case NOT_PROVEN -> Style.YELLOW;
        };
    String verdict = Words.outcome(result).toUpperCase(Locale.ROOT);
    page.wrap("", new Span(style, verdict), ": " + result.inventory().name().visible());
    page.wrap("", Words.lead(result));
    result
        .run()
        .interrupted()
        .ifPresent(
            why -> page.wrap("", "It stopped early: " + why + ". What is missing is unverified."));
    page.blank();
    page.wrap("  result     ", String.join(", ", Words.counts(s)));
    page.wrap("  coverage   ", Words.coverage(s));
    if (s.closedUnproven() > 0) {
      page.wrap("  closed?    ", Words.closedUnproven(s));
    }
    if (s.notJudged() > 0) {
      page.wrap(
          "  not judged ",
          Words.count(s.notJudged(), "permitted flow", "permitted flows")
              + " that nothing was seen of, outside coverage");
    }
    Words.placeSamples(result).forEach(sample -> page.wrap("  places     ", sample));
    Words.samples(result).forEach(sample -> page.wrap("  sample     ", sample));
    page.wrap(
        "  run        ",
        "%s, %s, pace %s, run %s"
            .formatted(
                Words.started(result.run()),
                Words.duration(result),
                result.run().pace(),
                result.run().id()));
    Words.apart(result).ifPresent(warning -> page.wrap("  apart      ", warning));
    page.wrap("  matrix     ", Words.source(result.matrix()));
    Words.composition(result).forEach(part -> page.wrap("             ", part));
    result.composition().chosen().ifPresent(because -> page.wrap("             ", because));
    page.wrap("  inventory  ", Words.source(result.inventory()));
  }

  private static void finding(Finding f, AuditResult result, TextPage page) {
    page.blank();
    page.wrap(
        f.label() + "  ",
        new Span(
            style(f.severity()),
            f.severity().word().toUpperCase(Locale.ROOT) + "  " + Words.kind(f) + "  "),
        Words.title(f, result));
    List<Evidence> evidence = Evidence.of(f);
    for (Evidence e : evidence.subList(0, Math.min(MAX_EVIDENCE, evidence.size()))) {
      page.wrap("      seen   ", seen(e));
      page.wrap("      why    ", e.what().because());
    }
    if (evidence.size() > MAX_EVIDENCE) {
      page.wrap(
          "      seen   ",
          "and " + (evidence.size() - MAX_EVIDENCE) + " other observations in results.json");
    }
    ExecLines.of(f, result).forEach(line -> page.wrap("      beside ", line));
    Advice advice = Advice.of(f, result);
    page.wrap("      means  ", advice.means());
    page.wrap("      fix    ", advice.fix());
    advice.example().forEach(line -> page.wrap("      e.g.   ", line));
    page.wrap("      again  ", advice.again());
    page.wrap("      id     ", f.fingerprint().hex());
  }

  private static String seen(Evidence e) {
    List<String> spots =
        e.spots().stream().map(s -> s.vantage() + " → " + s.node() + " " + s.address()).toList();
    return e.what().protocol()
        + "/"
        + e.what().ports()
        + " "
        + e.what().observed()
        + e.what().attempts().map(a -> ", in " + a + " attempts").orElse("")
        + e.rtt().map(r -> ", " + r).orElse("")
        + ", grade "
        + e.what().grade()
        + ": "
        + Words.list(spots, MAX_SPOTS);
  }

  private static void services(AuditResult result, List<Finding> findings, TextPage page) {
    List<NodePorts.OfService> services = NodePorts.of(result, findings);
    if (services.isEmpty()) {
      return;
    }
    page.heading("NODEPORTS, BY SERVICE");
    page.wrap("  ", NodePorts.forwarding(result.facts()));
    for (NodePorts.OfService s : services.subList(0, Math.min(MAX_SERVICES, services.size()))) {
      page.wrap(
          "  ",
          "%s, %s, externalTrafficPolicy %s: %s%s"
              .formatted(
                  s.name(),
                  s.port(),
                  s.policy(),
                  s.outcome(),
                  s.findings().isEmpty() ? "" : " (" + String.join(", ", s.findings()) + ")"));
      s.notes().forEach(note -> page.wrap("    ", note));
    }
    if (services.size() > MAX_SERVICES) {
      page.wrap("  ", "and " + (services.size() - MAX_SERVICES) + " more in results.json");
    }
  }

  private static Style style(Severity severity) {
    return switch (severity) {
      case CRITICAL, HIGH -> Style.RED;
      case MEDIUM, LOW -> Style.YELLOW;
    };
  }

  private static void matrix(AuditResult result, TextPage page) {
    List<Cells.Cell> cells = Cells.of(result);
    if (cells.isEmpty()) {
      return;
    }
    page.heading("WHO CAN REACH WHAT");
    TextMatrix.write(cells, page);
    page.wrap(
        "  ",
        "ok as the matrix wants · OVER over-exposed · MISS missing · DEV deviates · ? unverified ·"
            + " closed? closed, path unproven · - permitted, not judged · . not asked");
    page.wrap("  ", "2/3: so many of the checks behind the cell");
  }

  private static void unproven(AuditResult result, TextPage page) {
    page.heading("NOT PROVEN, AND WHY");
    List<Unproven> unproven = Unproven.of(result);
    List<Unproven> closed = Unproven.closed(result);
    if (unproven.isEmpty() && closed.isEmpty()) {
      page.wrap("  ", "Everything in scope was judged.");
    }
    unproven.forEach(u -> unproven("unverified", u, page));
    if (!closed.isEmpty()) {
      page.wrap("  ", Words.closedUnproven(Summary.of(result)) + ".");
    }
    closed.forEach(u -> unproven("closed?", u, page));
  }

  private static void unproven(String word, Unproven u, TextPage page) {
    List<String> rows = u.rows().stream().map(Object::toString).toList();
    page.wrap(
        "  " + word + "  ",
        "%s → %s, %s: %s"
            .formatted(
                u.from(),
                u.to(),
                Words.count(u.checks(), "check", "checks"),
                Words.list(rows, MAX_ROWS)));
    String indent = " ".repeat(word.length() + 4);
    page.wrap(indent, u.why() + " (" + u.example() + ")");
    ExecLines.of(u.execs()).forEach(line -> page.wrap(indent, line));
  }

  private static void outOfScope(AuditResult result, TextPage page) {
    if (result.exclusions().isEmpty()) {
      return;
    }
    page.heading("OUT OF SCOPE");
    for (Exclusion e : result.exclusions()) {
      page.wrap(
          "  ",
          "%s (%s): %s"
              .formatted(
                  Words.scope(e.scope()),
                  Words.count(e.checks(), "check", "checks"),
                  e.scope().reason()));
    }
  }

  private static void contradictions(AuditResult result, TextPage page) {
    if (result.contradictions().isEmpty()) {
      return;
    }
    page.heading("PARTS CONTRADICT EACH OTHER");
    page.wrap("  ", "The worst counts, whichever is newer. Audit these again, from all places.");
    List<AuditResult.Contradiction> all = result.contradictions();
    for (AuditResult.Contradiction c : all.subList(0, Math.min(MAX_ROWS, all.size()))) {
      page.wrap("  ", c.check() + ", ports " + c.ports());
      Words.opinions(c).forEach(opinion -> page.wrap("    ", opinion));
    }
    if (all.size() > MAX_ROWS) {
      page.wrap("  ", "and " + (all.size() - MAX_ROWS) + " more in results.json");
    }
  }

  private static void parts(AuditResult result, TextPage page) {
    if (result.parts().isEmpty()) {
      return;
    }
    page.heading("MERGED FROM");
    for (AuditResult.Part part : result.parts()) {
      page.wrap("  run ", part.run().id() + ": " + Words.part(part, result));
    }
  }

  private static void vantagePoints(AuditResult result, TextPage page) {
    page.heading("VANTAGE POINTS AND CONTROLS");
    if (result.places().isEmpty()) {
      page.wrap("  ", "There was none: nothing could be probed.");
    }
    ShownPlaces places = ShownPlaces.of(result);
    for (AuditResult.Place place : places.each()) {
      VantagePoint v = place.vantagePoint();
      long held = place.telling().stream().filter(Control::holds).count();
      page.wrap(
          "  ",
          "%s (%s), %s: %s, %d of %d controls held"
              .formatted(
                  v.name(),
                  Findings.zones(v.zones()),
                  place.report().transport(),
                  Words.count(
                      (int) Math.min(Integer.MAX_VALUE, place.report().probesSent()),
                      "probe",
                      "probes"),
                  held,
                  place.telling().size()));
      Words.taken(place, result).ifPresent(taken -> page.wrap("    ", taken));
      place.report().failure().ifPresent(f -> page.wrap("    failed: ", f.visible()));
      for (Control c : place.telling()) {
        if (!c.holds()) {
          page.wrap("    does not hold: ", Words.control(c));
        }
      }
      Words.translated(place.translated()).forEach(t -> page.wrap("    ", t));
      List<PathReport> troubled = place.troubled();
      for (PathReport path : troubled.subList(0, Math.min(MAX_PATHS, troubled.size()))) {
        page.wrap("    bad path: ", Words.path(path));
      }
      if (troubled.size() > MAX_PATHS) {
        page.wrap("    ", "and " + (troubled.size() - MAX_PATHS) + " more in results.json");
      }
    }
    places
        .rest()
        .forEach((zones, rest) ->
            page.wrap(
                "  ",
                String.format(
                    Locale.ROOT,
                    "%s (%s): %,d probes, %,d of %,d controls held, trouble: %s",
                    rest.name(),
                    zones,
                    rest.probes(),
                    rest.held(),
                    rest.controls(),
                    rest.trouble())));
  }

  private static void next(AuditResult result, List<Finding> findings, TextPage page) {
    page.heading("NEXT");
    if (!findings.isEmpty()) {
      page.wrap(
          "  ",
          "Fix "
              + findings.getFirst().label()
              + " first, then run the same command again. -o html=report.html writes the evidence"
              + " for others to read.");
    } else if (Summary.of(result).outcome() == Outcome.COMPLIANT && result.complete()) {
      page.wrap("  ", "Keep results.json (-o json=results.json): it is the proof.");
    } else {
      page.wrap(
          "  ",
          "Remove the reasons above, the commonest first, or take what cannot be audited out of"
              + " scope with a reason (outOfScope in the inventory). Then run the same command"
              + " again.");
    }
  }
}
