package io.k8sfw.probes.agent;

import io.k8sfw.vantage.Progress;
import java.time.Duration;

/// How long an answer is waited for.
///
/// @param longest without the answer or any progress
/// @param ports that may be reported as settled in all; what goes beyond is no progress
/// @param name of the vantage point that progress is reported of
record Patience(Duration longest, long ports, String name, Progress progress) {
  static Patience of(Duration longest) {
    return new Patience(longest, 0, "", Progress.SILENT);
  }
}
