package io.k8sfw.kubernetes;

import static io.k8sfw.kubernetes.Annotations.annotation;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which CNI moves the pods' packets, and how, by what each leaves behind in the API.
final class CniSurvey {
  /// flannel-io/flannel, `pkg/subnet/kube/annotations.go`.
  static final String FLANNEL = "flannel.alpha.coreos.com/";

  /// projectcalico/calico, `libcalico-go/lib/backend/k8s/resources/node.go`.
  private static final String CALICO_ADDRESS = "projectcalico.org/IPv4Address";

  /// A DaemonSet that only one CNI has, by its published manifests.
  private record Mark(String namespace, String daemonSet, String cni) {}

  private static final List<Mark> MARKS =
      List.of(
          new Mark("kube-system", "calico-node", "calico"),
          new Mark("calico-system", "calico-node", "calico"),
          new Mark("kube-system", "canal", "canal"),
          new Mark("kube-system", "rke2-canal", "canal"),
          new Mark("kube-system", "cilium", "cilium"),
          new Mark("kube-system", "weave-net", "weave"),
          new Mark("kube-system", "antrea-agent", "antrea"),
          new Mark("kube-system", "kindnet", "kindnet"),
          new Mark("kube-system", "kube-router", "kube-router"),
          new Mark("kube-system", "aws-node", "aws-vpc-cni"),
          new Mark("openshift-ovn-kubernetes", "ovnkube-node", "ovn-kubernetes"));

  private final Reads reads;
  private final Documents documents;
  private final Findings findings;
  private final KubernetesClient client;
  private final List<Node> nodes;

