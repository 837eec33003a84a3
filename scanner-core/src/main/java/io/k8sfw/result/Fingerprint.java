package io.k8sfw.result;

import io.k8sfw.input.Sha256;

/// A name for a finding that stays the same from run to run: made of what it means, and of no node,
/// address or time.
///
/// @param hex 12 hex digits
public record Fingerprint(String hex) {
  /// @param parts in a fixed order; none may contain `|`
  static Fingerprint of(String... parts) {
    return new Fingerprint(Sha256.of(String.join("|", parts)).substring(0, 12));
  }

  @Override
  public String toString() {
    return hex;
  }
}
