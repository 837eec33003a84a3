package io.k8sfw.probes.wire;

import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Consumer;

/// Asks single ports.
public interface Prober {
  /// Starts one attempt, from a source port of its own, and returns at once.
  ///
  /// @param patience how long silence is waited for
  /// @param sink is called exactly once, from another thread, and must not block
  void attempt(InetAddress address, int port, Duration patience, Consumer<Answer> sink);
}
