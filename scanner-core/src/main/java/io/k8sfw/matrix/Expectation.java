package io.k8sfw.matrix;

/// What the matrix says of a flow. Weakest first: where several rules meet, the strongest decides.
public enum Expectation {
  /// Must not be reachable: what no rule names, and what a rule forbids in so many words.
  FORBIDDEN,
  /// May be reachable; either is right.
  PERMITTED,
  /// The way must be free; nobody needs to listen.
  PATH,
  /// Must be reachable, and something must answer.
  REQUIRED;

  /// The word of matrix files and reports.
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
