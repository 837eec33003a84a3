package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
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

/// Removes pods, and what goes with them, until none is left.
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
        boolean force = System.nanoTime() - born > CONFIRMED.toNanos();
        failure =
            delete(
                there.stream()
                    .filter(each -> force || each.getMetadata().getDeletionTimestamp() == null)
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
  private Optional<KubernetesClientException> delete(
      List<? extends HasMetadata> objects, boolean force) {
    AtomicReference<@Nullable KubernetesClientException> failure = new AtomicReference<>();
    Semaphore atOnce = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (HasMetadata object : objects) {
        threads.execute(() -> {
          atOnce.acquireUninterruptibly();
          try {
            delete(object, force);
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

  private void delete(HasMetadata object, boolean force) {
    var there = client.resource(object).inNamespace(namespace);
    if (force && object instanceof Pod) {
      there.withGracePeriod(0).delete();
    } else {
      there.delete();
    }
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
