package io.k8sfw.kubernetes;

import static io.k8sfw.kubernetes.Annotations.annotation;
import static io.k8sfw.kubernetes.Annotations.label;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.k8sfw.model.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Who made the cluster, and what its control plane and kube-proxy were told.
final class ControlPlaneSurvey {
  /// Marks that a distribution leaves on every node of its own.
  private record Mark(String distribution, String what, Predicate<Node> isOn) {}

  private static final List<Mark> MARKS =
      List.of(
          new Mark("k3s", "kubelet version", node -> version(node).contains("+k3s")),
          new Mark("rke2", "kubelet version", node -> version(node).contains("+rke2")),
          new Mark("k0s", "kubelet version", node -> version(node).contains("+k0s")),
          new Mark("eks", "kubelet version", node -> version(node).contains("-eks-")),
          new Mark("gke", "kubelet version", node -> version(node).contains("-gke.")),
          new Mark(
              "aks",
              "label kubernetes.azure.com/cluster",
              node -> label(node, "kubernetes.azure.com/cluster").isPresent()),
          new Mark(
              "openshift",
              "label node.openshift.io/os_id",
              node -> label(node, "node.openshift.io/os_id").isPresent()),
          new Mark(
              "microk8s",
              "label microk8s.io/cluster",
              node -> label(node, "microk8s.io/cluster").isPresent()),
          new Mark("talos", "operating system", node -> image(node).startsWith("Talos")));

  private static final String KUBEADM = "ConfigMap kube-system/kubeadm-config";

  /// The API server's own (kubernetes.io, "kube-apiserver", `--service-node-port-range`).
  private static final String USUAL_RANGE = "30000-32767";

  private final Reads reads;
  private final Documents documents;
  private final Findings findings;
  private final KubernetesClient client;
  private final List<Node> nodes;

  ControlPlaneSurvey(
      Reads reads,
      Documents documents,
      Findings findings,
      KubernetesClient client,
      List<Node> nodes) {
    this.reads = reads;
    this.documents = documents;
    this.findings = findings;
    this.client = client;
    this.nodes = nodes;
  }

  /// @return whether etcd's members run on the nodes of the control plane
  boolean survey() throws ClusterUnavailable {
    Optional<Map<?, ?>> kubeadm =
        documents
            .configMap(
                "kube-system",
                "kubeadm-config",
                "whether kubeadm made the cluster, its NodePort range and networks, and where etcd"
                    + " runs")
            .map(data -> data.get("ClusterConfiguration"))
            .flatMap(documents::parsed);
    distribution(kubeadm.isPresent());
    kubeadm.ifPresentOrElse(
        this::configured,
        () ->
            findings.unproven(
                "node-port-range", "only the API server's flags tell it, and kubeadm's ConfigMap"));
    serviceNetworks();
    dualStack();
    proxy();
    return kubeadm.isPresent()
        && Documents.has(kubeadm.get(), "etcd", "local")
        && !Documents.has(kubeadm.get(), "etcd", "external");
  }

  private void distribution(boolean kubeadm) {
    for (Mark mark : MARKS) {
      if (nodes.stream().allMatch(mark.isOn())) {
        findings.prove("distribution", mark.distribution(), mark.what() + " of every node");
      }
    }
    if (kubeadm) {
      findings.prove("distribution", "kubeadm", KUBEADM);
    } else if (nodes.stream()
        .anyMatch(n -> annotation(n, "kubeadm.alpha.kubernetes.io/cri-socket").isPresent())) {
      findings.prove(
          "distribution", "kubeadm", "annotation kubeadm.alpha.kubernetes.io/cri-socket of nodes");
    }
    findings.unproven("distribution", "no node and no ConfigMap bears the mark of a known one");
  }

  private static String version(Node node) {
    return node.getStatus() == null || node.getStatus().getNodeInfo() == null
        ? ""
        : String.valueOf(node.getStatus().getNodeInfo().getKubeletVersion());
  }

  private static String image(Node node) {
    return node.getStatus() == null || node.getStatus().getNodeInfo() == null
        ? ""
        : String.valueOf(node.getStatus().getNodeInfo().getOsImage());
  }

