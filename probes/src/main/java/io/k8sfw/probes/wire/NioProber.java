package io.k8sfw.probes.wire;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.probes.linux.Errno;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketProtocolFamily;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks ports with one of Netty's NIO channels each, where there is nothing better.
abstract class NioProber implements Prober {
  final EventLoop loop;

  /// On the loop's thread only.
  private final Set<Attempt> pending = new HashSet<>();

  private boolean ended;

  /// @param loop of the NIO transport; its thread makes all sockets
  NioProber(EventLoop loop) {
    this.loop = loop;
  }

  abstract Attempt attempt(InetSocketAddress remote, Duration patience, Consumer<Answer> sink);

  @Override
  public final void attempt(
      InetAddress address, int port, Duration patience, Consumer<Answer> sink) {
    Attempt attempt = attempt(new InetSocketAddress(address, port), patience, sink);
    try {
      loop.execute(attempt::start);
    } catch (RejectedExecutionException _) {
      sink.accept(new Answer(Fault.ENDED, 0));
    }
  }

  /// Ends what is under way, and whatever comes; on the loop's thread.
  final void end() {
    ended = true;
    for (Attempt each : Set.copyOf(pending)) {
      each.settle(Fault.ENDED);
    }
  }

  /// Everything in it runs on the loop's thread.
  abstract class Attempt {
    final InetSocketAddress remote;
    private final Duration patience;
    private final Consumer<Answer> sink;
    private long started;
    private @Nullable Channel channel;
    private @Nullable Future<?> timer;
    private boolean settled;

    Attempt(InetSocketAddress remote, Duration patience, Consumer<Answer> sink) {
      this.remote = remote;
      this.patience = patience;
      this.sink = sink;
    }

    abstract Protocol protocol();

    abstract Channel open(SocketProtocolFamily family);

    /// Registers the channel and sends the first packet.
    abstract void begin(Channel channel);

    final void start() {
      started = System.nanoTime();
      if (ended) {
        settle(Fault.ENDED);
        return;
      }
      pending.add(this);
      guarded(() -> {
        // Of the address family itself: on a dual-stack one, IPv4 errors arrive in IPv6 dress.
        Channel made =
            open(
                Family.of(remote.getAddress()) == Family.IPV4
                    ? SocketProtocolFamily.INET
                    : SocketProtocolFamily.INET6);
        channel = made;
        begin(made);
        if (!settled) {
          timer = loop.schedule(this::lookOnceMore, patience.toNanos(), TimeUnit.NANOSECONDS);
        }
      });
    }

    /// What comes out of it is never lost on the loop.
    final void guarded(Runnable step) {
      try {
        step.run();
      } catch (ChannelException e) {
        failed(e, true);
      } catch (RuntimeException | LinkageError e) {
        settle(Fault.broken(e));
      }
    }

    /// The loop may have stood still until long after the answer came: it takes in what the kernel
    /// has before it comes to this timer.
    private void lookOnceMore() {
      timer = loop.schedule(() -> settle(Outcome.SILENT), 1, TimeUnit.MILLISECONDS);
    }

    /// @param immediate the call itself failed, before any packet could be answered
    final void failed(Throwable cause, boolean immediate) {
      Errno errno = WireErrors.errno(cause);
      settle(
          errno == null
              ? WireErrors.unknown(cause)
              : WireErrors.outcome(
                  new WireErrors.Failure(
                      protocol(),
                      remote.getAddress(),
                      null,
                      errno.number(),
                      immediate,
                      Optional.empty(),
                      false)));
    }

    final void settle(Outcome outcome) {
      if (settled) {
        return;
      }
      settled = true;
      pending.remove(this);
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
