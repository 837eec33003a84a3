package io.k8sfw.probes.batch;

/// Refusals of one address, and whether they may be believed. A ban may refuse what was open
/// before, and then every refusal is a lie: only open ports tell.
///
/// One thread only.
final class Refusals {
  private long count;
  private long confirmed;
  private boolean suspicious;
  private boolean changedSides;

  /// An attempt was refused.
  void refused() {
    count++;
  }

  /// So far.
  long count() {
    return count;
  }

  /// A port that was open still is.
  ///
  /// @param before refusals when it was asked
  void stillOpen(long before) {
    suspicious = false;
    confirmed = before;
  }

  /// A port that was open answered otherwise.
  void notOpen() {
    suspicious = true;
    changedSides = true;
  }

  /// So many refusals came before an open port still was open.
  long confirmed() {
    return confirmed;
  }

  /// Whether no refusal is to be believed before an open port was open again.
  boolean areSuspicious() {
    return suspicious;
  }

  /// Whether, since the last call, a port that was open was not.
  boolean foundChangedSides() {
    boolean found = changedSides;
    changedSides = false;
    return found;
  }
}
