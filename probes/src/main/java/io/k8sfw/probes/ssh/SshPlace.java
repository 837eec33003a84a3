package io.k8sfw.probes.ssh;

import java.util.Optional;

/// A machine that is reached by `ssh`.
///
/// @param destination as `ssh` understands it: `worker-1`, `root@10.0.0.11`
/// @param java the absolute path of a Java 25 or newer there; empty to bring one
/// @param cache the absolute path of a directory there; empty for the user's cache directory
public record SshPlace(String destination, Optional<String> java, Optional<String> cache) {
  /// For reports.
  public String transport() {
    return "ssh " + destination;
  }
}
