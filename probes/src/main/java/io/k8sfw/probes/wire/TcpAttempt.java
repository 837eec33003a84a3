package io.k8sfw.probes.wire;

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

  /// The port refused, and nothing else came: the socket may connect again.
  private boolean refused;

  /// Whether it has the source port that was wanted, which a socket keeps for as long as it lives.
  private boolean bound;

  private final int wanted;

  /// @param wanted the source port; 0 for any
  TcpAttempt(InetAddress remote, int port, int wanted, Duration patience, Consumer<Answer> sink) {
    super(remote, port, patience, sink);
    this.wanted = wanted;
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
    int rc = wanted > 0 ? connectFrom(sockets) : connectKept(sockets);
    if (rc < 0 && rc != -Errno.EINPROGRESS.number()) {
      fd = sockets.tcp(family());
      rc = fd < 0 ? fd : sockets.connect(fd, remote, port);
    }
    if (rc < 0 && rc != -Errno.EINPROGRESS.number()) {
      return failed(sockets, -rc, true);
    }
    if (rc < 0) {
      // What is near has often answered by now, which spares watching the socket.
      rc = sockets.connect(fd, remote, port);
    }
    return rc == -Errno.EALREADY.number() ? null : ended(sockets, rc);
  }

  /// Somebody else may have the port by now: then any other does.
  private int connectFrom(Sockets sockets) {
    int made = sockets.tcp(family());
    if (made < 0) {
      return made;
    }
    int rc = sockets.bind(made, family(), wanted);
    if (rc == 0) {
      rc = sockets.connect(made, remote, port);
    }
    if (rc < 0 && rc != -Errno.EINPROGRESS.number()) {
      var _ = sockets.close(made);
      return rc;
    }
    fd = made;
    bound = true;
    return rc;
  }

  @Override
  int source(Sockets sockets, Outcome outcome) {
    return bound ? wanted : outcome instanceof Outcome.Silent ? sockets.sourcePort(fd) : 0;
  }

  private int connectKept(Sockets sockets) {
    int kept = sockets.kept(family());
    if (kept < 0) {
      return kept;
    }
    int rc = sockets.connect(kept, remote, port);
    if (rc < 0 && rc != -Errno.EINPROGRESS.number()) {
      // Whatever it is, a new socket tells it better.
      var _ = sockets.close(kept);
      return rc;
    }
    fd = kept;
    used = true;
    return rc;
  }

  @Override
  @Nullable Outcome look(Sockets sockets) {
    int rc = sockets.connect(fd, remote, port);
    if (rc != -Errno.EALREADY.number()) {
      return ended(sockets, rc);
    }
    // An ICMP error that arrives while the kernel still holds the socket's lock goes to the queue
    // alone, and the socket stays in SYN_SENT without an error (`tcp_v4_err`).
    Optional<Icmp> icmp = sockets.icmp(fd);
    return icmp.isEmpty() ? null : failed(sockets, 0, false, icmp);
  }

  private Outcome ended(Sockets sockets, int rc) {
    if (rc == 0) {
      return sockets.metItself(fd, remote, port)
          ? new Outcome.Fault("the connection met itself", true)
          : Outcome.OPEN;
    }
    Optional<Icmp> icmp = sockets.icmp(fd);
    ended = true;
    refused = rc == -Errno.ECONNREFUSED.number() && icmp.isEmpty();
    return failed(sockets, -rc, false, icmp);
  }

  @Override
  void close(Sockets sockets) {
    if (refused && !bound) {
      sockets.keep(fd, family());
      return;
    }
    // An answer may have come since we looked: a reset spares the other side its accept queue, and
    // connection tracking its two minutes.
    if (!ended) {
      var _ = sockets.resetOnClose(fd);
    }
    var _ = sockets.close(fd);
  }
}
