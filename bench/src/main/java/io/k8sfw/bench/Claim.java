package io.k8sfw.bench;

/// What a prober says of a flow.
///
/// @param kind what it boils down to
/// @param reason such as `reset` or `no-response`; empty where it gives none
/// @param verdict ours alone: what it means for the matrix; empty for other probers
/// @param because for people
record Claim(Kind kind, String reason, String verdict, String because) {
  enum Kind {
    OPEN,
    CLOSED,
    BLOCKED,
    /// Says no more than that it is not open.
    NOT_OPEN,
    /// Says that it does not know.
    UNKNOWN,
    /// Says that the answers keep changing.
    UNSTABLE
  }

  static Claim of(Kind kind, String reason) {
    return new Claim(kind, reason, "", "");
  }
}
