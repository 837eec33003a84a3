package io.k8sfw.reporters;

import io.k8sfw.model.Untrusted;

/// The only way into the value of a label in Prometheus' text format.
final class PrometheusText {
  /// Every stored series holds it.
  private static final int SHOWN = 100;

  private PrometheusText() {}

  /// `text` as UTF-8 with every control, format and lone surrogate character made visible, line
  /// ends among them; backslashes and double quotes escaped (Prometheus, "Exposition formats",
  /// Comments, help text, and type information).
  static String encode(String text) {
    return Untrusted.of(text).visible(SHOWN).replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
