package io.k8sfw.inventory;

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
}
