package io.k8sfw.probes.wire;

import io.k8sfw.model.Protocol;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Event loops, and the probers that ask on them. May be used by several threads.
public final class Wire implements AutoCloseable {
  private final MultiThreadIoEventLoopGroup group;
  private final Map<Protocol, Prober> probers;
  private final Map<IoEventLoop, Runnable> ends;

  private Wire(
      MultiThreadIoEventLoopGroup group,
      Map<Protocol, Prober> probers,
      Map<IoEventLoop, Runnable> ends) {
    this.group = group;
    this.probers = probers;
    this.ends = ends;
  }

  /// @param threads one for each loop; they make all sockets
  /// @throws io.netty.channel.ChannelException where no file descriptor is left
  public static Wire open(Transport transport, int loops, ThreadFactory threads) {
    var group = new MultiThreadIoEventLoopGroup(loops, threads, transport.handlers());
    return transport == Transport.EPOLL ? epoll(group) : nio(group);
  }

  private static Wire epoll(MultiThreadIoEventLoopGroup group) {
    List<SocketLoop> sockets = new ArrayList<>();
    for (EventExecutor each : group) {
      sockets.add(SocketLoop.on((IoEventLoop) each));
    }
    return new Wire(
        group,
        Map.of(
            Protocol.TCP, new SocketProber(List.copyOf(sockets), TcpAttempt::new),
            Protocol.UDP,
                new SocketProber(
                    List.copyOf(sockets),
                    (address, port, _, patience, sink) ->
                        new UdpAttempt(address, port, patience, sink))),
        sockets.stream().collect(Collectors.toMap(SocketLoop::loop, s -> s::close)));
  }

  private static Wire nio(MultiThreadIoEventLoopGroup group) {
    IoEventLoop loop = group.next();
    NioProber tcp = new NioTcpProber(loop);
    NioProber udp = new NioUdpProber(loop);
    return new Wire(
        group,
        Map.of(Protocol.TCP, tcp, Protocol.UDP, udp),
        Map.of(
            loop,
            () -> {
              tcp.end();
              udp.end();
            }));
  }

  /// One for each protocol that can be asked.
  public Map<Protocol, Prober> probers() {
    return probers;
  }

  /// @throws NullPointerException for a protocol that cannot be asked
  public Prober prober(Protocol protocol) {
    return Objects.requireNonNull(probers.get(protocol), "no prober for " + protocol);
  }

  MultiThreadIoEventLoopGroup group() {
    return group;
  }

  /// Ends every attempt with a fault and closes every socket. Returns when the threads have ended,
  /// or after five seconds.
  @Override
  public void close() {
    // Not left to the end of the loops: without a quiet period, Netty closes what is registered
    // only if it happens to notice in time (`SingleThreadIoEventLoop.run`).
    if (!group.isShuttingDown()) {
      ends.forEach((loop, end) -> loop.execute(end));
    }
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
  }
}
