package io.k8sfw.probes.wire;

import io.k8sfw.model.Family;
import io.k8sfw.observation.Icmp;
import io.k8sfw.probes.linux.ErrorQueue;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The error queues of a prober's channels, where the platform has them. One thread only.
final class IcmpErrors {
  private static final ChannelOption<Integer> IPV4 =
      new IntegerUnixChannelOption("IP_RECVERR", ErrorQueue.IPPROTO_IP, ErrorQueue.IP_RECVERR);
  private static final ChannelOption<Integer> IPV6 =
      new IntegerUnixChannelOption(
          "IPV6_RECVERR", ErrorQueue.IPPROTO_IPV6, ErrorQueue.IPV6_RECVERR);

  private final @Nullable ErrorQueue queue;

  IcmpErrors(Transport transport) {
    queue = transport == Transport.EPOLL ? ErrorQueue.open().orElse(null) : null;
  }

  /// Whether an empty queue means that no ICMP error came.
  boolean readable() {
    return queue != null;
  }

  /// Makes the kernel queue ICMP errors; to be called before anything is sent.
  void ask(Channel channel, Family family) {
    if (queue != null) {
      channel.config().setOption(family == Family.IPV4 ? IPV4 : IPV6, 1);
    }
  }

  Optional<Icmp> read(Channel channel) {
    return queue != null && channel.isOpen() && channel instanceof UnixChannel unix
        ? queue.read(unix.fd().intValue())
        : Optional.empty();
  }
}
