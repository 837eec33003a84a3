package io.k8sfw.reporters;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.input.Sha256;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.reporters.HtmlPage.ContradictionRow;
import io.k8sfw.reporters.HtmlPage.Entry;
import io.k8sfw.reporters.HtmlPage.EvidenceRow;
import io.k8sfw.reporters.HtmlPage.ExclusionRow;
import io.k8sfw.reporters.HtmlPage.FindingView;
import io.k8sfw.reporters.HtmlPage.PlaceRow;
import io.k8sfw.reporters.HtmlPage.ServiceRow;
import io.k8sfw.reporters.HtmlPage.UnprovenRow;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Reporter;
import io.k8sfw.result.Summary;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;

/// One HTML file for a security review: the verdict, who can reach what, every finding with its
/// evidence, and what was not proven.
///
/// It holds no script, makes no request and says so in a Content-Security-Policy of its own; it can
/// be read where styles are taken away, as Jenkins does, in the dark and on paper. The same result
/// gives the same bytes.
public final class HtmlReporter implements Reporter {
  private static final int MAX_SPOTS = 40;
  private static final int MAX_EVIDENCE = 40;
  private static final int SHORT_HASH = 12;

  private static final TemplateEngine TEMPLATES =
      TemplateEngine.createPrecompiled(
          null, ContentType.Html, HtmlReporter.class.getClassLoader(), "io.k8sfw.reporters");

  @Override
  public void write(AuditResult result, Writer out) throws IOException {
    StringOutput html = new StringOutput();
    TEMPLATES.render("report.jte", page(result), html);
    out.append(html.toString());
  }

  private static HtmlPage page(AuditResult result) {
    Summary s = Summary.of(result);
    List<Finding> findings = Findings.of(result);
    HtmlMatrix matrix = new HtmlMatrix(result, findings);
    String style = style(result.run().id());
    HtmlText name = HtmlText.of(result.inventory().name());
    return new HtmlPage(
        style,
        hash(style),
        "Firewall audit: " + name.visible() + ": " + Words.outcome(result),
        name,
        state(result, s),
        Words.outcome(result),
        HtmlText.of(Words.lead(result)),
        Words.counts(s),
        facts(result, s),
        HtmlText.all(matrix.sources()),
        matrix.roles(),
        matrix.strips(),
        findings.stream().map(f -> finding(f, result)).toList(),
        unproven(result),
        result.exclusions().stream()
            .map(e ->
                new ExclusionRow(
                    HtmlText.of(Words.scope(e.scope())),
                    e.checks(),
                    HtmlText.of(e.scope().reason())))
            .toList(),
        places(result),
        provenance(result),
        result.parts().stream()
            .map(p -> entry("Run", p.run().id() + ": " + Words.part(p, result)))
            .toList(),
        result.contradictions().stream()
            .limit(MAX_SPOTS)
            .map(c ->
                new ContradictionRow(
                    HtmlText.of(c.check()),
                    HtmlText.of(c.ports().toString()),
                    HtmlText.all(Words.opinions(c))))
            .toList(),
        NodePorts.forwarding(result.facts()),
        NodePorts.of(result, findings).stream()
            .limit(MAX_SPOTS)
            .map(v ->
                new ServiceRow(
                    HtmlText.of(v.name()),
                    v.port(),
                    v.policy(),
                    v.outcome(),
                    v.findings(),
                    HtmlText.all(v.notes())))
            .toList(),
        Math.max(0, result.services().size() - MAX_SPOTS));
  }

  private static String state(AuditResult result, Summary s) {
    if (s.outcome() == Outcome.FINDINGS) {
      return "bad";
    }
    return s.outcome() == Outcome.COMPLIANT && result.complete() ? "good" : "open";
  }

