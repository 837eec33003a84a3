package io.k8sfw.reporters;

import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Reporter;
import java.io.IOException;
import java.io.Writer;

/// Placeholder while building.
public final class HtmlReporter implements Reporter {
  @Override
  public void write(AuditResult result, Writer out) throws IOException {
    out.write("");
  }
}
