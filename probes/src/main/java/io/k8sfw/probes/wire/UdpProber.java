package io.k8sfw.probes.wire;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks UDP ports with one datagram that means nothing to anyone.
public final class UdpProber implements Prober {
  /// One zero byte: too short for every overlay to carry on (flannel's udp backend drops what is
  /// shorter than an IPv4 header, vxlan and geneve what is shorter than their own). None at all
  /// would be better still, but Netty does not send empty datagrams.
  private static final byte[] PAYLOAD = {0};

  private final EventLoop loop;
  private final Transport transport;
  private final IcmpErrors errors;

  /// @param loop of `transport`'s kind; its thread makes all sockets
  public UdpProber(EventLoop loop, Transport transport) {
    this.loop = loop;
    this.transport = transport;
    this.errors = new IcmpErrors(transport);
  }

  @Override
  public void attempt(InetAddress address, int port, Duration patience, Consumer<Answer> sink) {
    loop.execute(new Attempt(new InetSocketAddress(address, port), patience, sink)::start);
  }

  /// Everything in it runs on the loop's thread.
  private final class Attempt extends ChannelInboundHandlerAdapter {
    private final InetSocketAddress remote;
    private final Duration patience;
    private final Consumer<Answer> sink;
    private long started;
    private @Nullable DatagramChannel channel;
    private @Nullable Future<?> timer;
    private boolean settled;

    Attempt(InetSocketAddress remote, Duration patience, Consumer<Answer> sink) {
      this.remote = remote;
      this.patience = patience;
      this.sink = sink;
    }

    void start() {
      started = System.nanoTime();
      try {
        DatagramChannel made = transport.udp(Family.of(remote.getAddress()));
        channel = made;
        errors.ask(made, Family.of(remote.getAddress()));
        made.pipeline().addLast(this);
        // Where this fails, connecting fails too.
        var _ = loop.register(made);
        // Connected, because the kernel tells ICMP errors to connected sockets alone (udp(7)).
        ChannelFuture connect = made.connect(remote);
        if (connect.isDone() && !connect.isSuccess()) {
          settle(failed(connect.cause(), true));
          return;
        }
        timer = loop.schedule(this::timedOut, patience.toNanos(), TimeUnit.NANOSECONDS);
        made.writeAndFlush(Unpooled.wrappedBuffer(PAYLOAD))
            .addListener((ChannelFuture sent) -> {
              if (!sent.isSuccess()) {
                settle(failed(sent.cause(), true));
              }
            });
      } catch (ChannelException e) {
        settle(failed(e, true));
      } catch (RuntimeException | LinkageError e) {
        settle(Outcome.Fault.broken(e));
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext handler, Object datagram) {
      ReferenceCountUtil.release(datagram);
      settle(new Heard(PortState.OPEN, Reason.UDP_RESPONSE, Optional.empty()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext handler, Throwable cause) {
      settle(failed(cause, false));
    }

    private void timedOut() {
      settle(failed(null, false));
    }

    private Outcome failed(@Nullable Throwable cause, boolean immediate) {
      DatagramChannel socket = channel;
      InetSocketAddress local = socket == null ? null : socket.localAddress();
      Optional<Icmp> icmp = socket == null || settled ? Optional.empty() : errors.read(socket);
      return WireErrors.outcome(
          new WireErrors.Failure(
              Protocol.UDP,
              remote.getAddress(),
              local == null ? null : local.getAddress(),
              cause,
              immediate,
              icmp,
              errors.readable()));
    }

    private void settle(Outcome outcome) {
      if (settled) {
        return;
      }
      settled = true;
      if (timer != null) {
        timer.cancel(false);
      }
      if (channel != null) {
        var _ = channel.close();
      }
      sink.accept(Answer.since(started, outcome));
    }
  }
}
