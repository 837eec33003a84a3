package io.k8sfw.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows of text in aligned columns. Cells are encoded here.
final class Table {
  private static final String BETWEEN = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /// @param cells as many as in every other row
  Table row(Object... cells) {
    rows.add(Arrays.stream(cells).map(String::valueOf).map(Visible::text).toList());
    return this;
  }

  /// @param indent put before each line
  List<String> lines(String indent) {
    if (rows.isEmpty()) {
      return List.of();
    }
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    return rows.stream().map(row -> indent + line(row, widths)).toList();
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = row.get(i);
      line.append(cell).repeat(' ', widths[i] - width(cell)).append(BETWEEN);
    }
    return line.toString().stripTrailing();
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
