package io.k8sfw.cli;

import io.k8sfw.result.AuditResult;
import java.util.Objects;

/// Which build this is.
final class Version {
  static final String NAME = "k8sfw-audit";

  private Version() {}

  /// From the jar's manifest; `development` where classes do not come from a jar.
  static String number() {
    return Objects.requireNonNullElse(
        Version.class.getPackage().getImplementationVersion(), "development");
  }

  static AuditResult.Tool tool() {
    return new AuditResult.Tool(NAME, number(), Runtime.version().toString());
  }
}
