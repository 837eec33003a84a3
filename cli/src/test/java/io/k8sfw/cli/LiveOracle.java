package io.k8sfw.cli;

import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// What an audit of the live cluster by `builtin:seed` must find, worked out by hand: what each of
/// its rulesets lets pass, what listens, and what the seed's table says, all written down anew
/// here. Uses nothing of the planner, the evaluator or the decision table.
///
/// Of the nodes' own addresses; the seed's sentences about interfaces of the networking layer speak
/// of others.
final class LiveOracle {
  /// The rulesets of the `live-cluster` script, function `firewall`.
  enum Profile {
    SEED,
    KUBEADM,
    DRIFT,
    OPEN;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// What they do with the rest.
  enum Denial {
    DROP,
    REJECT,
    RESET;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Set<String> NODES = Set.of("cp-1", "worker-1", "worker-2");
  private static final Set<String> WORKERS = Set.of("worker-1", "worker-2");
  private static final PortSet NODE_PORTS = PortSet.of(30000, 32767);

  /// The only Service's.
  private static final int WEB = 30080;

  private static final int VXLAN = 8472;

  /// What listens on an address of the node that others can ask. The master's 443 is a redirect to
  /// 6443; kube-proxy 1.20 holds NodePorts open on every node.
  private static final Map<String, PortSet> LISTENING =
      Map.of(
          "cp-1", PortSet.parse("443, 2379-2380, 6443, 10250, 10256, 30080"),
          "worker-1", PortSet.parse("80, 443, 10250, 10256, 30080"),
          "worker-2", PortSet.parse("10250, 10255, 10256, 30080"));

  /// Where the seed's table names a service, no witness takes the port; nor a NodePort, BGP's or
  /// ssh's.
  private static final Map<String, PortSet> NEVER_HELD =
      Map.of(
          "cp-1", PortSet.parse("443, 2379-2380, 6443"),
          "worker-1", PortSet.parse("443, 10250, 10255"),
          "worker-2", PortSet.parse("443, 10250, 10255"));

  private static final PortSet NEVER_HELD_ANYWHERE =
      PortSet.of(
          List.of(new PortRange(22, 22), new PortRange(179, 179), new PortRange(30000, 32767)));

  private final Profile profile;
  private final Denial denial;

  LiveOracle(Profile profile, Denial denial) {
    this.profile = profile;
    this.denial = denial;
  }

  /// `compliant`, `missing`, `over-exposed open-path`, ….
  String verdict(String from, String to, Protocol protocol, int port) {
    Expectation expected = expected(from, to, protocol, port);
    return protocol.equals(Protocol.UDP)
        ? datagrams(expected, from, to, port)
        : connections(expected, from, to, port);
  }

  private String connections(Expectation expected, String from, String to, int port) {
    boolean listens = listening(to).contains(port);
    boolean holdable = !neverHeld(to).contains(port) && !NEVER_HELD_ANYWHERE.contains(port);
    if (port == WEB && to.equals("cp-1")) {
      // kube-proxy has no endpoint on the master and drops it, before any ruleset.
      return "closed-unproven";
    }
    boolean passes = passes(from, to, port);
    if (passes && listens) {
      return open(expected, from, to);
    }
    // A reset of the ruleset looks like that of a closed port, where nothing can tell.
    if (!passes && (listens || holdable || !resets(to))) {
      return blocked(expected);
    }
    return closed(expected, holdable);
  }

  private static String open(Expectation expected, String from, String to) {
    if (expected != Expectation.FORBIDDEN) {
      return "compliant";
    }
    // The row for ALL ports between nodes, which does not apply where vxlan is used, would permit
    // it.
    return NODES.contains(from) && WORKERS.contains(to) ? "deviates stale-hole" : "over-exposed";
  }

  private static String blocked(Expectation expected) {
    return expected == Expectation.REQUIRED ? "missing" : "compliant";
  }

  private static String closed(Expectation expected, boolean holdable) {
    return switch (expected) {
      case REQUIRED -> holdable ? "deviates service-down" : "unverified";
      case PATH, PERMITTED -> "compliant";
      case FORBIDDEN -> holdable ? "over-exposed open-path" : "closed-unproven";
    };
  }

