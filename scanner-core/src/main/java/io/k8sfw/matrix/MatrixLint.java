package io.k8sfw.matrix;

import io.k8sfw.input.SourcePosition;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// Looks for what a matrix says twice, in vain, or against itself. What makes it unreadable is
/// [MatrixReader]'s business.
public final class MatrixLint {
  private final Matrix matrix;
  private final List<LintFinding> findings = new ArrayList<>();

  private MatrixLint(Matrix matrix) {
    this.matrix = matrix;
  }

  /// In the order of the files.
  public static List<LintFinding> lint(Matrix matrix) {
    MatrixLint lint = new MatrixLint(matrix);
    lint.compareRules();
    lint.lookForUnreachableRoles();
    lint.findings.addAll(ClusterLint.lint(matrix));
    List<String> files = matrix.parts().stream().map(Matrix.Part::source).toList();
    lint.findings.sort(
        Comparator.<LintFinding>comparingInt(f -> files.indexOf(f.where().file()))
            .thenComparingInt(f -> f.where().line())
            .thenComparing(f -> f.message()));
    return List.copyOf(lint.findings);
  }

  private void compareRules() {
    for (Rule rule : matrix.rules()) {
      Optional<Rule> swallower =
          matrix.rules().stream().filter(other -> swallows(other, rule)).findFirst();
      if (swallower.isPresent()) {
        warn(rule, swallowed(swallower.get(), rule));
      } else {
        warnOfAll(rule);
      }
      lookAt(rule);
      if (swallower.isEmpty() && rule.expect() == Expectation.PERMITTED) {
        matrix.rules().stream()
            .filter(r -> r.expect() == Expectation.REQUIRED && !r.when().excludes(rule.when()))
            .forEach(r -> warnOfOverlap(rule, r));
      }
    }
  }

  /// Whether `rule` adds nothing to `other`; of two that say the same, the later adds nothing.
  private boolean swallows(Rule other, Rule rule) {
    boolean stronger =
        rule.expect() == Expectation.FORBIDDEN
            ? other.expect() == Expectation.FORBIDDEN
            : other.expect().compareTo(rule.expect()) >= 0;
    return !other.id().equals(rule.id())
        && stronger
        && Overlap.covers(other, rule)
        && rule.when().implies(other.when())
        && !(isSame(other, rule) && isBefore(rule, other));
  }

  private boolean isBefore(Rule a, Rule b) {
    return matrix.rules().indexOf(a) < matrix.rules().indexOf(b);
  }

  private static boolean isSame(Rule a, Rule b) {
    return a.expect() == b.expect()
        && Overlap.covers(a, b)
        && Overlap.covers(b, a)
        && a.when().implies(b.when())
        && b.when().implies(a.when());
  }

  private static String swallowed(Rule other, Rule rule) {
    String by = other.id() + " " + other.where().seenFrom(rule.where());
    if (isSame(other, rule)) {
      return "says the same as " + by;
    }
    if (!other.when().implies(rule.when())) {
      return "its condition ("
          + rule.when()
          + ") changes nothing: "
          + by
          + " says the same "
          + (other.when().clauses().isEmpty() ? "without it" : "when " + other.when());
    }
    return "adds nothing to " + by + ", which covers its flows";
  }

  private void warnOfOverlap(Rule permitting, Rule requiring) {
    Overlap.between(permitting, requiring)
        .ifPresent(flows ->
            warn(
                permitting,
                "permits "
                    + flows
                    + ", which "
                    + requiring.id()
                    + " "
                    + requiring.where().seenFrom(permitting.where())
                    + " requires; required wins"));
  }

  private void lookAt(Rule rule) {
    if (!rule.when().canHold()) {
      add(LintFinding.Level.ERROR, rule, "can never apply: " + rule.when());
    }
    if (rule.expect() == Expectation.FORBIDDEN || rule.ports().isAll()) {
      return;
    }
    for (ProtocolPorts forbidden : matrix.policy().forbiddenPorts()) {
      if (forbidden.protocol().equals(rule.protocol())
          && forbidden.ports().intersects(rule.ports())) {
        addForbidden(rule, forbidden);
      }
    }
  }

  private void warnOfAll(Rule rule) {
    if (rule.expect() != Expectation.FORBIDDEN
        && rule.ports().isAll()
        && rule.protocol().hasPorts()) {
      String addresses =
          rule.address() == AddressScope.DEFAULT ? "" : rule.address().word() + " addresses of ";
      warn(
          rule,
          "opens every "
              + rule.protocol()
              + " port from "
              + Zones.list(rule.from())
              + " to "
              + addresses
              + Zones.list(rule.to())
              + (rule.when().clauses().isEmpty() ? "" : " when " + rule.when())
              + ": nothing there can be over-exposed");
    }
  }

  private void addForbidden(Rule rule, ProtocolPorts forbidden) {
    String ports = rule.protocol() + " " + forbidden.ports().intersect(rule.ports());
    if (rule.expect() == Expectation.REQUIRED) {
      add(
          LintFinding.Level.ERROR,
          rule,
          "requires " + ports + ", which policy.forbiddenPorts forbids: no cluster can comply");
    } else {
      warn(
          rule,
          "allows "
              + ports
              + ", which policy.forbiddenPorts forbids: it is a finding when reachable");
    }
  }

  private void lookForUnreachableRoles() {
    SortedSet<Zone> unreachable = new TreeSet<>(Zones.ROLES);
    matrix.rules().stream()
        .filter(r -> r.expect() != Expectation.FORBIDDEN)
        .forEach(r -> unreachable.removeAll(r.to()));
    if (!unreachable.isEmpty()) {
      findings.add(
          new LintFinding(
              LintFinding.Level.WARNING,
              SourcePosition.wholeFile(matrix.source()),
              "",
              "no rule lets anything reach " + Zones.list(unreachable)));
    }
  }

  private void warn(Rule rule, String message) {
    add(LintFinding.Level.WARNING, rule, message);
  }

  private void add(LintFinding.Level level, Rule rule, String message) {
    findings.add(new LintFinding(level, rule.where(), rule.id(), message));
  }
}
