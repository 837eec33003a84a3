package io.k8sfw.reporters;

import io.k8sfw.model.Untrusted;

/// The only way into XML text and attributes.
///
/// The JDK's `XMLStreamWriter` lets ESC, NUL and lone surrogates pass, and the file is then not
/// XML.
final class XmlText {
  /// Nobody reads more of one field.
  private static final int SHOWN = 1000;

  private XmlText() {}

  /// `text` with everything outside the `Char` production made visible (XML 1.0, section 2.2:
  /// controls, lone surrogates, U+FFFE and U+FFFF), line ends among them, and markup escaped.
  static String encode(String text) {
    return escape(Untrusted.of(text).visible(SHOWN));
  }

  /// Several lines of text, each of them encoded.
  static String encodeLines(Iterable<String> lines) {
    StringBuilder out = new StringBuilder();
    for (String line : lines) {
      out.append(out.isEmpty() ? "" : "\n").append(encode(line));
    }
    return out.toString();
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&apos;");
        default -> out.append(c);
      }
    }
    return out.toString();
  }
}
