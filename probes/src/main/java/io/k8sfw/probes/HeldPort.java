package io.k8sfw.probes;

import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A listening socket that says its nonce and hangs up. Lets go of its port by itself after a
/// while, whatever becomes of its holder.
final class HeldPort implements Witness {
  private static final Duration LIFE = Duration.ofSeconds(15);
  private static final int BACKLOG = 4;

  /// Longer than a closed socket takes to let go of its waiting thread.
  private static final Duration RELEASE = Duration.ofSeconds(2);

  private static final SecureRandom RANDOM = new SecureRandom();

  private final ServerSocketChannel server;
  private final String nonce;
  private final Thread serving;
  private volatile @Nullable InetAddress seenFrom;

  private HeldPort(ServerSocketChannel server, String nonce) {
    this.server = server;
    this.nonce = nonce;
    this.serving = Thread.ofVirtual().unstarted(this::serve);
  }

  /// Takes the port in the calling thread's network namespace.
  ///
  /// @throws java.net.BindException where it cannot be taken
  static HeldPort hold(InetSocketAddress address) throws IOException {
    boolean v6 = address.getAddress() instanceof Inet6Address;
    ServerSocketChannel server =
        ServerSocketChannel.open(v6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
    try {
      server.bind(address, BACKLOG);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    byte[] random = new byte[16];
    RANDOM.nextBytes(random);
    HeldPort held = new HeldPort(server, HexFormat.of().formatHex(random));
    held.serving.start();
    return held;
  }

  /// Ends when the port is let go of, or when its time is over.
  private void serve() {
    long deadline = System.nanoTime() + LIFE.toNanos();
    try (server) {
      for (long left = LIFE.toMillis(); left > 0; left = millisUntil(deadline)) {
        server.socket().setSoTimeout((int) left);
        answer(server.socket().accept());
      }
    } catch (IOException _) {
      // Nobody came in time, or the port was let go of.
    }
  }

  private void answer(Socket accepted) {
    try (Socket peer = accepted) {
      seenFrom = peer.getInetAddress();
      // Fits any socket's send buffer: never blocks on a peer that does not read.
      peer.getOutputStream().write(nonce.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException _) {
      // The peer went away; others may come.
    }
  }

  private static long millisUntil(long deadline) {
    return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
  }

  @Override
  public String nonce() {
    return nonce;
  }

  @Override
  public Optional<InetAddress> seenFrom() {
    return Optional.ofNullable(seenFrom);
  }

  /// Returns when the port is free again: the kernel keeps it while a thread still waits on it.
  @Override
  public void close() {
    try {
      server.close();
      serving.join(RELEASE);
    } catch (IOException _) {
      // A listening socket has nothing to lose.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
