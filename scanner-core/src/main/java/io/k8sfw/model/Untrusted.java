package io.k8sfw.model;

/// Text that we did not write: from the network, the cluster, or a file. It may hold anything.
///
/// It has no way into a report but through the encoder of that report's sink, which reads [#raw].
/// [#toString] is safe to log: control, bidirectional and invisible characters are made visible.
///
/// @param raw as received, unchanged
public record Untrusted(String raw) implements Comparable<Untrusted> {
  /// Longer text is cut for people; `raw` keeps all of it.
  private static final int SHOWN = 256;

  public static Untrusted of(String raw) {
    return new Untrusted(raw);
  }

  public boolean isEmpty() {
    return raw.isEmpty();
  }

  /// `raw` with every character that could act instead of being read made visible, at most 256 code
  /// points: C0 controls as Unicode control pictures, the rest as their number in `{…}` after a
  /// backslash and a `u`. Still not encoded for any sink.
  public String visible() {
    return visible(SHOWN);
  }

  /// [#visible] with another limit.
  ///
  /// @param limit how many code points of `raw` are shown; an ellipsis stands for the rest
  public String visible(int limit) {
    StringBuilder out = new StringBuilder();
    int[] points = raw.codePoints().limit(limit + 1L).toArray();
    for (int i = 0; i < Math.min(points.length, limit); i++) {
      appendVisible(out, points[i]);
    }
    return points.length > limit ? out.append('…').toString() : out.toString();
  }

  private static void appendVisible(StringBuilder out, int c) {
    if (c < 0x20) {
      out.append((char) (0x2400 + c));
    } else if (c == 0x7f) {
      out.append('\u2421');
    } else if (acts(c)) {
      out.append('\\').append("u{").append(Integer.toHexString(c)).append('}');
    } else {
      out.appendCodePoint(c);
    }
  }

  /// Control, format (bidirectional marks among them), surrogate, private and unassigned
  /// characters, and the two Unicode line ends (Unicode general categories Cc, Cf, Cs, Co, Cn, Zl,
  /// Zp).
  private static boolean acts(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  @Override
  public int compareTo(Untrusted other) {
    return raw.compareTo(other.raw);
  }

  @Override
  public String toString() {
    return visible();
  }
}
