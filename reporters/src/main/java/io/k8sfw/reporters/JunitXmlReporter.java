package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.AddressText;
import io.k8sfw.plan.Gap;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Cells;
import io.k8sfw.result.Cells.Cell;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Reporter;
import io.k8sfw.result.Summary;
import java.io.IOException;
import java.io.Writer;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// JUnit XML for CI systems: one test case a cell of the matrix, so that a system that keeps
/// histories by name sees the same names in every run.
///
/// The dialect is what both schemas that are ever enforced accept: that of Apache Ant's JUnit task
/// (`JUnit.xsd` of Windy Road Technology) and that of Jenkins' xUnit plugin (`junit-10.xsd`). No
/// attributes on `testsuites`, no zone in time stamps, three decimals in times, and in a test case
/// nothing but at most one `failure` or `error`. All evidence is in their text, because GitLab
/// shows nothing else. Nothing is ever `skipped`.
public final class JunitXmlReporter implements Reporter {
  private static final int MAX_SPOTS = 50;
  private static final DateTimeFormatter WITHOUT_ZONE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /// @param problem `failure` or `error`; empty for a pass
  private record TestCase(
      String classname, String name, String problem, String type, List<String> text) {}

  private record Suite(String name, String pack, List<TestCase> cases, List<String> out) {
    long count(String problem) {
      return cases.stream().filter(c -> c.problem().equals(problem)).count();
    }
  }

  @Override
  public void write(AuditResult result, Writer out) throws IOException {
    List<Suite> suites = suites(result);
    StringBuilder xml = new StringBuilder();
    xml.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (int i = 0; i < suites.size(); i++) {
      suite(suites.get(i), i, result, xml);
    }
    out.append(xml.append("</testsuites>\n"));
  }

  private static List<Suite> suites(AuditResult result) {
    Map<String, List<Cell>> bySuite = new LinkedHashMap<>();
    for (Cell cell : Cells.of(result)) {
      bySuite
          .computeIfAbsent(cell.key().to() + ".from." + cell.key().from(), _ -> new ArrayList<>())
          .add(cell);
    }
    List<Finding> findings = Findings.of(result);
    List<Suite> suites = new ArrayList<>();
    bySuite.forEach((name, cells) -> suites.add(suite(name, cells, findings, result)));
    List<TestCase> whole = whole(result, suites.stream().allMatch(s -> s.cases().isEmpty()));
    if (!whole.isEmpty()) {
      suites.add(new Suite("audit", "k8sfw.audit", whole, List.of()));
    }
    return suites;
  }

  /// What is wrong with the audit as such.
  private static List<TestCase> whole(AuditResult result, boolean empty) {
    List<TestCase> cases = new ArrayList<>();
    if (empty) {
      cases.add(
          new TestCase(
              "k8sfw.audit",
              "something is audited",
              "error",
              "UNVERIFIED",
              List.of("nothing was audited", Words.lead(result))));
    }
    result
        .run()
        .interrupted()
        .ifPresent(why ->
            cases.add(
                new TestCase(
                    "k8sfw.audit",
                    "audit is complete",
                    "error",
                    "INCOMPLETE",
                    List.of("audit is incomplete", "It stopped early: " + why))));
    return cases;
  }

  private static Suite suite(
      String name, List<Cell> cells, List<Finding> findings, AuditResult result) {
    List<TestCase> cases = new ArrayList<>();
    List<String> out = new ArrayList<>(Words.placeSamples(result));
    int notJudged = 0;
    for (Cell cell : cells) {
      notJudged += (int) cell.assessments().stream().filter(JunitXmlReporter::notJudged).count();
      closedUnproven(cell, out);
      ExecLines.of(cell, result).forEach(line -> out.add(cell.key().row() + ": " + line));
      if (!(cell.worst() instanceof Verdict.NotJudged)) {
        cases.add(testCase("k8sfw." + name, cell, findings, result));
      }
    }
    if (notJudged > 0) {
      out.add(
          Words.count(notJudged, "permitted flow was", "permitted flows were")
              + " not judged: nothing was seen of them, and either outcome is right.");
    }
    return new Suite(name.replace(".from.", " from "), "k8sfw." + name, cases, out);
  }

  private static boolean notJudged(Assessment assessment) {
    return Summary.worst(assessment) instanceof Verdict.NotJudged;
  }

