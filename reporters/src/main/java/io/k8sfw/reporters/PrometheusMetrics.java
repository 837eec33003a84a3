package io.k8sfw.reporters;

/// A page of gauges in Prometheus' text format, written one after another.
final class PrometheusMetrics {
  private final String prefix;
  private final String common;
  private final StringBuilder text = new StringBuilder();

  /// @param prefix of every name
  /// @param common names and values, alternately, of labels that every series has
  PrometheusMetrics(String prefix, String... common) {
    this.prefix = prefix;
    this.common = labels(common);
  }

  /// What the samples are added to.
  final class Gauge {
    private final String name;

    private Gauge(String name) {
      this.name = name;
    }

    void add(long value, String... labels) {
      add(Long.toString(value), labels);
    }

    /// @param value as Go's `ParseFloat` reads it
    /// @param labels names and values, alternately
    void add(String value, String... labels) {
      text.append(name)
          .append('{')
          .append(common)
          .append(labels.length == 0 ? "" : ",")
          .append(labels(labels))
          .append("} ")
          .append(value)
          .append('\n');
    }
  }

  /// Begins a metric.
  ///
  /// @param help one line without a backslash; the same in every file, as node_exporter warns of
  ///   any other
  Gauge gauge(String name, String help) {
    text.append("# HELP ").append(prefix).append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(prefix).append(name).append(" gauge\n");
    return new Gauge(prefix + name);
  }

  String text() {
    return text.toString();
  }

  private static String labels(String... labels) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < labels.length; i += 2) {
      out.append(i == 0 ? "" : ",")
          .append(labels[i])
          .append("=\"")
          .append(PrometheusText.encode(labels[i + 1]))
          .append('"');
    }
    return out.toString();
  }
}
