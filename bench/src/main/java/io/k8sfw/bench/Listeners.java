package io.k8sfw.bench;

import io.k8sfw.probes.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Services on every address of a namespace, for IPv4 and IPv6. They accept, say nothing, and close
/// when the other side does; or they hang: nobody accepts.
final class Listeners implements AutoCloseable {
  /// `net.core.somaxconn`'s default: the kernel allows no more.
  private static final int BACKLOG = 4096;

  private final List<ServerSocketChannel> hung = new ArrayList<>();
  private final List<SocketChannel> waiting = new ArrayList<>();
  private final Selector selector;
  private final Thread thread;
  private volatile boolean closing;

  Listeners(Path namespace, Collection<Integer> ports) throws IOException, InterruptedException {
    this.selector = Selector.open();
    this.thread = Thread.ofPlatform().daemon().name("listeners").unstarted(this::serve);
    inside(
        namespace,
        () -> {
          for (int port : ports) {
            ServerSocketChannel channel = bound(new InetSocketAddress(port), BACKLOG);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_ACCEPT);
          }
        });
    thread.start();
  }

  /// Listeners that never accept, one an address.
  ///
  /// @param full whether their queues are full already
  void hang(Path namespace, List<String> addresses, int port, int backlog, boolean full)
      throws IOException, InterruptedException {
    inside(
        namespace,
        () -> {
          for (String address : addresses) {
            InetSocketAddress end = new InetSocketAddress(InetAddress.ofLiteral(address), port);
            hung.add(bound(end, backlog));
            // One more than the backlog is let in (`sk_acceptq_is_full`, include/net/sock.h).
            for (int i = 0; full && i <= backlog; i++) {
              waiting.add(SocketChannel.open(end));
            }
          }
        });
  }

  private static ServerSocketChannel bound(InetSocketAddress end, int backlog) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
    channel.bind(end, backlog);
    return channel;
  }

  interface Work {
    void run() throws IOException;
  }

  /// Runs `work` on a thread that belongs to a namespace.
  static void inside(Path namespace, Work work) throws IOException, InterruptedException {
    List<IOException> failures = new ArrayList<>();
    Thread binder =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try (NetworkNamespace net = NetworkNamespace.open(namespace)) {
                net.enter();
                work.run();
              } catch (IOException e) {
                failures.add(e);
              }
            });
    binder.join();
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }

  private void serve() {
    ByteBuffer rubbish = ByteBuffer.allocate(4096);
    while (!closing) {
      try {
        selector.select(key -> {
          if (key.isValid() && key.isAcceptable()) {
            accept((ServerSocketChannel) key.channel());
          } else if (key.isValid()) {
            read((SocketChannel) key.channel(), rubbish);
          }
        });
      } catch (IOException e) {
        throw new IllegalStateException("epoll_wait on our own listeners fails", e);
      }
    }
  }

  private void accept(ServerSocketChannel listener) {
    try {
      for (SocketChannel c = listener.accept(); c != null; c = listener.accept()) {
        c.configureBlocking(false);
        c.register(selector, SelectionKey.OP_READ);
      }
    } catch (IOException _) {
      // Reset before it was accepted: a prober's way to go.
    }
  }

  private static void read(SocketChannel channel, ByteBuffer rubbish) {
    try {
      if (channel.read(rubbish.clear()) < 0) {
        channel.close();
      }
    } catch (IOException _) {
      try {
        channel.close();
      } catch (IOException _) {
        // It is gone either way.
      }
    }
  }

  @Override
  public void close() throws IOException {
    closing = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    for (SelectionKey key : selector.keys()) {
      key.channel().close();
    }
    selector.close();
    for (SocketChannel channel : waiting) {
      channel.close();
    }
    for (ServerSocketChannel channel : hung) {
      channel.close();
    }
  }
}
