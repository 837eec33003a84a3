package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Removes pods until none is left.
///
/// @param client of the cluster
/// @param namespace where they are
record PodRemoval(KubernetesClient client, String namespace) {
  /// A kubelet that lives has ended a pod's processes within that time, but may say so 10 s later
  /// (pkg/kubelet/status/status_manager.go, syncPeriod); one that is dead never does. Then pods are
  /// taken from the API server without its word: whatever should still run there ends by itself.
  private static final Duration CONFIRMED = Duration.ofSeconds(3);

  /// An API server that restarts is back within that time.
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final int AT_ONCE = 16;
  private static final int FORBIDDEN = 403;

  /// @param left lists those that are still to go
  /// @return why some may still be there, in one line; empty where none is
  Optional<String> remove(Supplier<List<Pod>> left) {
    long born = System.nanoTime();
    String what = "pods";
    Optional<KubernetesClientException> failure = Optional.empty();
    while (System.nanoTime() - born < LONGEST.toNanos()) {
      try {
        List<Pod> pods = left.get();
        if (pods.isEmpty()) {
          return Optional.empty();
        }
        what = pods.size() + " pods";
        boolean force = System.nanoTime() - born > CONFIRMED.toNanos();
        failure =
            delete(
                pods.stream()
                    .filter(pod -> force || pod.getMetadata().getDeletionTimestamp() == null)
                    .toList(),
                force);
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
  private Optional<KubernetesClientException> delete(List<Pod> pods, boolean force) {
    AtomicReference<@Nullable KubernetesClientException> failure = new AtomicReference<>();
    Semaphore atOnce = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Pod pod : pods) {
        threads.execute(() -> {
          atOnce.acquireUninterruptibly();
          try {
            delete(pod, force);
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

  private void delete(Pod pod, boolean force) {
    PodResource there = client.pods().inNamespace(namespace).withName(pod.getMetadata().getName());
    if (force) {
      there.withGracePeriod(0).delete();
    } else {
      there.delete();
    }
  }
}
