package io.k8sfw.cli;

import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Policy;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A matrix for people.
record MatrixText(Matrix matrix) {
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        Visible.line(
            "Matrix {}, version {}, from {}", matrix.name(), matrix.version(), matrix.source()));
    lines.add("SHA-256 " + matrix.sha256());
    if (matrix.parts().size() > 1) {
      for (Matrix.Part part : matrix.parts()) {
        lines.add(Visible.line("  {} {}", part.sha256(), part.source()));
      }
    }
    lines.add("");
    lines.addAll(rules());
    lines.add("");
    lines.addAll(conditions());
    lines.addAll(policy());
    lines.add("");
    lines.addAll(words());
    return lines;
  }

  private List<String> rules() {
    Table table = new Table().row("RULE", "TO", "PORTS", "FROM", "EXPECT", "PURPOSE");
    for (Rule rule : matrix.rules()) {
      table.row(
          rule.id(),
          joined(rule.to()),
          rule.protocol() + "/" + rule.ports(),
          joined(rule.from()),
          rule.expect().word() + (rule.when().equals(Condition.ALWAYS) ? "" : " *"),
          rule.purpose());
    }
    return table.lines("");
  }

  /// What the stars in the table mean, and whatever else is particular about a rule.
  private List<String> conditions() {
    List<String> lines = new ArrayList<>();
    for (Rule rule : matrix.rules()) {
      if (!rule.when().equals(Condition.ALWAYS)) {
        lines.add(Visible.line("* {}: only when {}", rule.id(), rule.when()));
      }
      if (rule.address() != AddressScope.DEFAULT) {
        lines.add(Visible.line("  {}: {} addresses", rule.id(), rule.address().word()));
      }
      rule.service().ifPresent(s -> lines.add(Visible.line("  {}: served by {}", rule.id(), s)));
    }
    if (!lines.isEmpty()) {
      lines.add("");
    }
    return lines;
  }

  private List<String> policy() {
    Policy policy = matrix.policy();
    return new Table()
        .row("Everything else", "forbidden, from every vantage point to every port named here")
        .row("Watched beside", matrix.watch().isEmpty() ? "none" : joined(matrix.watch()))
        .row(
            "Never reachable",
            policy.forbiddenPorts().isEmpty() ? "none" : joined(policy.forbiddenPorts()))
        .row("Denial", policy.denial().word())
        .row("Unlisted listeners", policy.listeners().word())
        .row(
            "TLS",
            policy.tls().minVersion()
                + " or newer, certificates good for "
                + policy.tls().certificateDaysLeft()
                + " days or more")
        .lines("");
  }

  /// Every zone, with the words that mean it.
  private List<String> words() {
    SortedMap<String, List<String>> byZone = new TreeMap<>();
    matrix
        .aliases()
        .words()
        .forEach((word, zones) -> {
          for (Zone zone : zones) {
            byZone.computeIfAbsent(zone.name(), _ -> new ArrayList<>()).add(word);
          }
        });
    Table table = new Table().row("ZONE", "WORDS FOR IT");
    byZone.forEach((zone, words) -> table.row(zone, String.join(", ", words)));
    return table.lines("");
  }

  private static String joined(Collection<?> things) {
    return things.stream().map(Object::toString).collect(Collectors.joining(", "));
  }
}
