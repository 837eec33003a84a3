package io.k8sfw.result;

/// The audit in one word.
public enum Outcome {
  /// Everything in scope was judged, and nothing was found.
  COMPLIANT("compliant"),
  /// Something is missing, over-exposed or deviates.
  FINDINGS("not compliant"),
  /// Nothing was found, but not enough was proven to call it compliant.
  NOT_PROVEN("not proven");

  private final String words;

  Outcome(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}
