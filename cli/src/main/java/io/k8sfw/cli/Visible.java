package io.k8sfw.cli;

import io.k8sfw.model.Untrusted;

/// The encoder of what a person reads beside the reports: plans, tables, messages.
///
/// A template is ours; whatever fills it may have been written by anybody.
final class Visible {
  /// Shorter than what [Untrusted#visible] cuts at.
  private static final int CHUNK = 128;

  private Visible() {}

  /// `template` with each `{}` replaced by the next of `foreign`, encoded by [#text].
  static String line(String template, Object... foreign) {
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (Object each : foreign) {
      int hole = template.indexOf("{}", from);
      if (hole < 0) {
        throw new IllegalStateException("more words than holes: " + template);
      }
      out.append(template, from, hole).append(text(String.valueOf(each)));
      from = hole + 2;
    }
    return out.append(template, from, template.length()).toString();
  }

  /// All of `raw` with every acting character made visible, line ends among them, and nothing in it
  /// that a CI system takes for a command: GitHub and Azure Pipelines read `##[` and `##vso[`
  /// anywhere in a line, GitHub `::` at its beginning.
  static String text(String raw) {
    StringBuilder out = new StringBuilder();
    for (int from = 0; from < raw.length(); ) {
      int to = Math.min(raw.length(), from + CHUNK);
      if (to < raw.length() && Character.isSurrogatePair(raw.charAt(to - 1), raw.charAt(to))) {
        to++;
      }
      out.append(Untrusted.of(raw.substring(from, to)).visible());
      from = to;
    }
    String shown = out.toString().replace("##", "#\\u{23}");
    return shown.stripLeading().startsWith("::") ? shown.replaceFirst("::", "\\\\u{3a}:") : shown;
  }
}
