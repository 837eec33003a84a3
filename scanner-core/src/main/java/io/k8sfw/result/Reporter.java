package io.k8sfw.result;

import java.io.IOException;
import java.io.Writer;

/// Writes a finished audit in one format. The same result gives the same characters.
public interface Reporter {
  /// Neither flushes nor closes `out`.
  void write(AuditResult result, Writer out) throws IOException;
}
