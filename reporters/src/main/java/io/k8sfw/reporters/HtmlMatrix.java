package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.PortState;
import io.k8sfw.plan.Row;
import io.k8sfw.reporters.HtmlPage.MatrixCell;
import io.k8sfw.reporters.HtmlPage.MatrixRow;
import io.k8sfw.reporters.HtmlPage.Role;
import io.k8sfw.reporters.HtmlPage.Segment;
import io.k8sfw.reporters.HtmlPage.Strip;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Cells;
import io.k8sfw.result.Cells.Cell;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Findings.Finding;
import io.k8sfw.result.Summary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The matrix of cells and the port strips.
final class HtmlMatrix {
  /// A row is drawn as a strip from this many ports on.
  private static final int STRIP_PORTS = 256;

  /// The narrowest mark of a strip, in ports: one port alone would be a fraction of a pixel.
  private static final int MARK = 8;

  private final AuditResult result;
  private final List<Cell> cells;
  private final List<Finding> findings;

  HtmlMatrix(AuditResult result, List<Finding> findings) {
    this.result = result;
    this.cells = Cells.of(result);
    this.findings = findings;
  }

  NavigableSet<String> sources() {
    NavigableSet<String> sources = new TreeSet<>();
    cells.forEach(c -> sources.add(c.key().from()));
    return sources;
  }

