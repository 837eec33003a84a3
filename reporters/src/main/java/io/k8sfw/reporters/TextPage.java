package io.k8sfw.reporters;

import java.util.ArrayList;
import java.util.List;

/// Lines of at most 100 columns for a terminal or a log. Every text that comes in is encoded, and
/// every line that goes out is disarmed; colours are added last and only to whole pieces.
final class TextPage {
  static final int WIDTH = 100;

  /// How a piece looks where colours are on (ECMA-48, SGR).
  enum Style {
    PLAIN(""),
    BOLD("1"),
    DIM("2"),
    RED("1;31"),
    GREEN("32"),
    YELLOW("1;33"),
    MAGENTA("35");

    private final String code;

    Style(String code) {
      this.code = code;
    }

    private String paint(String text) {
      String shown = text.stripTrailing();
      return this == PLAIN || shown.isEmpty()
          ? text
          : "\u001b[" + code + "m" + shown + "\u001b[0m" + text.substring(shown.length());
    }
  }

  /// A piece of a line.
  record Span(Style style, String text) {}

  private final boolean colour;
  private final StringBuilder out = new StringBuilder();

  TextPage(boolean colour) {
    this.colour = colour;
  }

  void blank() {
    out.append('\n');
  }

  void heading(String text) {
    blank();
    line(List.of(new Span(Style.BOLD, text)));
  }

  /// A line that the caller keeps short enough.
  void line(List<Span> spans) {
    StringBuilder plain = new StringBuilder();
    StringBuilder painted = new StringBuilder();
    for (Span span : spans) {
      String text = TerminalText.encode(span.text());
      plain.append(text);
      painted.append(colour ? span.style().paint(text) : text);
    }
    String bare = plain.toString();
    String safe = TerminalText.disarm(bare);
    out.append((safe.equals(bare) ? painted.toString() : safe).stripTrailing()).append('\n');
  }

  /// `prefix` and `text`, wrapped; further lines start under the text.
  void wrap(String prefix, String text) {
    wrap(prefix, new Span(Style.PLAIN, ""), text);
  }

  /// As [#wrap(String,String)], with a piece before the text that stays on the first line.
  void wrap(String prefix, Span lead, String text) {
    String hanging = " ".repeat(TerminalText.columns(prefix));
    String head = TerminalText.encode(lead.text());
    List<String> lines =
        fill(
            TerminalText.encode(text),
            Math.max(1, WIDTH - TerminalText.columns(prefix) - TerminalText.columns(head)),
            Math.max(1, WIDTH - TerminalText.columns(prefix)));
    for (int i = 0; i < lines.size(); i++) {
      String bare = (i == 0 ? prefix + head : hanging) + lines.get(i);
      String safe = TerminalText.disarm(bare);
      boolean paint = colour && i == 0 && safe.equals(bare);
      out.append((paint ? prefix + lead.style().paint(head) + lines.get(i) : safe).stripTrailing())
          .append('\n');
    }
  }

  /// Breaks at blanks, and inside words that are longer than a line.
  ///
  /// @param first columns of the first line, at least 1, as of all `others`
  private static List<String> fill(String text, int first, int others) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    int room = first;
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && TerminalText.columns(word) + 1 > room) {
        lines.add(line.toString());
        line.setLength(0);
        room = others;
      }
      String rest = word;
      if (line.isEmpty()) {
        rest = TerminalText.disarm(word); // now, so that the line is measured as it will be
      } else {
        line.append(' ');
        room--;
      }
      while (TerminalText.columns(rest) > room) {
        int cut = prefixThatFits(rest, room);
        lines.add(line + rest.substring(0, cut));
        line.setLength(0);
        rest = rest.substring(cut);
        room = others;
      }
      line.append(rest);
      room -= TerminalText.columns(rest);
    }
    if (!line.isEmpty() || lines.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }

  /// At least one character: where not even that fits, the line is too long instead.
  private static int prefixThatFits(String text, int room) {
    int columns = 0;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      columns += TerminalText.columns(c);
      if (columns > room && i > 0) {
        break;
      }
      i += Character.charCount(c);
    }
    return i;
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
