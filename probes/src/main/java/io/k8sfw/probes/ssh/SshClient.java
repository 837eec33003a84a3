package io.k8sfw.probes.ssh;

import java.util.ArrayList;
import java.util.List;

/// How `ssh` is called.
///
/// @param program words that start it, `ssh` as a rule
/// @param options `NAME=VALUE`, each for an `-o` of ssh(1)
public record SshClient(List<String> program, List<String> options) {
  /// What the transport stands on, before everything that the user says: of each option `ssh` takes
  /// the first value (ssh_config(5)). Nothing here is about host keys: that is the user's business
  /// alone, and in batch mode an unknown key ends it.
  private static final List<String> FIXED =
      List.of(
          "BatchMode=yes",
          "ClearAllForwardings=yes",
          "PermitLocalCommand=no",
          "RemoteCommand=none");

  /// After everything that the user says here, before what is in configuration files.
  private static final List<String> USUAL =
      List.of("ConnectTimeout=10", "ServerAliveInterval=15", "ServerAliveCountMax=3");

  public SshClient {
    program = List.copyOf(program);
    options = List.copyOf(options);
  }

  /// The system's `ssh`.
  public static SshClient with(List<String> options) {
    return new SshClient(List.of("ssh"), options);
  }

  /// No terminal, no X11, no forwarded keys.
  List<String> command(String destination, String remoteCommand) {
    List<String> words = new ArrayList<>(program);
    words.addAll(List.of("-T", "-x", "-a"));
    for (List<String> each : List.of(FIXED, options, USUAL)) {
      for (String option : each) {
        words.add("-o");
        words.add(option);
      }
    }
    words.addAll(List.of("--", destination, remoteCommand));
    return List.copyOf(words);
  }
}
