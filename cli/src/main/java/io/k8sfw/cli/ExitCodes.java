package io.k8sfw.cli;

import io.k8sfw.evaluate.Severity;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Summary;
import java.util.List;

/// What the exit code says. Printed in every `--help`, and on `docs/cli.md`.
final class ExitCodes {
  static final int COMPLIANT = 0;
  static final int FINDINGS = 1;
  static final int USAGE = 2;
  static final int NOT_PROVEN = 3;
  static final int CANNOT_RUN = 4;

  /// One entry a code, `CODE:meaning`, as picocli's help wants them.
  static final List<String> MEANINGS =
      List.of(
          " 0:compliant: everything in scope was proven",
          " 1:findings at or above --fail-on",
          " 2:bad usage, matrix, inventory, results file or output path; nothing was sent",
          " 3:no finding, but not enough evidence (--min-coverage)",
          " 4:could not run, or a report could not be written",
          "130:interrupted by Ctrl-C; reports are written, marked incomplete",
          "143:terminated; reports are written, marked incomplete");

  /// What makes a result fail.
  ///
  /// @param failOn the weakest finding that fails
  /// @param minCoverage 0..100
  /// @param exitZero findings and missing evidence do not fail
  record Bar(Severity failOn, int minCoverage, boolean exitZero) {}

  private ExitCodes() {}

  /// Findings come before missing evidence. No checks, or a run that was cut short, never pass.
  static int of(AuditResult result, Bar bar) {
    boolean fails =
        Findings.of(result).stream().anyMatch(f -> f.severity().compareTo(bar.failOn()) >= 0);
    if (fails) {
      return bar.exitZero() ? COMPLIANT : FINDINGS;
    }
    if (nothingCouldBeUsed(result)) {
      return CANNOT_RUN;
    }
    Summary summary = Summary.of(result);
    boolean enough =
        summary.planned() > 0
            && result.complete()
            && summary.coveragePercent() >= bar.minCoverage();
    return enough || bar.exitZero() ? COMPLIANT : NOT_PROVEN;
  }

  /// Whether every vantage point failed before it sent anything.
  private static boolean nothingCouldBeUsed(AuditResult result) {
    return !result.places().isEmpty()
        && result.places().stream()
            .allMatch(p -> p.report().failure().isPresent() && p.report().probesSent() == 0);
  }
}
