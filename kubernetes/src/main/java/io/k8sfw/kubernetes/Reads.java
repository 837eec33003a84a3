package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/// Requests that only read. What is not there, or we have no right to, is missing, and the second
/// is noted; everything else that goes wrong ends the discovery.
final class Reads {
  /// As `kubectl` has it (`--chunk-size`): the API server keeps less in memory.
  private static final long PAGE = 500;

  private static final String NO_RIGHT = "no right to ";

  private final ClusterConnection connection;
  private final Set<String> notes = new LinkedHashSet<>();

  Reads(ClusterConnection connection) {
    this.connection = connection;
  }

  /// For people, in the order of their discovery.
  List<String> notes() {
    return List.copyOf(notes);
  }

  void note(String line) {
    notes.add(line);
  }

  /// @param what verb and resource, such as `list services`
  /// @param lost what stays unknown without it
  /// @return empty where it is not there, or we have no right to it
  <T> Optional<T> read(String what, String lost, Supplier<T> request) throws ClusterUnavailable {
    try {
      return Optional.ofNullable(request.get());
    } catch (KubernetesClientException e) {
      if (e.getCode() == Failures.NOT_FOUND) {
        return Optional.empty();
      }
      if (e.getCode() == Failures.FORBIDDEN && !Failures.isAnonymous(e)) {
        note(NO_RIGHT + what + ": unknown is " + lost);
        return Optional.empty();
      }
      throw Failures.of(e, connection.server(), connection.name());
    }
  }

  /// All objects of a kind, page by page.
  ///
  /// @param list one page
  <T extends HasMetadata, L extends KubernetesResourceList<T>> Optional<List<T>> list(
      String what, String lost, Function<ListOptions, L> list) throws ClusterUnavailable {
    return read(what, lost, () -> pages(list));
  }

  private static <T extends HasMetadata, L extends KubernetesResourceList<T>> List<T> pages(
      Function<ListOptions, L> list) {
    List<T> all = new ArrayList<>();
    String next = "";
    do {
      L page = list.apply(new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
      all.addAll(page.getItems());
      next = page.getMetadata() == null ? null : page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
    return all;
  }
}
