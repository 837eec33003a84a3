package io.k8sfw.cli;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.kubernetes.ClusterChoice;
import io.k8sfw.kubernetes.ClusterConnection;
import io.k8sfw.kubernetes.ClusterUnavailable;
import io.k8sfw.kubernetes.PodSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What agents as pods are made of.
final class PodOptions {
  /// Set by `deploy/`, from what the cluster tells a pod of itself: such an audit's agents go when
  /// it goes.
  private static final String OWN_POD = "K8SFW_POD_NAME";

  private static final String OWN_UID = "K8SFW_POD_UID";

  @Mixin NamespaceOption namespace = new NamespaceOption();

  @Option(
      names = "--agent-image",
      paramLabel = "IMAGE",
      description = "The image of agents as pods, of this very version: docs/pods.md.")
  @Nullable String image;

  @Option(
      names = "--pod-net-raw",
      negatable = true,
      description =
          "Run agents in pods as root with the capability NET_RAW: they see packets arrive, and ask"
              + " BGP ports without a connection.")
  @Nullable Boolean netRaw;

  @Option(
      names = "--pod-host-pid",
      negatable = true,
      description =
          "Run agents in pods as root with the node's processes in sight and the capability"
              + " SYS_PTRACE: they say who holds a port.")
  @Nullable Boolean hostPid;

  /// @param cluster the one that was named
  /// @return empty where the inventory has no agents as pods; to be closed
  /// @throws Refusal where it has some, and something is missing for them
  Optional<PodCluster> open(
      Inventory inventory, Optional<ClusterChoice> cluster, Environment environment)
      throws Refusal {
    Optional<String> place =
        inventory.vantagePoints().stream()
            .filter(point -> point.agent() instanceof Agent.Pod)
            .map(VantagePoint::name)
            .findFirst();
    if (place.isEmpty()) {
      return Optional.empty();
    }
    String wanting = "{}: the agent of {} is a pod: name its ";
    if (cluster.isEmpty()) {
      throw Refusal.usage(
          wanting + "cluster by --kubeconfig FILE, --context NAME or --in-cluster",
          inventory.source(),
          place.get());
    }
    if (image == null) {
      throw Refusal.usage(
          wanting + "image by --agent-image IMAGE", inventory.source(), place.get());
    }
    PodSettings settings =
        new PodSettings(
            namespace.namespace,
            image,
            environment.flag(netRaw, "--pod-net-raw"),
            environment.flag(hostPid, "--pod-host-pid"),
            owner(environment.variables()));
    return Optional.of(new PodCluster(connect(cluster.get(), environment), settings));
  }

  /// @throws Refusal where the cluster cannot be asked
  static ClusterConnection connect(ClusterChoice choice, Environment environment) throws Refusal {
    try {
      return ClusterConnection.open(choice, environment.variables());
    } catch (ClusterUnavailable e) {
      throw Refusal.cannotRun("{}", e.getMessage());
    }
  }

  /// What agents as pods of the inventory may do, for people; empty where there are none.
  List<String> lines(Inventory inventory, Environment environment) throws Refusal {
    long pods =
        inventory.vantagePoints().stream().filter(p -> p.agent() instanceof Agent.Pod).count();
    if (pods == 0) {
      return List.of();
    }
    List<String> rights = new ArrayList<>();
    if (environment.flag(netRaw, "--pod-net-raw")) {
      rights.add("as root with NET_RAW");
    }
    if (environment.flag(hostPid, "--pod-host-pid")) {
      rights.add("as root with SYS_PTRACE, with the node's processes in sight");
    }
    return List.of(
        Visible.line(
            "Agents as pods: {} in namespace {}, {}.",
            pods,
            namespace.namespace,
            rights.isEmpty() ? "without any privilege" : String.join(", and ", rights)));
  }

  private static Optional<PodSettings.Owner> owner(Map<String, String> variables) {
    String name = variables.getOrDefault(OWN_POD, "");
    String uid = variables.getOrDefault(OWN_UID, "");
    return name.isEmpty() || uid.isEmpty()
        ? Optional.empty()
        : Optional.of(new PodSettings.Owner(name, uid));
  }
}
