package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What is written on nodes beside their specification.
final class Annotations {
  /// Names of nodes that a comment shows.
  private static final int SHOWN = 3;

  private Annotations() {}

  static Optional<String> annotation(Node node, String key) {
    return value(node.getMetadata().getAnnotations(), key);
  }

  static Optional<String> label(Node node, String key) {
    return value(node.getMetadata().getLabels(), key);
  }

  static Map<String, String> labels(Node node) {
    Map<String, String> labels = node.getMetadata().getLabels();
    return labels == null ? Map.of() : labels;
  }

  private static Optional<String> value(Map<String, String> values, String key) {
    return values == null ? Optional.empty() : Optional.ofNullable(values.get(key));
  }

  static String name(Node node) {
    return String.valueOf(node.getMetadata().getName());
  }

  /// `worker-1, worker-2, worker-3 and 4997 more`.
  static String names(List<Node> nodes) {
    String first =
        nodes.stream().limit(SHOWN).map(Annotations::name).collect(Collectors.joining(", "));
    return nodes.size() > SHOWN ? first + " and " + (nodes.size() - SHOWN) + " more" : first;
  }
}
