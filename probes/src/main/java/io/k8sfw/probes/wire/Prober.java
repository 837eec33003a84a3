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

  /// The same, from the source port of a silent attempt on that port, if that is still to be had:
  /// connection tracking takes it for a repetition of that attempt's SYN, and makes no second entry
  /// (`tcp_conntracks` in net/netfilter/nf_conntrack_proto_tcp.c: a SYN in SYN_SENT stays there).
  ///
  /// @param source as that attempt's answer said
  default void again(
      InetAddress address, int port, int source, Duration patience, Consumer<Answer> sink) {
    attempt(address, port, patience, sink);
  }
}