  List<Role> roles() {
    Map<String, Map<Row, Map<String, Cell>>> roles = new LinkedHashMap<>();
    for (Cell cell : cells) {
      roles
          .computeIfAbsent(cell.key().to(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(cell.key().row(), _ -> new LinkedHashMap<>())
          .put(cell.key().from(), cell);
    }
    List<Role> views = new ArrayList<>();
    roles.forEach((role, rows) -> {
      List<MatrixRow> lines = new ArrayList<>();
      rows.forEach((row, line) -> lines.add(row(role, row, line)));
      views.add(new Role(HtmlText.of(role), nodes(role), lines));
    });
    return views;
  }

  private String nodes(String role) {
    long nodes =
        result.nodes().stream().filter(n -> Findings.zones(n.zones()).equals(role)).count();
    return Words.count((int) nodes, "node", "nodes");
  }

  private MatrixRow row(String role, Row row, Map<String, Cell> line) {
    boolean fine =
        line.values().stream()
            .map(Cell::worst)
            .allMatch(v -> v instanceof Verdict.Compliant || v instanceof Verdict.NotJudged);
    return new MatrixRow(
        fine,
        HtmlText.of(row.toString()),
        HtmlText.of(purpose(role, row)),
        sources().stream().map(s -> cell(Optional.ofNullable(line.get(s)))).toList());
  }

  /// The matrix's own words first.
  private String purpose(String role, Row row) {
    return result.rules().stream()
        .map(AuditResult.RuleInForce::rule)
        .filter(r -> r.protocol().equals(row.protocol()) && r.ports().equals(row.ports()))
        .filter(r -> List.of(role.split("\\+", -1)).stream().anyMatch(z -> to(r, z)))
        .map(Rule::purpose)
        .findFirst()
        .or(() -> KnownService.on(row).map(KnownService::name))
        .orElse("");
  }

  private static boolean to(Rule rule, String zone) {
    return rule.to().stream().anyMatch(z -> z.name().equals(zone));
  }

  private MatrixCell cell(Optional<Cell> found) {
    if (found.isEmpty()) {
      return new MatrixCell("none", "", "", "not asked", "");
    }
    Cell cell = found.get();
    Verdict worst = cell.worst();
    String count = share(cell, worst);
    return switch (worst) {
      case Verdict.Finding f -> finding(cell, f, count);
      case Verdict.Unverified _ ->
          new MatrixCell("unv", "unproven", count, "unverified", "#unproven");
      case Verdict.ClosedUnproven _ ->
          new MatrixCell("cup", "closed?", count, "closed, path unproven", "#unproven");
      case Verdict.NotJudged _ -> new MatrixCell("nj", "not judged", count, "permitted", "");
      case Verdict.Compliant _ -> compliant(cell, count);
    };
  }

  /// What is wanted open at one address of a node may be wanted closed at another.
  private static MatrixCell compliant(Cell cell, String count) {
    long open = cell.assessments().stream().filter(HtmlMatrix::passes).count();
    int all = cell.assessments().size();
    if (open == 0) {
      return new MatrixCell("shut", "closed", count, "as the matrix wants", "");
    }
    return new MatrixCell(
        "open",
        "open",
        open + "/" + all,
        open == all ? "as the matrix wants" : "as the matrix wants; the others need not be",
        "");
  }

  private MatrixCell finding(Cell cell, Verdict.Finding worst, String count) {
    String href =
        findings.stream()
            .filter(f -> f.kind() == worst.kind())
            .filter(f -> f.row().equals(cell.key().row()))
            .filter(f -> Findings.zones(f.to()).equals(cell.key().to()))
            .filter(f -> Findings.zones(f.from()).equals(cell.key().from()))
            .findFirst()
            .map(f -> "#" + f.label())
            .orElse("#findings");
    return switch (worst.kind()) {
      case OVER_EXPOSED ->
          worst.deviation().equals(Optional.of(Deviation.OPEN_PATH))
              ? new MatrixCell("over", "PATH OPEN", count, "over-exposed", href)
              : new MatrixCell("over", "OPEN", count, "over-exposed", href);
      case MISSING -> new MatrixCell("miss", "BLOCKED", count, "missing", href);
      case DEVIATES ->
          new MatrixCell(
              "dev",
              worst.deviation().map(Deviation::word).orElse("deviates"),
              count,
              "deviates",
              href);
    };
  }

  /// Whether this compliant check shows a free way: something answered, or the way is what is
  /// asked.
  private static boolean passes(Assessment assessment) {
    return assessment.check().expectation() == Expectation.PATH
        || assessment.check().expectation() == Expectation.REQUIRED
        || assessment.judgements().stream().anyMatch(HtmlMatrix::isOpen);
  }

  private static boolean isOpen(Judgement judgement) {
    return judgement.observation() instanceof Observation.Measured m && m.state() == PortState.OPEN;
  }

  private static String share(Cell cell, Verdict worst) {
    long same =
        Stream.concat(
                cell.assessments().stream().map((Assessment a) -> Summary.worst(a)),
                cell.gaps().stream().map(_ -> new Verdict.Unverified()))
            .filter(v -> v.word().equals(worst.word()))
            .count();
    return same + "/" + (cell.assessments().size() + cell.gaps().size());
  }

  /// The widest row that has a range worth drawing, with the rows of single ports inside it, once
  /// for all sources that see the same.
  List<Strip> strips() {
    Optional<Row> widest =
        cells.stream()
            .map(c -> c.key().row())
            .filter(r -> !r.ports().isAll() && r.ports().size() >= STRIP_PORTS)
            .max(Comparator.comparingInt((Row r) -> r.ports().size()).thenComparing(r -> r));
    if (widest.isEmpty()) {
      return List.of();
    }
    Map<List<PortSet>, List<String>> same = new LinkedHashMap<>();
    for (String source : sources()) {
      List<Cell> of =
          cells.stream()
              .filter(c -> isWithin(c.key().row(), widest.get()) && c.key().from().equals(source))
              .toList();
      if (of.stream().anyMatch(c -> !c.assessments().isEmpty())) {
        same.computeIfAbsent(layers(of), _ -> new ArrayList<>()).add(source);
      }
    }
    List<Strip> strips = new ArrayList<>();
    same.forEach((layers, from) -> strips.add(strip(widest.get(), from, layers)));
    return strips;
  }

  private static boolean isWithin(Row row, Row range) {
    return row.protocol().equals(range.protocol()) && range.ports().containsAll(row.ports());
  }

  /// Over-exposed, otherwise found, unverified, open and right: disjoint, the first wins.
  private static List<PortSet> layers(List<Cell> cells) {
    PortSet over = PortSet.NONE;
    PortSet found = PortSet.NONE;
    PortSet unverified = PortSet.NONE;
    PortSet open = PortSet.NONE;
    for (Cell cell : cells) {
      for (Assessment a : cell.assessments()) {
        for (Judgement j : a.judgements()) {
          switch (j.verdict()) {
            case Verdict.Finding f when f.kind() == Verdict.Kind.OVER_EXPOSED ->
                over = over.union(j.ports());
            case Verdict.Finding _ -> found = found.union(j.ports());
            case Verdict.Unverified _ -> unverified = unverified.union(j.ports());
            default -> open = isOpen(j) ? open.union(j.ports()) : open;
          }
        }
      }
    }
    PortSet rest = found.minus(over);
    PortSet unclear = unverified.minus(over).minus(rest);
    return List.of(over, rest, unclear, open.minus(over).minus(rest).minus(unclear));
  }

  private static Strip strip(Row row, List<String> sources, List<PortSet> layers) {
    List<PortRange> ranges = row.ports().ranges();
    int first = ranges.getFirst().first();
    int last = ranges.getLast().last();
    List<String> names = List.of("over-exposed", "not as wanted", "unverified", "open as wanted");
    List<String> fills = List.of("#b3261e", "#9a5b00", "#6a4c93", "#3d7ea6");
    List<Segment> segments = new ArrayList<>();
    List<String> words = new ArrayList<>();
    int others = row.ports().size();
    for (int i = 0; i < layers.size(); i++) {
      int ports = layers.get(i).size();
      if (ports > 0) {
        words.add(ports + " " + names.get(i));
      }
      others -= ports;
    }
    // The worst last, so that nothing is drawn over it.
    for (int i = layers.size() - 1; i >= 0; i--) {
      for (PortRange r : layers.get(i).ranges()) {
        segments.add(segment(r, first, last, fills.get(i), names.get(i)));
      }
    }
    words.add(others + " closed or not judged");
    return new Strip(
        HtmlText.of(String.join(", ", sources)),
        HtmlText.of(row.toString()),
        String.join(", ", words),
        first,
        last,
        segments);
  }

  private static Segment segment(PortRange range, int first, int last, String fill, String name) {
    int width = Math.max(range.size(), MARK);
    int x = Math.max(first, Math.min(range.first() - (width - range.size()) / 2, last + 1 - width));
    return new Segment(x, width, fill, range + " " + name);
  }
}
