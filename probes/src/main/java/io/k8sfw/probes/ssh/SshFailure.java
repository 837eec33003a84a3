package io.k8sfw.probes.ssh;

import io.k8sfw.model.Untrusted;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// What it means when `ssh` ends before there is an agent: one line that says what to do.
final class SshFailure {
  /// Its own failures; every other exit code is the remote command's (ssh(1), exit status).
  private static final int OWN = 255;

  /// sh(1): a command that cannot be run, and one that is not there.
  private static final int NOT_RUN = 126;

  private static final int NOT_FOUND = 127;

  /// What OpenSSH says, each with what to do; the first that is in its last line counts
  /// (sshconnect.c, sshconnect2.c, misc.c, readconf.c).
  private static final Map<String, String> MEANINGS = new LinkedHashMap<>();

  static {
    MEANINGS.put(
        "Host key verification failed",
        "its host key is not the one that known_hosts has, or known_hosts has none; find out why,"
            + " then connect once by hand: ssh HOST true");
    MEANINGS.put(
        "Permission denied",
        "it lets this user in with no key that is offered, or has no such user; try: ssh -o"
            + " BatchMode=yes HOST true");
    MEANINGS.put(
        "Too many authentication failures",
        "too many keys are offered; name the right one by IdentityFile and IdentitiesOnly in"
            + " ssh_config");
    MEANINGS.put(
        "Could not resolve hostname", "its name is not known here; see Hostname in ssh_config");
    MEANINGS.put("Connection refused", "nothing listens on its ssh port; see Port in ssh_config");
    MEANINGS.put("timed out", "its ssh port does not answer; a firewall, or the machine is down");
    MEANINGS.put("No route to host", "no way leads there from here");
    MEANINGS.put("Network is unreachable", "no way leads there from here");
    MEANINGS.put("Bad configuration option", "ssh does not know an option; see --ssh-option");
    MEANINGS.put("command-line", "ssh does not take an option; see --ssh-option");
    MEANINGS.put("UNPROTECTED PRIVATE KEY", "its private key is readable by others");
  }

  private SshFailure() {}

  /// @param said the last line of standard error, safe to print
  static String explain(
      SshPlace place, OptionalInt exitCode, Optional<String> said, String otherwise) {
    String heard = said.map(line -> ": " + line).orElse("");
    int code = exitCode.orElse(-1);
    if (code == OWN) {
      return said.flatMap(SshFailure::meaning)
              .map(m -> m.replace("HOST", Untrusted.of(place.destination()).visible()))
              .orElse("ssh ended before there was an agent")
          + heard;
    }
    if (code == NOT_RUN || code == NOT_FOUND) {
      return "its login shell finds no POSIX shell /bin/sh, or may not run it" + heard;
    }
    return otherwise + (code >= 0 ? " (exit code " + code + ")" : "") + heard;
  }

  private static Optional<String> meaning(String said) {
    return MEANINGS.entrySet().stream()
        .filter(e -> said.contains(e.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