  private void configured(Map<?, ?> kubeadm) {
    Optional<String> range = nodePortRange(kubeadm);
    findings.prove(
        "node-port-range",
        range.orElse(USUAL_RANGE),
        range.isPresent() ? KUBEADM : KUBEADM + " names no other");
    networks(kubeadm, "podSubnet", "pods: " + KUBEADM);
    networks(kubeadm, "serviceSubnet", "Services: " + KUBEADM);
    List<?> external = Documents.list(kubeadm, "etcd", "external", "endpoints");
    if (!external.isEmpty()) {
      reads.note(
          "etcd runs outside ("
              + external.stream().map(String::valueOf).collect(Collectors.joining(", "))
              + "): name its members by --etcd NAME=ADDRESS, or they are not audited");
    }
  }

  private void networks(Map<?, ?> kubeadm, String key, String from) {
    Documents.text(kubeadm, "networking", key)
        .ifPresent(
            list -> List.of(list.split(",")).forEach(n -> findings.network(n.strip(), from)));
  }

  /// A mapping until v1beta3, a list of name and value from v1beta4 on (kubernetes.io, "kubeadm
  /// Configuration").
  private static Optional<String> nodePortRange(Map<?, ?> kubeadm) {
    String flag = "service-node-port-range";
    List<?> pairs = Documents.list(kubeadm, "apiServer", "extraArgs");
    for (Object pair : pairs) {
      if (pair instanceof Map<?, ?> map && flag.equals(map.get("name"))) {
        return Documents.text(map, "value").map(CniSurvey::word);
      }
    }
    return Documents.text(kubeadm, "apiServer", "extraArgs", flag).map(CniSurvey::word);
  }

  /// kubernetes.io, "Service IP range": an object of its own since 1.31.
  private void serviceNetworks() throws ClusterUnavailable {
    var kind =
        new ResourceDefinitionContext.Builder()
            .withGroup("networking.k8s.io")
            .withVersion("v1")
            .withKind("ServiceCIDR")
            .withPlural("servicecidrs")
            .withNamespaced(false)
            .build();
    Optional<List<GenericKubernetesResource>> ranges =
        reads.list(
            "list servicecidrs.networking.k8s.io",
            "the networks of Services",
            options -> client.genericKubernetesResources(kind).list(options));
    for (GenericKubernetesResource range : ranges.orElse(List.of())) {
      Documents.list(range.getAdditionalProperties(), "spec", "cidrs")
          .forEach(text -> findings.network(String.valueOf(text), "Services: ServiceCIDR"));
    }
  }

  private void dualStack() {
    List<Integer> families = new ArrayList<>();
    for (Node node : nodes) {
      families.add(
          (int)
              NodeSurvey.podNetworks(node).stream()
                  .map(Network::address)
                  .map(Object::getClass)
                  .distinct()
                  .count());
    }
    if (families.stream().allMatch(count -> count == 2)) {
      findings.prove("dual-stack", "true", "podCIDRs of every node");
    } else if (families.stream().allMatch(count -> count == 1)) {
      findings.prove("dual-stack", "false", "podCIDRs of every node");
    } else {
      findings.unproven("dual-stack", "not every node has podCIDRs of the same families");
    }
  }

  /// Empty means iptables on Linux (kubernetes.io, "kube-proxy Configuration", `mode`).
  private void proxy() throws ClusterUnavailable {
    record Place(String name, String key) {}
    // kubeadm's, and EKS's.
    for (Place place :
        List.of(new Place("kube-proxy", "config.conf"), new Place("kube-proxy-config", "config"))) {
      Optional<Map<?, ?>> config =
          documents
              .configMap("kube-system", place.name(), "kube-proxy's mode")
              .map(data -> data.get(place.key()))
              .flatMap(documents::parsed);
      if (config.isPresent()) {
        String mode = CniSurvey.word(Documents.text(config.get(), "mode").orElse(""));
        String from = "ConfigMap kube-system/" + place.name();
        findings.prove(
            "proxy",
            mode.isEmpty() ? "iptables" : mode,
            mode.isEmpty() ? from + ", whose empty mode means that" : from);
        return;
      }
    }
    findings.unproven("proxy", "there is no ConfigMap of kube-proxy that can be read");
  }
}