  private static List<Entry> facts(AuditResult result, Summary s) {
    long controls = result.places().stream().mapToLong(p -> p.telling().size()).sum();
    long held =
        result.places().stream().flatMap(p -> p.telling().stream()).filter(Control::holds).count();
    long failed = result.places().stream().filter(p -> p.report().failure().isPresent()).count();
    List<Entry> facts = new ArrayList<>();
    facts.add(
        entry(
            "Matrix",
            result.matrix().name().visible()
                + ", sha256 "
                + brief(result.matrix())
                + result.composition().chosen().map(because -> ", " + because).orElse("")));
    facts.add(
        entry(
            "Run",
            "%s, %s, run %s"
                .formatted(
                    Words.started(result.run()), Words.duration(result), result.run().id())));
    facts.add(
        entry(
            "Cluster",
            Words.count(result.nodes().size(), "node", "nodes")
                + result.facts().values().entrySet().stream()
                    .map(f -> ", " + f.getKey() + " " + f.getValue().value())
                    .collect(Collectors.joining())));
    facts.add(entry("Coverage", Words.coverage(s)));
    facts.add(
        entry(
            "Vantage points",
            failed == 0
                ? result.places().size() + ", all of them worked"
                : result.places().size() + ", of which " + failed + " failed"));
    List<String> sampled = Words.placeSamples(result);
    if (!sampled.isEmpty()) {
      facts.add(entry("Sample", String.join("; ", sampled)));
    }
    facts.add(entry("Controls", held + " of " + controls + " held"));
    Words.apart(result).ifPresent(warning -> facts.add(entry("Apart", warning)));
    if (!result.contradictions().isEmpty()) {
      facts.add(
          entry(
              "Contradictions",
              result.contradictions().size() + " between parts; the worst counts"));
    }
    result.run().interrupted().ifPresent(why -> facts.add(entry("Stopped early", why)));
    return facts;
  }

  private static FindingView finding(Finding f, AuditResult result) {
    Advice advice = Advice.of(f, result);
    List<Evidence> evidence = Evidence.of(f);
    return new FindingView(
        f.label(),
        f.severity().word(),
        glyph(f.kind()),
        Words.kind(f),
        HtmlText.of(Words.title(f, result)),
        f.fingerprint().hex(),
        HtmlText.of(advice.means()),
        evidence.stream().limit(MAX_EVIDENCE).map(HtmlReporter::evidence).toList(),
        Math.max(0, evidence.size() - MAX_EVIDENCE),
        HtmlText.all(ExecLines.of(f, result)),
        HtmlText.of(advice.fix()),
        HtmlText.all(advice.example()),
        HtmlText.of(advice.again()),
        HtmlText.of(rules(f)));
  }

  private static String rules(Finding f) {
    if (!f.rules().isEmpty()) {
      return "Decided by rule " + String.join(", ", f.rules()) + ".";
    }
    return f.namedBy().isEmpty()
        ? "No rule of the matrix names it."
        : "Named by rule " + String.join(", ", f.namedBy()) + ", for others.";
  }

  private static String glyph(Verdict.Kind kind) {
    return switch (kind) {
      case OVER_EXPOSED -> "over";
      case MISSING -> "miss";
      case DEVIATES -> "dev";
    };
  }

  private static EvidenceRow evidence(Evidence e) {
    List<HtmlText> spots =
        e.spots().stream()
            .limit(MAX_SPOTS)
            .map(s -> HtmlText.of(s.vantage() + " → " + s.node() + " " + s.address()))
            .toList();
    return new EvidenceRow(
        spots,
        e.spots().size() - spots.size(),
        HtmlText.of(e.what().protocol() + "/" + e.what().ports()),
        HtmlText.of(e.what().observed()),
        e.what().attempts().orElse("none"),
        e.rtt().orElse("none"),
        e.what().grade() + ", " + e.what().grade().meaning(),
        HtmlText.of(e.what().because()));
  }

  private static List<UnprovenRow> unproven(AuditResult result) {
    List<UnprovenRow> rows = new ArrayList<>();
    Unproven.of(result).forEach(u -> rows.add(unproven("unverified", u)));
    Unproven.closed(result).forEach(u -> rows.add(unproven("closed, path unproven", u)));
    return rows;
  }

  private static UnprovenRow unproven(String state, Unproven u) {
    List<String> rows = u.rows().stream().map(Object::toString).toList();
    return new UnprovenRow(
        state,
        HtmlText.of(u.from() + " → " + u.to()),
        HtmlText.of(Words.list(rows, MAX_SPOTS)),
        u.checks(),
        HtmlText.of(u.why()),
        HtmlText.all(ExecLines.of(u.execs())),
        HtmlText.of(u.example()));
  }

  private static List<PlaceRow> places(AuditResult result) {
    ShownPlaces shown = ShownPlaces.of(result);
    List<PlaceRow> rows = new ArrayList<>();
    shown.each().forEach(place -> rows.add(place(place, result)));
    shown
        .rest()
        .forEach((zones, rest) ->
            rows.add(
                new PlaceRow(
                    HtmlText.of(rest.name()),
                    HtmlText.of(zones),
                    HtmlText.of(""),
                    "",
                    "",
                    String.format(Locale.ROOT, "%,d of %,d", rest.held(), rest.controls()),
                    String.format(Locale.ROOT, "%,d probes", rest.probes()),
                    rest.troubled() == 0 ? List.of() : List.of(HtmlText.of(rest.trouble())),
                    List.of())));
    return rows;
  }

