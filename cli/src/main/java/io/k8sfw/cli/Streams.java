package io.k8sfw.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/// Where a command reads, prints and talks. stdout is data, stderr is talk.
///
/// @param out data; who prints to it asks [#requirePrinted] at the end
/// @param err messages for people
/// @param environment the process's variables
/// @param outIsTerminal a person looks at `out` as it comes
/// @param errIsTerminal a person looks at `err` as it comes
/// @param stop how the user ends a run early
record Streams(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> environment,
    boolean outIsTerminal,
    boolean errIsTerminal,
    Stop stop) {
  Streams {
    environment = Map.copyOf(environment);
  }

  /// One line of talk; every `{}` is filled with foreign text.
  void say(String template, Object... foreign) {
    err.println(Visible.line(template, foreign));
  }

  /// Lines of data, already encoded.
  void print(List<String> lines) throws IOException {
    lines.forEach(line -> out.print(line + "\n"));
    requirePrinted();
  }

  /// A [PrintStream] swallows what goes wrong: a full disk, a reader that went away.
  void requirePrinted() throws IOException {
    if (out.checkError()) {
      throw new IOException("standard output cannot be written: closed or full");
    }
  }

  /// Whether colours and rewritten lines may be used on a terminal (no-color.org: set and not empty
  /// means no; terminfo(5): a dumb terminal cannot move).
  boolean dumbTerminal() {
    return "dumb".equals(environment.get("TERM"));
  }

  boolean noColor() {
    return dumbTerminal() || !environment.getOrDefault("NO_COLOR", "").isEmpty();
  }
}