  private String datagrams(Expectation expected, String from, String to, int port) {
    boolean passes = passesUdp(from, to, port);
    if (port == VXLAN && WORKERS.contains(to)) {
      if (!passes || expected == Expectation.REQUIRED) {
        return passes ? "compliant" : blocked(expected);
      }
      return NODES.contains(from) ? "over-exposed" : "over-exposed overlay-injectable";
    }
    if (!NEVER_HELD_ANYWHERE.contains(port)) {
      return passes ? closed(expected, true) : blocked(expected);
    }
    if (passes || resets(to)) {
      return closed(expected, false);
    }
    return denial == Denial.DROP ? "unverified" : blocked(expected);
  }

  /// The seed's table, for vxlan.
  private static Expectation expected(String from, String to, Protocol protocol, int port) {
    boolean worker = WORKERS.contains(to);
    boolean fromWorker = WORKERS.contains(from);
    boolean fromOutside = from.equals("external");
    if (protocol.equals(Protocol.UDP)) {
      return required(port == VXLAN && worker && fromWorker);
    }
    if (worker && fromOutside && NODE_PORTS.contains(port) && port != WEB) {
      return Expectation.PERMITTED;
    }
    return required(
        switch (port) {
          case 443 -> fromWorker || fromOutside;
          case 6443 -> !worker && from.equals("admin");
          case 2379, 2380 -> !worker && fromWorker;
          case 10250 -> worker && from.equals("cp-1");
          case 80 -> to.equals("worker-1") && fromOutside;
          case WEB -> worker && fromOutside;
          default -> false;
        });
  }

  private static Expectation required(boolean is) {
    return is ? Expectation.REQUIRED : Expectation.FORBIDDEN;
  }

  /// Of the chains input, and forward for the Service's NodePort.
  private boolean passes(String from, String to, int port) {
    if (isShut(to)) {
      return to.equals("worker-2") && port == 10255;
    }
    return profile == Profile.OPEN
        || (to.equals("cp-1") ? toMaster(from, port) : toWorker(from, to, port));
  }

  /// The denial "reset" is two statements, of which a planted rule restricts the first: the second
  /// refuses by ICMP what was not accepted before, whoever asks.
  private boolean isShut(String to) {
    return profile == Profile.DRIFT && denial == Denial.RESET && !to.equals("worker-1");
  }

  /// Whether what is denied looks like a closed port.
  private boolean resets(String to) {
    return denial == Denial.RESET && !isShut(to);
  }

  private boolean toMaster(String from, int port) {
    return switch (port) {
      case 443 -> true;
      case 6443 ->
          from.equals("admin")
              || (profile == Profile.KUBEADM && NODES.contains(from))
              || (profile == Profile.DRIFT && from.equals("external"));
      case 2379 -> WORKERS.contains(from) && !(profile == Profile.DRIFT && from.equals("worker-2"));
      case 2380 -> WORKERS.contains(from);
      case 10250 -> profile == Profile.KUBEADM && NODES.contains(from);
      default -> false;
    };
  }

  private boolean toWorker(String from, String to, int port) {
    boolean drift = profile == Profile.DRIFT;
    if (NODE_PORTS.contains(port)) {
      return !(drift && to.equals("worker-2") && from.equals("external"));
    }
    return switch (port) {
      case 443 -> true;
      case 80 -> to.equals("worker-1");
      case 10250 ->
          from.equals("cp-1") || (drift && to.equals("worker-1") && from.equals("external"));
      case 10255 -> from.equals("worker-1") || (drift && to.equals("worker-2"));
      case 179 -> WORKERS.contains(from);
      default -> false;
    };
  }

  private boolean passesUdp(String from, String to, int port) {
    if (profile == Profile.OPEN || isShut(to)) {
      return profile == Profile.OPEN;
    }
    boolean overlay = port == VXLAN || port == 8285;
    boolean planted = profile == Profile.DRIFT && to.equals("worker-2") && port == VXLAN;
    return overlay && WORKERS.contains(to) && WORKERS.contains(from) && !planted;
  }

  private static PortSet listening(String node) {
    return Objects.requireNonNull(LISTENING.get(node));
  }

  private static PortSet neverHeld(String node) {
    return Objects.requireNonNull(NEVER_HELD.get(node));
  }
}
