package io.k8sfw.plan;

import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.Zone;
import java.util.List;
import java.util.SortedSet;

/// Something that the matrix asks and this audit cannot see. Counts as planned, and as not
/// verified.
///
/// @param node the node it is about; for a rule that no node answers to, the role's name in
///   brackets
/// @param to zones of that node
/// @param rules ids of the rules that ask it; empty for a denial
/// @param reason for people
public record Gap(
    Zone from,
    String node,
    SortedSet<Zone> to,
    Row row,
    Expectation expectation,
    List<String> rules,
    String reason) {
  /// How reasons begin where there is no place to look from.
  static final String NO_PLACE = "no vantage point in zone ";

  public Gap {
    rules = List.copyOf(rules);
  }

  /// Whether a further vantage point would fill it.
  public boolean lacksAPlace() {
    return reason.startsWith(NO_PLACE);
  }
}
