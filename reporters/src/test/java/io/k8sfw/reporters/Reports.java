package io.k8sfw.reporters;

import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Reporter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/// Reports as strings.
final class Reports {
  private Reports() {}

  static String write(Reporter reporter, AuditResult result) {
    StringWriter out =
        new StringWriter() {
          @Override
          public void flush() {
            throw new AssertionError("a reporter does not flush");
          }

          @Override
          public void close() {
            throw new AssertionError("a reporter does not close");
          }
        };
    try {
      reporter.write(result, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  static String json(AuditResult result) {
    return write(new JsonReporter(), result);
  }

  static String text(AuditResult result) {
    return write(new TextReporter(false), result);
  }

  static String junit(AuditResult result) {
    return write(new JunitXmlReporter(), result);
  }

  static String prometheus(AuditResult result) {
    return write(new PrometheusReporter(), result);
  }

  static String html(AuditResult result) {
    return write(new HtmlReporter(), result);
  }
}