  private static void closedUnproven(Cell cell, List<String> out) {
    int ports = 0;
    for (Assessment a : cell.assessments()) {
      for (Judgement j : a.judgements()) {
        ports += j.verdict() instanceof Verdict.ClosedUnproven ? j.ports().size() : 0;
      }
    }
    if (ports > 0) {
      out.add(
          "CLOSED-UNPROVEN %s: %s: no service answers, path not proven closed."
              .formatted(cell.key().row(), Words.count(ports, "port", "ports")));
    }
  }

  private static TestCase testCase(
      String classname, Cell cell, List<Finding> findings, AuditResult result) {
    List<String> text = new ArrayList<>();
    Verdict worst = cell.worst();
    if (worst instanceof Verdict.Finding(var kind, _)) {
      List<Finding> here =
          findings.stream()
              .filter(f -> shows(f, cell))
              .sorted(Comparator.comparing((Finding f) -> f.kind() != kind))
              .toList();
      here.forEach(f -> describe(f, result, text));
      unverified(cell, text);
      return new TestCase(classname, name(cell), "failure", kind.name(), text);
    }
    if (worst instanceof Verdict.Unverified) {
      text.add("UNVERIFIED " + cell.key().row() + ": not proven either way");
      unverified(cell, text);
      return new TestCase(classname, name(cell), "error", "UNVERIFIED", text);
    }
    return new TestCase(classname, name(cell), "", "", text);
  }

  private static boolean shows(Finding finding, Cell cell) {
    return finding.row().equals(cell.key().row())
        && Findings.zones(finding.to()).equals(cell.key().to())
        && Findings.zones(finding.from()).equals(cell.key().from());
  }

  private static void describe(Finding f, AuditResult result, List<String> text) {
    if (!text.isEmpty()) {
      text.add("");
    }
    text.add(
        Words.kind(f)
            + " "
            + Words.row(f.row())
            + " of "
            + Findings.zones(f.to())
            + " from "
            + Findings.zones(f.from())
            + " ("
            + f.severity().word()
            + ")");
    for (Evidence e : Evidence.of(f)) {
      text.add(
          "seen: "
              + e.what().protocol()
              + "/"
              + e.what().ports()
              + " "
              + e.what().observed()
              + e.what().attempts().map(a -> ", in " + a + " attempts").orElse("")
              + e.rtt().map(r -> ", " + r).orElse("")
              + ", grade "
              + e.what().grade()
              + " "
              + e.what().grade().meaning());
      for (Evidence.Spot s : e.spots().subList(0, Math.min(MAX_SPOTS, e.spots().size()))) {
        text.add("  " + s.vantage() + " -> " + s.node() + " " + s.address());
      }
      if (e.spots().size() > MAX_SPOTS) {
        text.add("  and " + (e.spots().size() - MAX_SPOTS) + " more in results.json");
      }
      text.add("why: " + e.what().because());
    }
    ExecLines.of(f, result).forEach(line -> text.add("beside: " + line));
    Advice advice = Advice.of(f, result);
    text.add("means: " + advice.means());
    text.add("fix: " + advice.fix());
    advice.example().forEach(line -> text.add("example: " + line));
    text.add("check again: " + advice.again());
    text.add("id: " + f.fingerprint().hex());
  }

  private static void unverified(Cell cell, List<String> text) {
    List<String> lines = new ArrayList<>();
    for (Gap gap : cell.gaps()) {
      lines.add("  " + gap.from().name() + " -> " + gap.node() + ": " + gap.reason());
    }
    for (Assessment a : cell.assessments()) {
      for (Judgement j : a.judgements()) {
        if (j.verdict() instanceof Verdict.Unverified) {
          lines.add(
              "  %s -> %s %s %s/%s: %s"
                  .formatted(
                      a.check().flow().vantage(),
                      a.check().flow().node(),
                      AddressText.of(a.check().flow().address()),
                      a.check().flow().protocol(),
                      j.ports(),
                      Unproven.why(j)));
        }
      }
    }
    if (!lines.isEmpty()) {
      text.add("unverified:");
      text.addAll(lines.subList(0, Math.min(MAX_SPOTS, lines.size())));
      if (lines.size() > MAX_SPOTS) {
        text.add("  and " + (lines.size() - MAX_SPOTS) + " more in results.json");
      }
    }
  }

  /// From the plan alone, and so the same in every run.
  private static String name(Cell cell) {
    TreeSet<Expectation> expectations = new TreeSet<>(Comparator.reverseOrder());
    cell.assessments().forEach(a -> expectations.add(a.check().expectation()));
    cell.gaps().forEach(g -> expectations.add(g.expectation()));
    return cell.key().row()
        + " "
        + expectations.stream().map(JunitXmlReporter::demand).collect(Collectors.joining(", "));
  }

