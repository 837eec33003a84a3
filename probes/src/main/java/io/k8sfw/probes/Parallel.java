package io.k8sfw.probes;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
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
      done.put(each.getKey(), outcome(each.getValue()));
    }
    return done;
  }

  /// What came of work that has ended.
  ///
  /// @throws RuntimeException that ended it
  static <V> V outcome(Future<V> ended) {
    if (ended.state() == Future.State.SUCCESS) {
      return ended.resultNow();
    }
    throw ended.exceptionNow() instanceof RuntimeException broken
        ? broken
        : new IllegalStateException(ended.exceptionNow());
  }
}
