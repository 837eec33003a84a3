package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.Capabilities;
import io.fabric8.kubernetes.api.model.CapabilitiesBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The pod of one agent.
///
/// Bound to its node by name (docs/adr/0017): no scheduler has a say, and no taint keeps it away.
/// One that may be on any node is where the scheduler puts pods that tolerate nothing. Its first
/// process only keeps it there; agents are started beside it by `pods/exec`.
final class AgentPod {
  static final String NAME_LABEL = "app.kubernetes.io/name";
  static final String NAME = "k8sfw-audit";
  static final String RUN_LABEL = "k8sfw.io/run";
  static final String CONTAINER = "agent";

  /// The vantage point: any text, so no label.
  static final String PLACE_ANNOTATION = "k8sfw.io/place";

  /// What is started in the pod, once for each agent.
  static final String PROGRAM = "/app/bin/k8sfw-agent";

  /// Whatever happens, so long a pod runs at the most. The longest audit is shorter; and pods whose
  /// audit died end themselves much earlier.
  private static final long LONGEST_SECONDS = 6 * 3600;

  /// Nothing is kept here: it ends as soon as it is told.
  private static final long GRACE_SECONDS = 2;

  /// As the image has it: nobody (distroless' `nonroot`).
  private static final long NOBODY = 65532;

  /// Meshes that put a proxy beside every process see to it that probes reach the proxy only:
  /// istio.io/latest/docs/reference/config/labels, linkerd.io/2/reference/proxy-configuration,
  /// developer.hashicorp.com/consul/docs/k8s/annotations-and-labels, kuma.io/docs (kubernetes
  /// annotations and labels).
  private static final Map<String, String> NO_MESH =
      Map.of(
          "sidecar.istio.io/inject", "false",
          "linkerd.io/inject", "disabled",
          "consul.hashicorp.com/connect-inject", "false",
          "kuma.io/sidecar-injection", "disabled");

  /// Istio has asked for a label instead of the annotation since 1.10, Kuma since 2.0.
  private static final List<String> ALSO_LABELS =
      List.of("sidecar.istio.io/inject", "kuma.io/sidecar-injection");

  private AgentPod() {}

  /// @param run the audit that it belongs to, a label's value
  static Pod of(String name, String run, PodPlace place, PodSettings settings) {
    PodBuilder pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(settings.namespace())
            .addToLabels(labels(run))
            .addToAnnotations(NO_MESH)
            .addToAnnotations(PLACE_ANNOTATION, place.name())
            .withOwnerReferences(owners(settings))
            .endMetadata()
            .withNewSpec()
            .withRestartPolicy("Never")
            .withActiveDeadlineSeconds(LONGEST_SECONDS)
            .withTerminationGracePeriodSeconds(GRACE_SECONDS)
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            .withDnsPolicy("Default")
            .withHostNetwork(place.onHost() ? true : null)
            .withHostPID(settings.hostPid() ? true : null)
            .withNodeName(place.node().orElse(null))
            .withNewSecurityContext()
            .withRunAsNonRoot(!isRoot(settings))
            .withRunAsUser(isRoot(settings) ? 0 : NOBODY)
            .withRunAsGroup(isRoot(settings) ? 0 : NOBODY)
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .withContainers(container(settings))
            .endSpec();
    if (place.node().isPresent()) {
      pod.editSpec().addNewToleration().withOperator("Exists").endToleration().endSpec();
    } else {
      // Where other pods are.
      pod.editSpec().addToNodeSelector("kubernetes.io/os", "linux").endSpec();
    }
    ALSO_LABELS.forEach(
        label -> pod.editMetadata().addToLabels(label, NO_MESH.get(label)).endMetadata());
    return pod.build();
  }

  /// One that is heard by way of the API server: see [AgentRelay], whose names are this pod's.
  static Pod relayed(String name, String run, PodPlace place, PodSettings settings) {
    return new PodBuilder(of(name, run, place, settings))
        .editSpec()
        .withServiceAccountName(name)
        .withAutomountServiceAccountToken(true)
        .editFirstContainer()
        .withCommand(PROGRAM, "--relay", name)
        // Its last line is the only way to learn from it why it cannot be heard.
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .endContainer()
        .endSpec()
        .build();
  }

  /// Of everything that a run makes.
  static Map<String, String> labels(String run) {
    return Map.of(NAME_LABEL, NAME, "app.kubernetes.io/component", "agent", RUN_LABEL, run);
  }

  static List<OwnerReference> owners(PodSettings settings) {
    return settings.owner().stream().map(AgentPod::reference).toList();
  }

  private static OwnerReference reference(PodSettings.Owner owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion("v1")
        .withKind("Pod")
        .withName(owner.name())
        .withUid(owner.uid())
        .build();
  }

  /// Capabilities that are added count for root only: Kubernetes has no ambient ones
  /// (capabilities(7)).
  private static boolean isRoot(PodSettings settings) {
    return settings.netRaw() || settings.hostPid();
  }

  private static Container container(PodSettings settings) {
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(settings.image())
        .withImagePullPolicy("IfNotPresent")
        .withCommand(PROGRAM, "--wait")
        .withNewResources()
        .addToRequests("cpu", new Quantity("50m"))
        .addToRequests("memory", new Quantity("96Mi"))
        .addToLimits("cpu", new Quantity("1"))
        .addToLimits("memory", new Quantity("256Mi"))
        .endResources()
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withCapabilities(capabilities(settings))
        .endSecurityContext()
        .build();
  }

  private static Capabilities capabilities(PodSettings settings) {
    List<String> added = new ArrayList<>();
    if (settings.netRaw()) {
      added.add("NET_RAW");
    }
    if (settings.hostPid()) {
      added.add("SYS_PTRACE");
    }
    return new CapabilitiesBuilder().withDrop("ALL").withAdd(added).build();
  }
}
