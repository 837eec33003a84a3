package io.k8sfw.probes.wire;

import io.k8sfw.model.Protocol;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.function.Consumer;

/// Asks UDP ports with one datagram that means nothing to anyone.
final class NioUdpProber extends NioProber {
  NioUdpProber(EventLoop loop) {
    super(loop);
  }

  @Override
  NioProber.Attempt attempt(InetSocketAddress remote, Duration patience, Consumer<Answer> sink) {
    return new Datagram(remote, patience, sink);
  }

  private final class Datagram extends NioProber.Attempt {
    Datagram(InetSocketAddress remote, Duration patience, Consumer<Answer> sink) {
      super(remote, patience, sink);
    }

    @Override
    Protocol protocol() {
      return Protocol.UDP;
    }

    @Override
    Channel open(SocketProtocolFamily family) {
      return new NioDatagramChannel(SelectorProvider.provider(), family);
    }

    @Override
    void begin(Channel channel) {
      channel.pipeline().addLast(new Reply());
      // Where this fails, connecting fails too.
      var _ = loop.register(channel);
      // Connected, because the kernel tells ICMP errors to connected sockets alone (udp(7)).
      ChannelFuture connect = channel.connect(remote);
      if (connect.isDone() && !connect.isSuccess()) {
        failed(connect.cause(), true);
        return;
      }
      channel
          .writeAndFlush(Unpooled.wrappedBuffer(UdpAttempt.PAYLOAD))
          .addListener((ChannelFuture sent) -> {
            if (!sent.isSuccess()) {
              failed(sent.cause(), true);
            }
          });
    }

    private final class Reply extends ChannelInboundHandlerAdapter {
      @Override
      public void channelRead(ChannelHandlerContext handler, Object datagram) {
        ReferenceCountUtil.release(datagram);
        settle(UdpAttempt.REPLIED);
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
        failed(cause, false);
      }
    }
  }
}
