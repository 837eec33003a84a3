package io.k8sfw.probes.wire;

import io.k8sfw.model.Protocol;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.function.Consumer;

/// Asks TCP ports by a full connect that ends in a reset.
final class NioTcpProber extends NioProber {
  NioTcpProber(EventLoop loop) {
    super(loop);
  }

  @Override
  NioProber.Attempt attempt(InetSocketAddress remote, Duration patience, Consumer<Answer> sink) {
    return new Connect(remote, patience, sink);
  }

  private final class Connect extends NioProber.Attempt {
    Connect(InetSocketAddress remote, Duration patience, Consumer<Answer> sink) {
      super(remote, patience, sink);
    }

    @Override
    Protocol protocol() {
      return Protocol.TCP;
    }

    @Override
    Channel open(SocketProtocolFamily family) {
      NioSocketChannel made = new NioSocketChannel(SelectorProvider.provider(), family);
      made.config().setAutoRead(false).setConnectTimeoutMillis(0).setSoLinger(0);
      return made;
    }

    @Override
    void begin(Channel channel) {
      // Where this fails, connecting fails too.
      var _ = loop.register(channel);
      ChannelFuture connect = channel.connect(remote);
      boolean immediate = connect.isDone();
      connect.addListener(_ -> guarded(() -> connected(connect, immediate)));
    }

    private void connected(ChannelFuture connect, boolean immediate) {
      if (!connect.isSuccess()) {
        failed(connect.cause(), immediate);
        return;
      }
      // The kernel connected the socket to itself: source and destination port happened to agree.
      settle(
          remote.equals(connect.channel().localAddress())
              ? new Outcome.Fault("the connection met itself", true)
              : Outcome.OPEN);
    }
  }
}