  CniSurvey(
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

  void survey() throws ClusterUnavailable {
    Map<String, String> seen = new TreeMap<>();
    Map<String, DaemonSet> daemonSets = new TreeMap<>();
    String all = MARKS.stream().map(Mark::daemonSet).distinct().collect(Collectors.joining(", "));
    for (Mark mark : MARKS) {
      Optional<DaemonSet> found =
          documents.daemonSet(
              mark.namespace(), mark.daemonSet(), all, "the CNI, where nodes do not tell it");
      if (found.isPresent()) {
        daemonSets.putIfAbsent(mark.cni(), found.get());
        seen.putIfAbsent(mark.cni(), "DaemonSet " + mark.namespace() + "/" + mark.daemonSet());
      }
    }
    List<Node> flannel = with(FLANNEL + "backend-type");
    Optional<Map<?, ?>> netConf = netConf();
    if (!flannel.isEmpty()) {
      seen.put(
          "flannel", "annotation " + FLANNEL + "backend-type of " + Annotations.names(flannel));
    } else if (netConf.isPresent()) {
      seen.put("flannel", "ConfigMap kube-flannel-cfg");
    }
    List<Node> calico = with(CALICO_ADDRESS);
    if (!calico.isEmpty()) {
      seen.putIfAbsent(
          "calico", "annotation " + CALICO_ADDRESS + " of " + Annotations.names(calico));
    }
    if (seen.containsKey("canal")) {
      // Which is both: flannel's devices, and Calico's policy.
      seen.remove("flannel");
      seen.remove("calico");
    }
    switch (seen.size()) {
      case 0 -> findings.unproven("cni", "no node and no DaemonSet bears the mark of a known CNI");
      case 1 -> seen.forEach((cni, from) -> findings.prove("cni", cni, from));
      default ->
          findings.unproven(
              "cni",
              seen.entrySet().stream()
                  .map(e -> e.getKey() + " by " + e.getValue())
                  .collect(Collectors.joining(", ")));
    }
    switch (findings.value("cni").orElse("")) {
      case "flannel", "canal" -> flannel(flannel, netConf);
      case "calico" -> calico(daemonSets.get("calico"));
      case "cilium" -> cilium();
      default -> findings.unproven("backend", "it depends on the CNI");
    }
    netConf.ifPresent(this::flannelNetworks);
  }

  private List<Node> with(String key) {
    return nodes.stream().filter(node -> annotation(node, key).isPresent()).toList();
  }

  /// flannel-io/flannel, `Documentation/kube-flannel.yml`; older manifests use kube-system.
  private Optional<Map<?, ?>> netConf() throws ClusterUnavailable {
    for (String namespace : List.of("kube-flannel", "kube-system")) {
      Optional<Map<?, ?>> document =
          documents
              .configMap(namespace, "kube-flannel-cfg", "flannel's backend, port and network")
              .map(data -> data.get("net-conf.json"))
              .flatMap(documents::parsed);
      if (document.isPresent()) {
        return document;
      }
    }
    return Optional.empty();
  }

  /// Ports: flannel-io/flannel, `Documentation/backends.md`.
  private void flannel(List<Node> annotated, Optional<Map<?, ?>> netConf) {
    Map<String, List<Node>> byType =
        annotated.stream()
            .collect(
                Collectors.groupingBy(
                    node -> annotation(node, FLANNEL + "backend-type").orElse(""),
                    TreeMap::new,
                    Collectors.toList()));
    byType.forEach((type, on) ->
        findings.prove(
            "backend",
            word(type),
            "annotation " + FLANNEL + "backend-type of " + Annotations.names(on)));
    netConf
        .flatMap(conf -> Documents.text(conf, "Backend", "Type"))
        .ifPresent(type -> findings.prove("backend", word(type), "ConfigMap kube-flannel-cfg"));
    if (netConf.isEmpty()) {
      findings.unproven(
          "overlay-port", "flannel's annotations do not tell it, and its ConfigMap was not read");
      return;
    }
    Optional<String> port = Documents.text(netConf.get(), "Backend", "Port");
    if (port.isPresent()) {
      findings.prove("overlay-port", word(port.get()), "ConfigMap kube-flannel-cfg");
    } else {
      switch (findings.value("backend").orElse("")) {
        case "vxlan" ->
            findings.prove(
                "overlay-port", "8472", "flannel's own: kube-flannel-cfg names no other");
        case "udp" ->
            findings.prove(
                "overlay-port", "8285", "flannel's own: kube-flannel-cfg names no other");
        default -> {} // has none
      }
    }
  }

  private void flannelNetworks(Map<?, ?> netConf) {
    for (String key : List.of("Network", "IPv6Network")) {
      Documents.text(netConf, key)
          .ifPresent(text -> findings.network(text, "pods: ConfigMap kube-flannel-cfg"));
    }
  }

  /// Calico's node says by a variable how it tells others its routes: by BGP (`bird`), or not at
  /// all, since vxlan needs none.
  private void calico(@Nullable DaemonSet daemonSet) throws ClusterUnavailable {
    Optional<String> backend = daemonSet == null ? Optional.empty() : calicoBackend(daemonSet);
    switch (backend.orElse("")) {
      case "bird" ->
          findings.prove("backend", "bgp", "CALICO_NETWORKING_BACKEND of calico-node is bird");
      case "vxlan" ->
          findings.prove("backend", "vxlan", "CALICO_NETWORKING_BACKEND of calico-node");
      default ->
          findings.unproven("backend", "CALICO_NETWORKING_BACKEND of calico-node is not known");
    }
    Optional<List<GenericKubernetesResource>> pools =
        reads.list(
            "list ippools.crd.projectcalico.org",
            "Calico's networks and encapsulation",
            options ->
                client.genericKubernetesResources(calicoKind("IPPool", "ippools")).list(options));
    List<String> modes = new ArrayList<>();
    for (GenericKubernetesResource pool : pools.orElse(List.of())) {
      Map<?, ?> object = pool.getAdditionalProperties();
      Documents.text(object, "spec", "cidr")
          .ifPresent(text -> findings.network(text, "pods: Calico's IPPools"));
      if (!isNever(object, "vxlanMode")) {
        modes.add("vxlan");
      }
      if (!isNever(object, "ipipMode")) {
        modes.add("ipip");
      }
    }
    if (pools.isPresent()) {
      findings.prove(
          "encapsulation",
          modes.isEmpty()
              ? "none"
              : modes.stream().distinct().sorted().collect(Collectors.joining("-")),
          "Calico's IPPools");
    }
    if (modes.contains("vxlan")) {
      calicoPort();
    }
  }

  private static boolean isNever(Map<?, ?> pool, String mode) {
    return Documents.text(pool, "spec", mode).orElse("Never").equals("Never");
  }

  private Optional<String> calicoBackend(DaemonSet daemonSet) throws ClusterUnavailable {
    List<Container> containers = daemonSet.getSpec().getTemplate().getSpec().getContainers();
    Optional<EnvVar> variable =
        containers.stream()
            .filter(c -> c.getEnv() != null)
            .flatMap(c -> c.getEnv().stream())
            .filter(env -> "CALICO_NETWORKING_BACKEND".equals(env.getName()))
            .findFirst();
    if (variable.isEmpty() || variable.get().getValue() != null) {
      return variable.map(EnvVar::getValue);
    }
    return documents
        .configMap("kube-system", "calico-config", "Calico's backend")
        .map(data -> data.get("calico_backend"));
  }

  /// 4789 unless said otherwise (projectcalico/calico, `felix/config/config_params.go`).
  private void calicoPort() throws ClusterUnavailable {
    Optional<GenericKubernetesResource> felix =
        reads.read(
            "get felixconfigurations.crd.projectcalico.org default",
            "Calico's overlay port",
            () ->
                client
                    .genericKubernetesResources(
                        calicoKind("FelixConfiguration", "felixconfigurations"))
                    .withName("default")
                    .get());
    if (felix.isEmpty()) {
      findings.unproven("overlay-port", "FelixConfiguration default was not read");
      return;
    }
    findings.prove(
        "overlay-port",
        word(
            Documents.text(felix.get().getAdditionalProperties(), "spec", "vxlanPort")
                .orElse("4789")),
        "FelixConfiguration default");
  }

  private static ResourceDefinitionContext calicoKind(String kind, String plural) {
    return new ResourceDefinitionContext.Builder()
        .withGroup("crd.projectcalico.org")
        .withVersion("v1")
        .withKind(kind)
        .withPlural(plural)
        .withNamespaced(false)
        .build();
  }

  /// Keys before and after 1.14, and ports: cilium/cilium,
  /// `Documentation/operations/system_requirements.rst` and `upgrade.rst`.
  private void cilium() throws ClusterUnavailable {
    Optional<Map<String, String>> config =
        documents.configMap("kube-system", "cilium-config", "Cilium's backend and port");
    if (config.isEmpty()) {
      findings.unproven("backend", "ConfigMap kube-system/cilium-config was not read");
      return;
    }
    String from = "ConfigMap kube-system/cilium-config";
    Map<String, String> keys = config.get();
    String tunnel = keys.getOrDefault("tunnel", "");
    boolean isNative =
        keys.getOrDefault("routing-mode", "").equals("native") || tunnel.equals("disabled");
    String protocol = keys.getOrDefault("tunnel-protocol", tunnel.isEmpty() ? "vxlan" : tunnel);
    findings.prove("backend", isNative ? "native" : word(protocol), from);
    if (!isNative) {
      String usual = protocol.equals("geneve") ? "6081" : "8472";
      String port = keys.getOrDefault("tunnel-port", "0");
      findings.prove("overlay-port", port.equals("0") ? usual : word(port), from);
    }
    if (keys.getOrDefault("kube-proxy-replacement", "").matches("true|strict")) {
      findings.prove("proxy", "ebpf", from + ": kube-proxy-replacement");
    }
  }

  /// A fact's value, from text that may be anything.
  static String word(String text) {
    return text.strip().toLowerCase(Locale.ROOT);
  }
}
