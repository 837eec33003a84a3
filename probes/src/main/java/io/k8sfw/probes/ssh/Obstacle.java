package io.k8sfw.probes.ssh;

import io.k8sfw.model.Untrusted;
import java.io.IOException;
import java.io.Serial;

/// Why there is no agent on a machine that can be reached: one line that says what to do.
final class Obstacle extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private static final String ELSEWHERE = "; name another directory by cache: in the inventory";
  private static final String OWN_JAVA =
      "; install a Java 25 or newer there and name it by java: in the inventory";

  /// @param name as the script calls it
  /// @param details as the machine gave them
  Obstacle(String name, String details, SshPlace place) {
    super(explain(name, '"' + Untrusted.of(details).visible() + '"', place));
  }

  private static String explain(String name, String said, SshPlace place) {
    return switch (name) {
      case "platform" ->
          "it is "
              + said
              + ", and the runtime that can be brought is for another machine"
              + OWN_JAVA;
      case "libc" ->
          "it has no GNU C library (no " + said + "), which the runtime needs" + OWN_JAVA;
      case "tool" -> "it lacks the program " + said + ", which the agent's start needs";
      case "home" -> "the user has no home directory there" + ELSEWHERE;
      case "cache" -> "its cache directory cannot be used: " + said + ELSEWHERE;
      case "owner" -> "its cache directory " + said + " belongs to another user" + ELSEWHERE;
      case "noexec" -> "nothing may be executed in its cache directory " + said + ELSEWHERE;
      case "space" ->
          "there is no space for the agent in its cache directory (KiB left: "
              + said
              + "); make some, or name another directory by cache: in the inventory";
      case "write" -> "the agent could not be written to its cache directory: " + said + ELSEWHERE;
      case "torn" -> "the agent did not arrive there whole (bytes: " + said + "); try again";
      case "run" -> "the runtime does not run there: " + said + OWN_JAVA;
      case "java-missing" -> "there is no program " + said + ", which java: in the inventory names";
      case "java-old" ->
          "its "
              + place.java().orElse("java")
              + " is version "
              + said
              + "; the agent needs 25 or newer";
      default -> "it cannot start the agent: " + said;
    };
  }
}
