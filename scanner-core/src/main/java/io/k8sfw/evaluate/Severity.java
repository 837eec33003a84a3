package io.k8sfw.evaluate;

import java.util.Locale;

/// How much a finding matters. Weakest first.
public enum Severity {
  LOW,
  MEDIUM,
  HIGH,
  CRITICAL;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
