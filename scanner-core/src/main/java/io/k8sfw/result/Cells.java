package io.k8sfw.result;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// The audit as a matrix of cells: role × port row × source. One cell is one test case of the JUnit
/// report and one field of the HTML and text matrix.
public final class Cells {
  private Cells() {}

  /// @param to zones of the nodes, `control-plane+etcd`
  /// @param from zones of the vantage points, `api-client+end-user`
  public record Key(String to, Row row, String from) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byTo = to.compareTo(other.to);
      if (byTo != 0) {
        return byTo;
      }
      int byRow = row.compareTo(other.row);
      return byRow != 0 ? byRow : from.compareTo(other.from);
    }
  }

  /// @param assessments checks of this cell, in the result's order; may be empty when all of it is
  ///   gaps
  public record Cell(Key key, List<Assessment> assessments, List<Gap> gaps) {
    /// The verdict that the cell is shown by: the worst of its checks; UNVERIFIED if there is a gap
    /// and no finding.
    public Verdict worst() {
      Verdict worst = gaps.isEmpty() ? new Verdict.NotJudged() : new Verdict.Unverified();
      for (Assessment assessment : assessments) {
        worst = Summary.worse(worst, Summary.worst(assessment));
      }
      return worst;
    }
  }

  /// By role, port row and source.
  public static List<Cell> of(AuditResult result) {
    SortedMap<Key, Cell> cells = new TreeMap<>();
    for (Assessment a : result.assessments()) {
      Key key =
          new Key(
              Findings.zones(a.check().to()), a.check().row(), Findings.zones(a.check().from()));
      cell(cells, key).assessments().add(a);
    }
    for (Gap gap : result.gaps()) {
      Key key = new Key(Findings.zones(gap.to()), gap.row(), gap.from().name());
      cell(cells, key).gaps().add(gap);
    }
    return cells.values().stream()
        .map(c -> new Cell(c.key(), List.copyOf(c.assessments()), List.copyOf(c.gaps())))
        .toList();
  }

  private static Cell cell(SortedMap<Key, Cell> cells, Key key) {
    return cells.computeIfAbsent(key, k -> new Cell(k, new ArrayList<>(), new ArrayList<>()));
  }
}
