package io.k8sfw.probes.wire;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.probes.linux.Sockets;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One attempt with a bare socket, on its way through a [SocketLoop]. Once handed over, all of it
/// belongs to the loop's thread.
abstract class Attempt {
  final InetAddress remote;
  final int port;
  final long patienceNanos;
  final Consumer<Answer> sink;

  /// Neighbours in a [TimingWheel], and the tick in which it is due; -1 where it is in none.
  @Nullable Attempt previous;

  @Nullable Attempt next;
  long due = -1;

  long started;
  int fd = -1;

  /// Its socket served an earlier attempt.
  boolean used;

  @Nullable Answer answer;

  Attempt(InetAddress remote, int port, Duration patience, Consumer<Answer> sink) {
    this.remote = remote;
    this.port = port;
    this.patienceNanos = patience.toNanos();
    this.sink = sink;
  }

  /// Makes the socket and sends the first packet.
  ///
  /// @return null while nothing is known
  abstract @Nullable Outcome begin(Sockets sockets);

  /// Which of [io.k8sfw.probes.linux.Epoll]'s events there are to wait for.
  abstract int awaited();

  /// Asks the kernel what became of it.
  ///
  /// @return null while nothing is known
  abstract @Nullable Outcome look(Sockets sockets);

  abstract void close(Sockets sockets);

  /// The source port, where others may want to ask from it again; 0 else. Before [#close].
  int source(Sockets sockets, Outcome outcome) {
    return 0;
  }

  abstract Protocol protocol();

  final Family family() {
    return Family.of(remote);
  }

  /// @param errno as the kernel told it
  /// @param immediate the call itself failed, before any packet could be answered
  final Outcome failed(Sockets sockets, int errno, boolean immediate) {
    return failed(sockets, errno, immediate, fd < 0 ? Optional.empty() : sockets.icmp(fd));
  }

  final Outcome failed(Sockets sockets, int errno, boolean immediate, Optional<Icmp> icmp) {
    InetAddress local = icmp.isPresent() ? sockets.sourceTowards(icmp.get().from()) : null;
    return WireErrors.outcome(
        new WireErrors.Failure(protocol(), remote, local, errno, immediate, icmp, true));
  }
}
