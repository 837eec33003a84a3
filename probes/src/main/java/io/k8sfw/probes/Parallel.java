package io.k8sfw.probes;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Blocking work on many things at once, a virtual thread each.
final class Parallel {
  private Parallel() {}

  /// Waits for all. An interrupt is handed on to the work, which must then end, and stays set.
  ///
  /// @return in the order of `keys`
  static <K, V> Map<K, V> each(Collection<K> keys, Function<K, V> work) {
    Map<K, Future<V>> running = new LinkedHashMap<>();
    Map<K, V> done = new LinkedHashMap<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (K key : keys) {
        running.put(key, threads.submit(() -> work.apply(key)));
      }
    }
    for (Map.Entry<K, Future<V>> each : running.entrySet()) {
      done.put(each.getKey(), result(each.getValue()));
    }
    return done;
  }

  private static <V> V result(Future<V> ended) {
    boolean interrupted = Thread.interrupted();
    try {
      return ended.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException broken
          ? broken
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody else interrupts this", e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
