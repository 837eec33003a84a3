package io.k8sfw.probes.simulation;

/// A promise that was not kept.
record Violation(Promise promise, String detail) {
  /// What every audit must keep in every world.
  enum Promise {
    /// Every port of an order is in exactly one run, every cell of the plan has one verdict, and
    /// progress adds up to all of them.
    COMPLETE,
    /// What is reported came over the wire, in no more attempts than were made.
    HONEST,
    /// What the world would have let through is never called blocked.
    NEVER_FALSELY_BLOCKED,
    /// What nobody listens on is never called open.
    NEVER_FALSELY_OPEN,
    /// Silence means nothing before three attempts, or without a positive control around it.
    CONTROLLED,
    /// No verdict rests on what was not measured, no pass on what was not proven.
    PROVEN,
    /// Not more at once, or in any tenth of a second, than the pace allows.
    PACED,
    /// Nothing goes anywhere but to what was ordered and to the controls that were announced.
    WITHIN_BOUNDS,
    /// No listener is connected to too often.
    GENTLE,
    /// The connection tracking tables on the way keep their room.
    TRACKED,
    /// Whoever says stop is obeyed.
    STOPPED,
    /// Where nothing goes wrong, everything is known, and it is the truth.
    USEFUL,
  }

  @Override
  public String toString() {
    return promise + ": " + detail;
  }
}
