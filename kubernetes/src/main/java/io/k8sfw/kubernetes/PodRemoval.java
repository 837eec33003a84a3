package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Removes pods, and what goes with them, until none is left.
///
/// @param client of the cluster
/// @param namespace where they are
/// @param patience how long kubelets are waited for
record PodRemoval(KubernetesClient client, String namespace, Duration patience) {
  /// A kubelet that lives has ended a pod's processes within that time; one that is dead never says
  /// so. Then pods are taken from the API server without its word: whatever should still run there
  /// ends by itself.
  private static final Duration CONFIRMED = Duration.ofSeconds(3);

  /// None of the pod's processes is left (Pod lifecycle, "Pod phase"). A kubelet says that at once,
  /// but may take 10 s more to remove the pod (pkg/kubelet/status/status_manager.go, syncPeriod).
  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

  /// An API server that restarts is back within that time.
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final int AT_ONCE = 16;
  private static final int FORBIDDEN = 403;

  PodRemoval(KubernetesClient client, String namespace) {
    this(client, namespace, CONFIRMED);
  }

  /// @param left lists those that are still to go
  /// @return why some may still be there, in one line; empty where none is
  Optional<String> remove(Supplier<List<? extends HasMetadata>> left) {
    long born = System.nanoTime();
    String what = "pods";
    Optional<KubernetesClientException> failure = Optional.empty();
    while (System.nanoTime() - born < LONGEST.toNanos()) {
      try {
        List<? extends HasMetadata> there = left.get();
        if (there.isEmpty()) {
          return Optional.empty();
        }
        what = named(there);
        boolean late = System.nanoTime() - born > patience.toNanos();
        failure = delete(there, late);
      } catch (KubernetesClientException e) {
        failure = Optional.of(e);
      }
      if (failure.filter(e -> e.getCode() == FORBIDDEN).isPresent() || !rested()) {
        break;
      }
    }
    return Optional.of(
        what + " could not be removed" + failure.map(e -> ": " + ApiFailure.of(e)).orElse(""));
  }

  private static boolean rested() {
    try {
      TimeUnit.NANOSECONDS.sleep(LOOK_AGAIN.toNanos());
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// @return what some of them failed with
  private Optional<KubernetesClientException> delete(
      List<? extends HasMetadata> objects, boolean late) {
    AtomicReference<@Nullable KubernetesClientException> failure = new AtomicReference<>();
    Semaphore atOnce = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (HasMetadata object : objects) {
        threads.execute(() -> {
          atOnce.acquireUninterruptibly();
          try {
            delete(object, late);
          } catch (KubernetesClientException e) {
            failure.set(e);
          } finally {
            atOnce.release();
          }
        });
      }
    }
    return Optional.ofNullable(failure.get());
  }

  /// @param late whether to wait for no kubelet any more
  private void delete(HasMetadata object, boolean late) {
    var there = client.resource(object).inNamespace(namespace);
    if (object instanceof Pod pod && (late || hasEnded(pod))) {
      there.withGracePeriod(0).delete();
    } else if (late || object.getMetadata().getDeletionTimestamp() == null) {
      there.delete();
    }
  }

  private static boolean hasEnded(Pod pod) {
    return pod.getStatus() != null
        && ENDED.contains(Objects.requireNonNullElse(pod.getStatus().getPhase(), ""));
  }

  /// `4 pods and 5 other objects`.
  static String named(List<? extends HasMetadata> objects) {
    long pods = objects.stream().filter(Pod.class::isInstance).count();
    long others = objects.size() - pods;
    String first = pods == 1 ? "1 pod" : pods + " pods";
    String second = others == 1 ? "1 other object" : others + " other objects";
    return others == 0 ? first : pods == 0 ? second : first + " and " + second;
  }
}
