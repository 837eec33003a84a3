package io.k8sfw.evaluate;

/// How well a verdict is proven. Best first.
public enum Grade {
  /// Both ends saw it.
  A("two-sided"),
  /// One end saw it, and the other answered.
  B("one-sided, answered"),
  /// It follows from what was seen elsewhere.
  C("inferred"),
  /// Nothing proves it.
  D("unproven");

  private final String meaning;

  Grade(String meaning) {
    this.meaning = meaning;
  }

  public String meaning() {
    return meaning;
  }

  /// The weaker of the two.
  public Grade atBest(Grade cap) {
    return compareTo(cap) >= 0 ? this : cap;
  }
}
