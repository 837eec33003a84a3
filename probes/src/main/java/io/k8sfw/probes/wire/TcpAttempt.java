package io.k8sfw.probes.wire;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.probes.linux.Epoll;
import io.k8sfw.probes.linux.Errno;
import io.k8sfw.probes.linux.Sockets;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A full connect that ends in a reset.
final class TcpAttempt extends Attempt {
  /// The kernel ended the connection itself: nothing is left to reset.
  private boolean ended;

  TcpAttempt(InetAddress remote, int port, Duration patience, Consumer<Answer> sink) {
    super(remote, port, patience, sink);
  }

  @Override
  Protocol protocol() {
    return Protocol.TCP;
  }

  @Override
  int awaited() {
    return Epoll.OUT;
  }

  @Override
  @Nullable Outcome begin(Sockets sockets) {
    Family family = Family.of(remote);
    int rc = sockets.tcp(family);
    if (rc < 0) {
      return failed(sockets, -rc, true);
    }
    fd = rc;
    rc = sockets.queueErrors(fd, family);
    if (rc < 0) {
      return failed(sockets, -rc, true);
    }
    rc = sockets.connect(fd, remote, port);
    if (rc < 0 && rc != -Errno.EINPROGRESS.number()) {
      return failed(sockets, -rc, true);
    }
    // What is near has often answered by now, which spares watching the socket.
    return ofError(sockets);
  }

  private @Nullable Outcome ofError(Sockets sockets) {
    int errno = sockets.error(fd);
    if (errno == 0) {
      return null;
    }
    ended = true;
    return failed(sockets, errno, false);
  }

  @Override
  @Nullable Outcome look(Sockets sockets) {
    Outcome error = ofError(sockets);
    return error == null ? ofState(sockets) : error;
  }

  private @Nullable Outcome ofState(Sockets sockets) {
    return switch (sockets.tcpState(fd)) {
      case Sockets.TCP_ESTABLISHED, Sockets.TCP_CLOSE_WAIT ->
          sockets.metItself(fd, remote, port)
              ? new Outcome.Fault("the connection met itself", true)
              : Outcome.OPEN;
      // An ICMP error that arrives while the kernel still holds the socket's lock goes to the queue
      // alone, and the socket stays in SYN_SENT without an error (`tcp_v4_err`).
      case Sockets.TCP_SYN_SENT -> {
        Optional<Icmp> icmp = sockets.icmp(fd);
        yield icmp.isEmpty() ? null : failed(sockets, 0, false, icmp);
      }
      default ->
          new Outcome.Fault("a connect ended without a connection and without an error", true);
    };
  }

  @Override
  void close(Sockets sockets) {
    // An answer may have come since we looked: a reset spares the other side its accept queue, and
    // connection tracking its two minutes.
    if (!ended) {
      var _ = sockets.resetOnClose(fd);
    }
    var _ = sockets.close(fd);
  }
}
