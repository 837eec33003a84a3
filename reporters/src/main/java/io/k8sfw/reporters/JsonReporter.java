package io.k8sfw.reporters;

import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Reporter;
import java.io.IOException;
import java.io.Writer;
import tools.jackson.core.JacksonException;

/// `results.json`: everything that the audit learnt, and what follows from it. Every other report
/// can be made from it again ([ResultsJson#read]).
///
/// Pure ASCII, one trailing newline, fields in the order of the schema; hostile text is escaped so
/// that the file can be printed on a terminal and in a CI log.
public final class JsonReporter implements Reporter {
  @Override
  public void write(AuditResult result, Writer out) throws IOException {
    try {
      ResultsJson.MAPPER.writeValue(out, ResultsDocument.of(result));
    } catch (JacksonException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IllegalStateException("every audit result can be written as JSON", e);
    }
    out.write('\n');
  }
}
