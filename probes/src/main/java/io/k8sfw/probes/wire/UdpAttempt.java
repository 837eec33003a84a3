package io.k8sfw.probes.wire;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.linux.Epoll;
import io.k8sfw.probes.linux.Errno;
import io.k8sfw.probes.linux.Sockets;
import io.k8sfw.probes.wire.Outcome.Heard;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One datagram that means nothing to anyone.
final class UdpAttempt extends Attempt {
  /// One zero byte: too short for every overlay to carry on (flannel's udp backend drops what is
  /// shorter than an IPv4 header, vxlan and geneve what is shorter than their own). None at all
  /// would be better still, but Netty's NIO transport does not send empty datagrams.
  static final byte[] PAYLOAD = {0};

  static final Outcome REPLIED = new Heard(PortState.OPEN, Reason.UDP_RESPONSE, Optional.empty());

  UdpAttempt(InetAddress remote, int port, Duration patience, Consumer<Answer> sink) {
    super(remote, port, patience, sink);
  }

  @Override
  Protocol protocol() {
    return Protocol.UDP;
  }

  @Override
  int awaited() {
    return Epoll.IN;
  }

  @Override
  @Nullable Outcome begin(Sockets sockets) {
    int rc = sockets.udp(family());
    if (rc >= 0) {
      fd = rc;
      // Connected, because the kernel tells ICMP errors to connected sockets alone (udp(7)).
      rc = sockets.connect(fd, remote, port);
    }
    if (rc >= 0) {
      rc = sockets.send(fd, PAYLOAD);
    }
    return rc < 0 ? failed(sockets, -rc, true) : null;
  }

  @Override
  @Nullable Outcome look(Sockets sockets) {
    int rc = sockets.receive(fd);
    if (rc >= 0) {
      return REPLIED;
    }
    if (rc != -Errno.EAGAIN.number()) {
      return failed(sockets, -rc, false);
    }
    Optional<Icmp> icmp = sockets.icmp(fd);
    return icmp.isEmpty() ? null : failed(sockets, 0, false, icmp);
  }

  @Override
  void close(Sockets sockets) {
    var _ = sockets.close(fd);
  }
}
