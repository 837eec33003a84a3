package io.k8sfw.probes.agent;

import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.Progress;
import java.time.Duration;

/// How long an answer is waited for.
///
/// @param longest without the answer or any progress
/// @param ports that may be reported as settled in all; what goes beyond is no progress
/// @param name of the vantage point that progress is reported of
/// @param told what was said with the question itself
record Patience(Duration longest, long ports, String name, Progress progress, Told told) {
  /// What the agent knows of what `progress` has to tell it.
  record Told(Allowance allowance, Oversight oversight) {
    static final Told NOTHING = new Told(Allowance.UNLIMITED, Oversight.FULL);
  }

  Patience(Duration longest, long ports, String name, Progress progress) {
    this(longest, ports, name, progress, Told.NOTHING);
  }

  static Patience of(Duration longest) {
    return new Patience(longest, 0, "", Progress.SILENT);
  }
}
