package io.k8sfw.probes.linux;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// A datagram that asks a witness: a greeting, so that a person and a kernel filter know it, the
/// asker's token, and zeros. It is longer than any answer to it, so that nobody can be made to send
/// more to a forged address than was sent to him.
public record Challenge(String token) {
  /// Of a datagram, in bytes.
  public static final int LENGTH = 64;

  private static final byte[] GREETING = "k8sfw-audit witness ".getBytes(StandardCharsets.US_ASCII);

  /// `k8sf`, as a filter sees it.
  static final int MARK = 0x6b387366;

  private static final int TOKEN_BYTES = 16;

  private static final int TOKEN_DIGITS = 2 * TOKEN_BYTES;

  /// @param token 32 hex digits, and nothing else: what is sent to others is never anybody's choice
  public Challenge {
    if (!isToken(token)) {
      throw new IllegalArgumentException("not a token");
    }
  }

  private static boolean isToken(String text) {
    return text.length() == TOKEN_DIGITS
        && text.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 'g');
  }

  /// 32 hex digits.
  public static String random(RandomGenerator random) {
    byte[] bytes = new byte[TOKEN_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// @return 64 bytes
  public byte[] datagram() {
    byte[] datagram = Arrays.copyOf(GREETING, LENGTH);
    byte[] text = token.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, datagram, GREETING.length, TOKEN_DIGITS);
    return datagram;
  }

  /// @param bytes with a datagram's payload from `from` to the end
  /// @return empty where it is no challenge
  public static Optional<Challenge> in(byte[] bytes, int from) {
    int token = from + GREETING.length;
    boolean ours =
        bytes.length - from >= LENGTH
            && Arrays.equals(bytes, from, token, GREETING, 0, GREETING.length);
    return ours
        ? Optional.of(new String(bytes, token, TOKEN_DIGITS, StandardCharsets.US_ASCII))
            .filter(Challenge::isToken)
            .map(Challenge::new)
        : Optional.empty();
  }
}
