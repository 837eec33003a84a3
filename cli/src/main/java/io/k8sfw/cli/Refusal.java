package io.k8sfw.cli;

import java.util.List;

/// The command cannot do what it was asked, and it is not a bug of ours.
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final int exitCode;
  private final transient List<String> lines;

  private Refusal(int exitCode, List<String> lines) {
    super(String.join("\n", lines));
    this.exitCode = exitCode;
    this.lines = List.copyOf(lines);
  }

  /// The user asked for something that does not exist or does not go together.
  static Refusal usage(String template, Object... foreign) {
    return new Refusal(ExitCodes.USAGE, List.of(Visible.line(template, foreign)));
  }

  /// Several things are wrong with what the user wrote; `lines` are encoded already.
  static Refusal input(List<String> lines) {
    return new Refusal(ExitCodes.USAGE, lines);
  }

  /// The request is fine, and this machine cannot do it.
  static Refusal cannotRun(String template, Object... foreign) {
    return new Refusal(ExitCodes.CANNOT_RUN, List.of(Visible.line(template, foreign)));
  }

  int exitCode() {
    return exitCode;
  }

  /// Encoded, at least one.
  List<String> lines() {
    return lines;
  }
}
