package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
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
import java.util.stream.Stream;

/// Removes what audits left that were killed before they could clean up.
public final class PodCleanup {
  private static final LabelSelector OF_ANY_RUN =
      new LabelSelectorBuilder()
          .addToMatchLabels(AgentPod.NAME_LABEL, AgentPod.NAME)
          .addNewMatchExpression()
          .withKey(AgentPod.RUN_LABEL)
          .withOperator("Exists")
          .endMatchExpression()
          .build();

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
  /// @param what `4 pods`
  /// @param since when the first of it was made
  public record Remains(String run, String what, Instant since) {}

  /// @param removed oldest first
  /// @param failure why some may still be there, in one line
  public record Outcome(List<Remains> removed, Optional<String> failure) {
    public Outcome {
      removed = List.copyOf(removed);
    }
  }

  /// Removes the pods, and what goes with them, of every audit that made all of it before `before`,
  /// and waits until it is gone.
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

  /// What audits left that made nothing since.
  private List<HasMetadata> old() {
    return byRun(Stream.concat(pods(), AgentRelay.left(client, namespace, OF_ANY_RUN)).toList())
        .values()
        .stream()
        .filter(objects -> objects.stream().allMatch(each -> made(each).isBefore(before)))
        .flatMap(List::stream)
        .toList();
  }

  private Stream<HasMetadata> pods() {
    return client
        .pods()
        .inNamespace(namespace)
        .withLabelSelector(OF_ANY_RUN)
        .list()
        .getItems()
        .stream()
        .map(HasMetadata.class::cast);
  }

  private static Map<String, List<HasMetadata>> byRun(List<HasMetadata> objects) {
    Map<String, List<HasMetadata>> byRun = new TreeMap<>();
    objects.forEach(each -> byRun.computeIfAbsent(run(each), _ -> new ArrayList<>()).add(each));
    return byRun;
  }

  private static List<Remains> remains(List<HasMetadata> objects) {
    return byRun(objects).entrySet().stream()
        .map(entry ->
            new Remains(
                Untrusted.of(entry.getKey()).visible(),
                PodRemoval.named(entry.getValue()),
                entry.getValue().stream()
                    .map(PodCleanup::made)
                    .min(Comparator.naturalOrder())
                    .orElseThrow()))
        .sorted(Comparator.comparing(Remains::since))
        .toList();
  }

  private static String run(HasMetadata object) {
    return object.getMetadata().getLabels().getOrDefault(AgentPod.RUN_LABEL, "");
  }

  private static Instant made(HasMetadata object) {
    String made = object.getMetadata().getCreationTimestamp();
    return made == null ? Instant.EPOCH : Instant.parse(made);
  }
}
