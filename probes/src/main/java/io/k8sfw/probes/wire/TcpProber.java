package io.k8sfw.probes.wire;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.SocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks TCP ports by a full connect that ends in a reset.
public final class TcpProber implements Prober {
  /// `include/net/tcp_states.h`.
  private static final int TCP_SYN_SENT = 2;

  private final EventLoop loop;
  private final Transport transport;
  private final IcmpErrors errors;
  private final EpollTcpInfo info = new EpollTcpInfo();

  /// @param loop of `transport`'s kind; its thread makes all sockets
  public TcpProber(EventLoop loop, Transport transport) {
    this.loop = loop;
    this.transport = transport;
    this.errors = new IcmpErrors(transport);
  }

  @Override
  public void attempt(InetAddress address, int port, Duration patience, Consumer<Answer> sink) {
    loop.execute(new Attempt(new InetSocketAddress(address, port), patience, sink)::start);
  }

  /// Everything in it runs on the loop's thread.
  private final class Attempt implements ChannelFutureListener {
    private final InetSocketAddress remote;
    private final Duration patience;
    private final Consumer<Answer> sink;
    private long started;
    private @Nullable SocketChannel channel;
    private @Nullable Future<?> timer;
    private boolean immediate = true;
    private boolean settled;

    Attempt(InetSocketAddress remote, Duration patience, Consumer<Answer> sink) {
      this.remote = remote;
      this.patience = patience;
      this.sink = sink;
    }

    void start() {
      started = System.nanoTime();
      try {
        SocketChannel made = transport.tcp(Family.of(remote.getAddress()));
        channel = made;
        // Bootstrap is not used: it closes a failed channel before a listener can read its queue.
        made.config().setAutoRead(false).setConnectTimeoutMillis(0).setSoLinger(0);
        errors.ask(made, Family.of(remote.getAddress()));
        // Where this fails, connecting fails too.
        var _ = loop.register(made);
        ChannelFuture connect = made.connect(remote);
        immediate = connect.isDone();
        if (!immediate) {
          timer = loop.schedule(this::timedOut, patience.toNanos(), TimeUnit.NANOSECONDS);
        }
        connect.addListener(this);
      } catch (ChannelException e) {
        settle(failed(e, Optional.empty()));
      } catch (RuntimeException | LinkageError e) {
        settle(Fault.broken(e));
      }
    }

    @Override
    public void operationComplete(ChannelFuture connect) {
      if (settled) {
        return;
      }
      try {
        Throwable cause = connect.cause();
        Optional<Icmp> icmp = cause == null && !transportLies() ? Optional.empty() : queued();
        settle(cause == null && icmp.isEmpty() ? connected() : failed(cause, icmp));
      } catch (RuntimeException | LinkageError e) {
        settle(Fault.broken(e));
      }
    }

    private void timedOut() {
      settle(failed(null, queued()));
    }

    /// An ICMP error that arrives while the kernel still holds the socket's lock goes to the queue
    /// alone, and the socket stays in SYN_SENT (`tcp_v4_err`). Epoll then reports an error,
    /// SO_ERROR is 0, and Netty takes that for a connection.
    private boolean transportLies() {
      if (!(channel instanceof EpollSocketChannel epoll)) {
        return false;
      }
      try {
        epoll.tcpInfo(info);
        return info.state() == TCP_SYN_SENT;
      } catch (ChannelException e) {
        return true;
      }
    }

    private Outcome connected() {
      if (transportLies()) {
        return new Fault("a connect ended without a connection and without an error", true);
      }
      // The kernel connected the socket to itself: source and destination port happened to agree.
      return remote.equals(open().localAddress())
          ? new Fault("the connection met itself", true)
          : Outcome.OPEN;
    }

    private Optional<Icmp> queued() {
      return errors.read(open());
    }

    private SocketChannel open() {
      return java.util.Objects.requireNonNull(channel, "settled only after start");
    }

    private Outcome failed(@Nullable Throwable cause, Optional<Icmp> icmp) {
      SocketChannel socket = channel;
      InetSocketAddress local = socket == null ? null : socket.localAddress();
      return WireErrors.outcome(
          new WireErrors.Failure(
              Protocol.TCP,
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
