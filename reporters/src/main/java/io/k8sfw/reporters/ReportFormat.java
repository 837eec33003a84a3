package io.k8sfw.reporters;

import io.k8sfw.result.Reporter;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The formats that `-o FORMAT[=PATH]` knows.
public enum ReportFormat {
  /// For people, without colour; a terminal gets a [TextReporter] of its own.
  TEXT("txt"),
  JSON("json"),
  JUNIT("xml"),
  HTML("html"),
  /// For node_exporter's textfile collector, which reads `*.prom`.
  PROMETHEUS("prom");

  private final String extension;

  ReportFormat(String extension) {
    this.extension = extension;
  }

  /// The format that `word` names.
  public static Optional<ReportFormat> named(String word) {
    return Arrays.stream(values()).filter(f -> f.word().equals(word)).findFirst();
  }

  /// The word of the command line.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Of files in this format, without the dot.
  public String extension() {
    return extension;
  }

  public Reporter reporter() {
    return switch (this) {
      case TEXT -> new TextReporter(false);
      case JSON -> new JsonReporter();
      case JUNIT -> new JunitXmlReporter();
      case HTML -> new HtmlReporter();
      case PROMETHEUS -> new PrometheusReporter();
    };
  }
}
