package io.k8sfw.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// A program run in this process: what it is given, and what it said.
final class Terminal {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment = new HashMap<>();
  private String input = "";
  private boolean isTerminal;
  private final Stop stop = Stop.never();

  Terminal with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Terminal typing(String text) {
    input = text;
    return this;
  }

  /// Output goes to a screen.
  Terminal onScreen() {
    isTerminal = true;
    return this;
  }

  Stop stop() {
    return stop;
  }

  /// @return the exit code
  int run(String... args) {
    return Main.run(args, streams(printer(out)));
  }

  /// With standard output going to `target`.
  int runInto(PrintStream target, String... args) {
    return Main.run(args, streams(target));
  }

  Streams streams(PrintStream target) {
    return new Streams(
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        target,
        printer(err),
        environment,
        isTerminal,
        isTerminal,
        stop);
  }

  Streams streams() {
    return streams(printer(out));
  }

  private static PrintStream printer(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
