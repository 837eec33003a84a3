package io.k8sfw.probes.wire;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Asks ports with bare sockets, spread over event loops.
///
/// @param attempts makes the attempts of one protocol
record SocketProber(List<SocketLoop> loops, Maker attempts) implements Prober {
  interface Maker {
    /// @param source the port to ask from, where that can be chosen; 0 for any
    Attempt make(
        InetAddress address, int port, int source, Duration patience, Consumer<Answer> sink);
  }

  @Override
  public void attempt(InetAddress address, int port, Duration patience, Consumer<Answer> sink) {
    again(address, port, 0, patience, sink);
  }

  @Override
  public void again(
      InetAddress address, int port, int source, Duration patience, Consumer<Answer> sink) {
    loops.get(port % loops.size()).handOver(attempts.make(address, port, source, patience, sink));
  }
}
