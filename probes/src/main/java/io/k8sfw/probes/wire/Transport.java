package io.k8sfw.probes.wire;

import io.k8sfw.model.Protocol;
import io.k8sfw.probes.linux.Sockets;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Which of Netty's transports makes the sockets.
public enum Transport {
  /// Linux only. Bare sockets, whose error queues can be read.
  EPOLL,
  /// Everywhere. Cannot tell a reset from an ICMP port-unreachable.
  NIO;

  /// Kept, because a logger that nobody holds forgets its level.
  private static final Logger NETTY = Logger.getLogger("io.netty");

  static {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    NETTY.setLevel(Level.OFF);
  }

  /// Epoll where its native library loads and native access is allowed, unless the system property
  /// `k8sfw.transport` is `nio`.
  public static Transport best() {
    boolean nio = "nio".equals(System.getProperty("k8sfw.transport"));
    return !nio && Epoll.isAvailable() && Sockets.available() ? EPOLL : NIO;
  }

  public IoHandlerFactory handlers() {
    return this == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }

  /// Probers for every protocol that can be asked.
  ///
  /// @param group of [#handlers]; its threads make all sockets, and its end ends every attempt
  /// @throws io.netty.channel.ChannelException where no file descriptor is left
  public Map<Protocol, Prober> probers(MultiThreadIoEventLoopGroup group) {
    if (this == NIO) {
      return Map.of(
          Protocol.TCP, new NioTcpProber(group.next()),
          Protocol.UDP, new NioUdpProber(group.next()));
    }
    List<SocketLoop> loops = new ArrayList<>();
    for (EventExecutor each : group) {
      loops.add(SocketLoop.on((IoEventLoop) each));
    }
    return Map.of(
        Protocol.TCP, new SocketProber(List.copyOf(loops), TcpAttempt::new),
        Protocol.UDP, new SocketProber(List.copyOf(loops), UdpAttempt::new));
  }
}
