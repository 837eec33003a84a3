package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.plan.Row;
import io.k8sfw.reporters.TextPage.Span;
import io.k8sfw.reporters.TextPage.Style;
import io.k8sfw.result.Cells;
import io.k8sfw.result.Cells.Cell;
import io.k8sfw.result.Summary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The matrix of cells as a table in words, split into several where it is too wide.
final class TextMatrix {
  private static final int LABEL = 22;

  private TextMatrix() {}

  static void write(List<Cell> cells, TextPage page) {
    NavigableSet<String> sources = new TreeSet<>();
    Map<String, Map<Row, Map<String, Cell>>> roles = new LinkedHashMap<>();
    for (Cell cell : cells) {
      Cells.Key key = cell.key();
      sources.add(key.from());
      roles
          .computeIfAbsent(key.to(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(key.row(), _ -> new LinkedHashMap<>())
          .put(key.from(), cell);
    }
    Map<String, Integer> block = new LinkedHashMap<>();
    int used = LABEL;
    for (String source : sources) {
      int width = width(source, cells);
      if (!block.isEmpty() && used + width > TextPage.WIDTH) {
        block(block, roles, page);
        block.clear();
        used = LABEL;
      }
      block.put(source, width);
      used += width;
    }
    if (!block.isEmpty()) {
      block(block, roles, page);
    }
  }

  /// As wide as its longest zone or cell: the zones stand under each other.
  private static int width(String source, List<Cell> cells) {
    int label = Arrays.stream(source.split("\\+", -1)).mapToInt(String::length).max().orElse(0);
    int word =
        cells.stream()
            .filter(c -> c.key().from().equals(source))
            .mapToInt(c -> word(c).text().length())
            .max()
            .orElse(0);
    return Math.max(label, word) + 2;
  }

  /// @param sources and the width of their columns
  private static void block(
      Map<String, Integer> sources, Map<String, Map<Row, Map<String, Cell>>> roles, TextPage page) {
    header(sources, page);
    roles.forEach((role, rows) -> {
      if (rows.values().stream().allMatch(r -> absent(sources, r))) {
        return;
      }
      page.wrap("  ", new Span(Style.BOLD, "to " + role), "");
      rows.forEach((row, cells) -> row(row, cells, sources, page));
    });
    page.blank();
  }

  private static boolean absent(Map<String, Integer> sources, Map<String, Cell> cells) {
    return Collections.disjoint(sources.keySet(), cells.keySet());
  }

  private static void header(Map<String, Integer> sources, TextPage page) {
    int lines = sources.keySet().stream().mapToInt(s -> s.split("\\+", -1).length).max().orElse(0);
    for (int i = 0; i < lines; i++) {
      List<Span> spans = new ArrayList<>();
      spans.add(new Span(Style.PLAIN, pad(i == 0 ? "  from" : "", LABEL)));
      for (Map.Entry<String, Integer> source : sources.entrySet()) {
        String[] zones = source.getKey().split("\\+", -1);
        String zone = i < zones.length ? zones[i] : "";
        spans.add(new Span(Style.BOLD, pad(zone, source.getValue())));
      }
      page.line(spans);
    }
  }

  private static void row(
      Row row, Map<String, Cell> cells, Map<String, Integer> sources, TextPage page) {
    if (absent(sources, cells)) {
      return;
    }
    List<Span> spans = new ArrayList<>();
    spans.add(new Span(Style.PLAIN, pad("    " + row, LABEL)));
    for (Map.Entry<String, Integer> source : sources.entrySet()) {
      Cell cell = cells.get(source.getKey());
      Span word = cell == null ? new Span(Style.DIM, ".") : word(cell);
      spans.add(new Span(word.style(), pad(word.text(), source.getValue())));
    }
    page.line(spans);
  }

  private static Span word(Cell cell) {
    Verdict worst = cell.worst();
    return switch (worst) {
      case Verdict.Compliant _ -> new Span(Style.GREEN, "ok");
      case Verdict.NotJudged _ -> new Span(Style.DIM, "-");
      case Verdict.ClosedUnproven _ -> new Span(Style.PLAIN, "closed?");
      case Verdict.Unverified _ -> new Span(Style.MAGENTA, "?" + share(cell, worst));
      case Verdict.Finding f ->
          switch (f.kind()) {
            case OVER_EXPOSED -> new Span(Style.RED, "OVER" + share(cell, worst));
            case MISSING -> new Span(Style.YELLOW, "MISS" + share(cell, worst));
            case DEVIATES -> new Span(Style.YELLOW, "DEV" + share(cell, worst));
          };
    };
  }

  /// ` 2/3`: so many of the checks of this cell.
  private static String share(Cell cell, Verdict worst) {
    Stream<Verdict> all =
        Stream.concat(
            cell.assessments().stream().map((Assessment a) -> Summary.worst(a)),
            cell.gaps().stream().map(_ -> new Verdict.Unverified()));
    long same = all.filter(v -> v.word().equals(worst.word())).count();
    return " " + same + "/" + (cell.assessments().size() + cell.gaps().size());
  }

  /// `text` in `width` columns, with at least one blank at its end.
  private static String pad(String text, int width) {
    String fits = text.length() < width ? text : text.substring(0, width - 2) + "…";
    return fits + " ".repeat(width - fits.length());
  }
}
