package io.k8sfw.probes.wire;

import io.k8sfw.model.Family;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.nio.channels.spi.SelectorProvider;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Which of Netty's transports makes the sockets.
public enum Transport {
  /// Linux only. Shows file descriptors, so that error queues can be read.
  EPOLL,
  /// Everywhere. Cannot tell a reset from an ICMP port-unreachable.
  NIO;

  /// Kept, because a logger that nobody holds forgets its level.
  private static final Logger NETTY = Logger.getLogger("io.netty");

  static {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    NETTY.setLevel(Level.OFF);
  }

  /// Epoll where its native library loads, unless the system property `k8sfw.transport` is `nio`.
  public static Transport best() {
    boolean nio = "nio".equals(System.getProperty("k8sfw.transport"));
    return !nio && Epoll.isAvailable() ? EPOLL : NIO;
  }

  public IoHandlerFactory handlers() {
    return this == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  /// A socket of the address family itself: on a dual-stack one, IPv4 errors arrive in IPv6 dress.
  SocketChannel tcp(Family family) {
    return this == EPOLL
        ? new EpollSocketChannel(netty(family))
        : new NioSocketChannel(SelectorProvider.provider(), netty(family));
  }

  DatagramChannel udp(Family family) {
    return this == EPOLL
        ? new EpollDatagramChannel(netty(family))
        : new NioDatagramChannel(SelectorProvider.provider(), netty(family));
  }

  private static SocketProtocolFamily netty(Family family) {
    return family == Family.IPV4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }
}
