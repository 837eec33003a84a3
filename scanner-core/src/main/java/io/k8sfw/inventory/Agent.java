package io.k8sfw.inventory;

import java.util.Optional;

/// How probes get to a vantage point.
public sealed interface Agent {
  /// They leave from this process, as it is.
  record Local() implements Agent {
    @Override
    public String toString() {
      return "local";
    }
  }

  /// They leave from a network namespace of this machine.
  ///
  /// @param path the namespace's file, such as `/run/netns/blue`
  record Netns(String path) implements Agent {
    @Override
    public String toString() {
      return "netns " + path;
    }
  }

  /// They leave from a machine that the system's `ssh` reaches.
  ///
  /// @param destination as `ssh` understands it: `worker-1`, `root@10.0.0.11`
  /// @param java the absolute path of a Java runtime there; empty where one is brought
  /// @param cache the absolute path of a directory there for what is brought; empty for the user's
  ///   cache directory
  record Ssh(String destination, Optional<String> java, Optional<String> cache) implements Agent {
    @Override
    public String toString() {
      return "ssh " + destination;
    }
  }
}
