package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.k8sfw.model.Untrusted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Removes what audits left that were killed before they could clean up.
public final class PodCleanup {
  private final KubernetesClient client;
  private final String namespace;
  private final Instant before;

  private PodCleanup(KubernetesClient client, String namespace, Instant before) {
    this.client = client;
    this.namespace = namespace;
    this.before = before;
  }

  /// What one audit left.
  ///
  /// @param run as its pods' label has it; safe to print
  /// @param since when the first of its pods was made
  public record Remains(String run, int pods, Instant since) {}

  /// @param removed oldest first
  /// @param failure why some may still be there, in one line
  public record Outcome(List<Remains> removed, Optional<String> failure) {
    public Outcome {
      removed = List.copyOf(removed);
    }
  }

  /// Removes the pods of every audit whose pods were all made before `before`, and waits until they
  /// are gone.
  public static Outcome of(ClusterConnection cluster, String namespace, Instant before) {
    return of(cluster.client(), namespace, before);
  }

  static Outcome of(KubernetesClient client, String namespace, Instant before) {
    PodCleanup cleanup = new PodCleanup(client, namespace, before);
    List<Remains> there;
    try {
      there = remains(cleanup.old());
    } catch (KubernetesClientException e) {
      return new Outcome(List.of(), Optional.of(ApiFailure.of(e)));
    }
    Optional<String> failure = new PodRemoval(client, namespace).remove(cleanup::old);
    return new Outcome(failure.isEmpty() ? there : List.of(), failure);
  }

  /// Pods of audits that made none since.
  private List<Pod> old() {
    Map<String, List<Pod>> byRun = new TreeMap<>();
    client
        .pods()
        .inNamespace(namespace)
        .withLabel(AgentPod.NAME_LABEL, AgentPod.NAME)
        .withLabel(AgentPod.RUN_LABEL)
        .list()
        .getItems()
        .forEach(pod -> byRun.computeIfAbsent(run(pod), _ -> new ArrayList<>()).add(pod));
    return byRun.values().stream()
        .filter(pods -> pods.stream().allMatch(pod -> made(pod).isBefore(before)))
        .flatMap(List::stream)
        .toList();
  }

  private static List<Remains> remains(List<Pod> pods) {
    Map<String, List<Pod>> byRun = new TreeMap<>();
    pods.forEach(pod -> byRun.computeIfAbsent(run(pod), _ -> new ArrayList<>()).add(pod));
    return byRun.entrySet().stream()
        .map(entry ->
            new Remains(
                Untrusted.of(entry.getKey()).visible(),
                entry.getValue().size(),
                entry.getValue().stream()
                    .map(PodCleanup::made)
                    .min(Comparator.naturalOrder())
                    .orElseThrow()))
        .sorted(Comparator.comparing(Remains::since))
        .toList();
  }

  private static String run(Pod pod) {
    return pod.getMetadata().getLabels().getOrDefault(AgentPod.RUN_LABEL, "");
  }

  private static Instant made(Pod pod) {
    String made = pod.getMetadata().getCreationTimestamp();
    return made == null ? Instant.EPOCH : Instant.parse(made);
  }
}
