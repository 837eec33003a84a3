package io.k8sfw.result;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A name for a finding that stays the same from run to run: made of what it means, and of no node,
/// address or time.
///
/// @param hex 12 hex digits
public record Fingerprint(String hex) {
  /// @param parts in a fixed order; none may contain `|`
  static Fingerprint of(String... parts) {
    return new Fingerprint(sha256(String.join("|", parts)).substring(0, 12));
  }

  /// SHA-256 of the UTF-8 bytes of `text`, 64 hex digits.
  public static String sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return hex;
  }
}
