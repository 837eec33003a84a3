package io.k8sfw.inventory;

import java.util.List;
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

  /// They leave from an agent that a command starts, wherever that is.
  ///
  /// @param words in front of the agent's own command line, such as `docker exec -i worker-1`; at
  ///   least one
  /// @param run how this program is started there, such as `/opt/k8sfw/bin/k8sfw-audit`; empty
  ///   where that place sees the files of this machine, so that this very installation can be used
  record Command(List<String> words, List<String> run) implements Agent {
    public Command {
      words = List.copyOf(words);
      run = List.copyOf(run);
    }

    @Override
    public String toString() {
      return "command " + String.join(" ", words);
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

  /// They leave from an agent in a pod of the cluster: for a node, in a pod on that node that
  /// shares its network; for a place of its own, in a pod on the pod network.
  ///
  /// @param node the node that the pod is to be on; empty for the vantage point's own node, or any
  record Pod(Optional<String> node) implements Agent {
    @Override
    public String toString() {
      return node.map(n -> "pod on " + n).orElse("pod");
    }
  }

  /// Nobody can get there from here: a plan is carried there, and what was seen is brought back.
  record Offline() implements Agent {
    @Override
    public String toString() {
      return "offline";
    }
  }
}