  private static String demand(Expectation expectation) {
    return switch (expectation) {
      case REQUIRED -> "must be reachable";
      case PATH -> "way must be free";
      case PERMITTED -> "may be reachable";
      case FORBIDDEN -> "must not be reachable";
    };
  }

  private static void suite(Suite suite, int id, AuditResult result, StringBuilder xml) {
    xml.append("  <testsuite")
        .append(attribute("name", suite.name()))
        .append(attribute("package", suite.pack()))
        .append(attribute("id", Integer.toString(id)))
        .append(attribute("timestamp", WITHOUT_ZONE.format(result.run().started())))
        .append(attribute("hostname", "localhost"))
        .append(attribute("tests", Integer.toString(suite.cases().size())))
        .append(attribute("failures", Long.toString(suite.count("failure"))))
        .append(attribute("errors", Long.toString(suite.count("error"))))
        .append(attribute("skipped", "0"))
        // Cells are measured together: no time of their own is known.
        .append(attribute("time", "0.000"))
        .append(">\n    <properties>\n");
    properties(result)
        .forEach((name, value) ->
            xml.append("      <property")
                .append(attribute("name", name))
                .append(attribute("value", value))
                .append("/>\n"));
    xml.append("    </properties>\n");
    suite.cases().forEach(c -> testCase(c, xml));
    xml.append("    <system-out>")
        .append(XmlText.encodeLines(suite.out()))
        .append("</system-out>\n");
    xml.append("    <system-err></system-err>\n  </testsuite>\n");
  }

  private static void testCase(TestCase c, StringBuilder xml) {
    xml.append("    <testcase")
        .append(attribute("classname", c.classname()))
        .append(attribute("name", c.name()))
        .append(attribute("time", "0.000"));
    if (c.problem().isEmpty()) {
      xml.append("/>\n");
      return;
    }
    xml.append(">\n      <")
        .append(c.problem())
        .append(attribute("message", c.text().getFirst()))
        .append(attribute("type", c.type()))
        .append('>')
        .append(XmlText.encodeLines(c.text()))
        .append("</")
        .append(c.problem())
        .append(">\n    </testcase>\n");
  }

  private static Map<String, String> properties(AuditResult result) {
    Summary s = Summary.of(result);
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("k8sfw.tool", result.tool().name() + " " + result.tool().version());
    properties.put("k8sfw.outcome", s.outcome().words());
    properties.put("k8sfw.complete", Boolean.toString(result.complete()));
    properties.put("k8sfw.coverage", Words.coverage(s));
    properties.put("k8sfw.counts", String.join(", ", Words.counts(s)));
    properties.put("k8sfw.run.id", result.run().id());
    properties.put("k8sfw.run.duration", Words.duration(result));
    properties.put("k8sfw.run.pace", result.run().pace());
    properties.put(
        "k8sfw.paths",
        Words.paths(result.places().stream().flatMap(p -> p.paths().stream()).toList()));
    properties.put("k8sfw.matrix", result.matrix().name().visible());
    properties.put("k8sfw.matrix.sha256", result.matrix().sha256());
    if (result.composition().matrices().size() > 1) {
      properties.put("k8sfw.matrix.parts", String.join(", ", Words.composition(result)));
    }
    result
        .composition()
        .chosen()
        .ifPresent(because -> properties.put("k8sfw.matrix.chosen", because));
    properties.put("k8sfw.inventory", result.inventory().name().visible());
    properties.put("k8sfw.inventory.sha256", result.inventory().sha256());
    for (AuditResult.Place place : result.places()) {
      Words.taken(place, result)
          .ifPresent(taken ->
              properties.merge(
                  "k8sfw.taken." + place.vantagePoint().name(), taken, (a, b) -> a + "; " + b));
    }
    for (AuditResult.Part part : result.parts()) {
      properties.put("k8sfw.part." + part.run().id(), Words.part(part, result));
    }
    Words.apart(result).ifPresent(warning -> properties.put("k8sfw.apart", warning));
    if (!result.placeSamples().isEmpty()) {
      properties.put("k8sfw.sample", String.join("; ", Words.placeSamples(result)));
    }
    if (!result.contradictions().isEmpty()) {
      properties.put("k8sfw.contradictions", Integer.toString(result.contradictions().size()));
    }
    return properties;
  }

  private static String attribute(String name, String value) {
    return " " + name + "=\"" + XmlText.encode(value) + "\"";
  }
}
