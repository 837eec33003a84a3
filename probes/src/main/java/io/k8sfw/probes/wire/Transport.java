package io.k8sfw.probes.wire;

import io.k8sfw.probes.linux.Sockets;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
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

  IoHandlerFactory handlers() {
    return this == EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
  }
}
