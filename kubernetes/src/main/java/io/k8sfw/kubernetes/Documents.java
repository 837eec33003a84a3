package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What programs of the cluster were configured with: ConfigMaps, and documents in them.
final class Documents {
  private final Reads reads;
  private final KubernetesClient client;

  Documents(Reads reads, KubernetesClient client) {
    this.reads = reads;
    this.client = client;
  }

  /// @param lost what stays unknown without it
  Optional<Map<String, String>> configMap(String namespace, String name, String lost)
      throws ClusterUnavailable {
    return reads
        .read(
            "get configmaps " + name,
            lost,
            () -> client.configMaps().inNamespace(namespace).withName(name).get())
        .map(ConfigMap::getData)
        .map(data -> (Map<String, String>) new TreeMap<>(data));
  }

  /// @param all names that are asked for, of which a missing right is one line
  Optional<DaemonSet> daemonSet(String namespace, String name, String all, String lost)
      throws ClusterUnavailable {
    return reads.read(
        "get daemonsets.apps " + all,
        lost,
        () -> client.apps().daemonSets().inNamespace(namespace).withName(name).get());
  }

  /// A YAML or JSON document; empty where it is none, or no mapping.
  Optional<Map<?, ?>> parsed(String text) {
    try {
      Object document = client.getKubernetesSerialization().unmarshal(text, Object.class);
      return document instanceof Map<?, ?> map ? Optional.of(map) : Optional.empty();
    } catch (RuntimeException e) {
      return Optional.empty();
    }
  }

  /// What `path` leads to, as text; empty where there is nothing, or no single value.
  static Optional<String> text(Map<?, ?> document, String... path) {
    Object at = document;
    for (String key : path) {
      at = at instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return at == null || at instanceof Map || at instanceof List
        ? Optional.empty()
        : Optional.of(at.toString());
  }

  /// What `path` leads to where that is a list.
  static List<?> list(Map<?, ?> document, String... path) {
    Object at = document;
    for (String key : path) {
      at = at instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return at instanceof List<?> list ? list : List.of();
  }

  /// Whether `path` leads anywhere.
  static boolean has(Map<?, ?> document, String... path) {
    Object at = document;
    for (String key : path) {
      at = at instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return at != null;
  }
}
