package io.k8sfw.reporters;

import io.k8sfw.model.Untrusted;

/// The only way into text for terminals and CI logs.
final class TerminalText {
  /// Nobody reads more of one field.
  private static final int SHOWN = 1000;

  private TerminalText() {}

  /// `text` on one line, with every control, format and bidirectional character made visible.
  static String encode(String text) {
    return withoutCommands(Untrusted.of(text).visible(SHOWN));
  }

  /// A finished line without colours, with nothing in it that a CI system obeys: `::command::` at
  /// the start of a line (GitHub Actions, "Workflow commands"; blanks before it count as nothing),
  /// `##[command]` and `##vso[command]` anywhere (Azure Pipelines, "Logging commands"; GitHub's
  /// runner knows the first, too).
  static String disarm(String line) {
    String safe = withoutCommands(line);
    int start = 0;
    while (start < safe.length() && Character.isWhitespace(safe.charAt(start))) {
      start++;
    }
    return safe.startsWith("::", start)
        ? safe.substring(0, start) + "\\u{3a}" + safe.substring(start + 1)
        : safe;
  }

  private static String withoutCommands(String text) {
    return text.replace("##[", "#\\u{23}[").replace("##vso[", "#\\u{23}vso[");
  }

  /// Columns that `text` takes on a terminal: two for East Asian wide characters and emoji, none
  /// for combining marks (Unicode Standard Annex 11).
  static int columns(String text) {
    return text.codePoints().map(TerminalText::columns).sum();
  }

  static int columns(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
      return 0;
    }
    return isWide(c) ? 2 : 1;
  }

  private static boolean isWide(int c) {
    return c >= 0x1100
        && (Character.isIdeographic(c)
            || Character.isEmojiPresentation(c)
            || c <= 0x115f
            || (c >= 0x2e80 && c <= 0xa4cf)
            || (c >= 0xac00 && c <= 0xd7a3)
            || (c >= 0xf900 && c <= 0xfaff)
            || (c >= 0xfe30 && c <= 0xfe6f)
            || (c >= 0xff00 && c <= 0xff60)
            || (c >= 0xffe0 && c <= 0xffe6)
            || (c >= 0x20000 && c <= 0x3fffd));
  }
}
