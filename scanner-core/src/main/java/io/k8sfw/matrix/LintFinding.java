package io.k8sfw.matrix;

import io.k8sfw.input.SourcePosition;
import java.util.Locale;

/// Something in a matrix that its author probably did not mean.
///
/// @param rule id of the rule; empty when it is the matrix as a whole
public record LintFinding(Level level, SourcePosition where, String rule, String message) {
  /// How bad it is.
  public enum Level {
    /// No cluster can comply, or the rule does nothing at all.
    ERROR,
    WARNING
  }

  /// `builtin:seed:152:3: warning: seed-etcd-client-cni: …`
  @Override
  public String toString() {
    String word = level.name().toLowerCase(Locale.ROOT);
    return where + ": " + word + ": " + (rule.isEmpty() ? "" : rule + ": ") + message;
  }
}