  private static PlaceRow place(AuditResult.Place place, AuditResult result) {
    VantagePoint v = place.vantagePoint();
    List<HtmlText> problems = new ArrayList<>();
    place.report().failure().ifPresent(f -> problems.add(HtmlText.of(f)));
    for (Control c : place.telling()) {
      if (!c.holds()) {
        problems.add(HtmlText.of("Does not hold: " + Words.control(c)));
      }
    }
    Words.translated(place.translated()).forEach(t -> problems.add(HtmlText.of("It " + t)));
    long held = place.telling().stream().filter(Control::holds).count();
    return new PlaceRow(
        HtmlText.of(v.name()),
        HtmlText.of(Findings.zones(v.zones())),
        HtmlText.of(
            place.report().transport()
                + Words.taken(place, result).map(taken -> "; " + taken).orElse("")),
        v.fidelity().name().toLowerCase(Locale.ROOT),
        place.report().capabilities().stream()
            .sorted()
            .map(Capability::word)
            .collect(Collectors.joining(", ")),
        held + " of " + place.telling().size(),
        Words.paths(place.paths()),
        few(problems),
        few(place.troubled().stream().map(Words::path).map(HtmlText::of).toList()));
  }

  /// The first of them, and how many more there are.
  private static List<HtmlText> few(List<HtmlText> all) {
    List<HtmlText> few = new ArrayList<>(all.subList(0, Math.min(MAX_SPOTS, all.size())));
    if (all.size() > MAX_SPOTS) {
      few.add(HtmlText.of("and " + (all.size() - MAX_SPOTS) + " more in results.json"));
    }
    return few;
  }

  private static List<Entry> provenance(AuditResult result) {
    return List.of(
        entry("Tool", result.tool().name() + " " + result.tool().version()),
        entry("Java", result.tool().java()),
        entry("Matrix", source(result.matrix()) + composition(result)),
        entry("Inventory", source(result.inventory())),
        entry("Run", result.run().id()),
        entry("Started", Words.started(result.run()).toString()),
        entry("Finished", result.run().finished().toString()),
        entry("Pace", result.run().pace()),
        entry("Seed of samples and orders", Long.toString(result.run().seed())),
        entry("Samples", samples(result)),
        entry("Closed but unproven counts as unverified", result.run().strict() ? "yes" : "no"),
        entry(
            "Facts",
            result.facts().values().isEmpty()
                ? "none were stated"
                : result.facts().values().entrySet().stream()
                    .map(f ->
                        "%s: %s (%s)"
                            .formatted(
                                f.getKey(),
                                f.getValue().value(),
                                f.getValue().provenance().name().toLowerCase(Locale.ROOT)))
                    .collect(Collectors.joining(", "))));
  }

  private static String composition(AuditResult result) {
    List<String> parts = Words.composition(result);
    return (parts.isEmpty() ? "" : "; made of " + String.join(", ", parts))
        + result.composition().chosen().map(because -> "; " + because).orElse("");
  }

  private static String samples(AuditResult result) {
    List<String> samples = new ArrayList<>(Words.placeSamples(result));
    samples.addAll(Words.samples(result));
    return samples.isEmpty() ? "none: every port was probed" : String.join("; ", samples);
  }

  private static String source(AuditResult.Source source) {
    return source.name().visible()
        + ", "
        + source.origin().visible()
        + ", sha256 "
        + source.sha256();
  }

  private static String brief(AuditResult.Source source) {
    return source.sha256().substring(0, Math.min(SHORT_HASH, source.sha256().length()));
  }

  private static Entry entry(String label, String text) {
    return new Entry(label, HtmlText.of(text));
  }

  /// The style sheet with the run's id in the footer of every printed page. A style sheet has no
  /// encoder: what is not hexadecimal stays out.
  private static String style(String run) {
    try (InputStream in = HtmlReporter.class.getResourceAsStream("report.css")) {
      String css =
          new String(
              Objects.requireNonNull(in, "report.css is in this jar").readAllBytes(),
              StandardCharsets.UTF_8);
      return css.replace("RUN-ID", run.matches("[0-9a-f]{1,64}") ? "run " + run : "");
    } catch (IOException e) {
      throw new UncheckedIOException("report.css is in this jar", e);
    }
  }

  private static String hash(String style) {
    byte[] sha256 = HexFormat.of().parseHex(Sha256.of(style));
    return Base64.getEncoder().encodeToString(sha256);
  }
}
