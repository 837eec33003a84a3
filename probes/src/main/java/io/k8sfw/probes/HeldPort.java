package io.k8sfw.probes;

import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// A listening socket that says its nonce to those who say a token first. Lets go of its port by
/// itself after a while, whatever becomes of its holder.
final class HeldPort implements Witness {
  static final Duration LIFE = Duration.ofSeconds(15);

  /// Longer than a closed socket takes to let go of its waiting thread.
  static final Duration RELEASE = Duration.ofSeconds(2);

  /// Of tokens and nonces.
  static final int DIGITS = 32;

  private static final int BACKLOG = 64;

  /// Who connects and says nothing is not waited for.
  private static final int PATIENCE_MILLIS = 1000;

  /// Connections at a time; more are hung up on.
  private static final int AT_ONCE = 64;

  static final SecureRandom RANDOM = new SecureRandom();

  private final ServerSocketChannel server;
  private final Set<String> tokens;
  private final String nonce = Challenge.random(RANDOM);
  private final Map<String, InetAddress> seen = new ConcurrentHashMap<>();
  private final Set<Socket> peers = ConcurrentHashMap.newKeySet();
  private final Thread serving = Thread.ofVirtual().unstarted(this::serve);

  private HeldPort(ServerSocketChannel server, Set<String> tokens) {
    this.server = server;
    this.tokens = Set.copyOf(tokens);
  }

  /// Takes the port in the calling thread's network namespace.
  ///
  /// @throws java.net.BindException where it cannot be taken
  static HeldPort hold(InetSocketAddress address, Set<String> tokens) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(SocketVantage.family(address));
    try {
      server.bind(address, BACKLOG);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    HeldPort held = new HeldPort(server, tokens);
    held.serving.start();
    return held;
  }

  /// Ends when the port is let go of, or when its time is over.
  private void serve() {
    long deadline = System.nanoTime() + LIFE.toNanos();
    try (server) {
      for (long left = LIFE.toMillis(); left > 0; left = millisUntil(deadline)) {
        server.socket().setSoTimeout((int) left);
        Socket peer = server.socket().accept();
        if (peers.size() < AT_ONCE) {
          peers.add(peer);
          Thread.ofVirtual().start(() -> answer(peer));
        } else {
          peer.close();
        }
      }
    } catch (IOException _) {
      // Nobody came in time, or the port was let go of.
    } finally {
      peers.forEach(HeldPort::hangUp);
    }
  }

  private void answer(Socket peer) {
    try (peer) {
      peer.setSoTimeout(PATIENCE_MILLIS);
      byte[] said = peer.getInputStream().readNBytes(DIGITS);
      String token = new String(said, StandardCharsets.US_ASCII);
      if (tokens.contains(token)) {
        seen.put(token, peer.getInetAddress());
        // Fits any socket's send buffer: never blocks on a peer that does not read.
        peer.getOutputStream().write(nonce.getBytes(StandardCharsets.US_ASCII));
        // Whoever hangs up first keeps the port in TIME_WAIT (RFC 9293, section 3.6): not us.
        var _ = peer.getInputStream().read();
      }
    } catch (IOException _) {
      // The peer went away; others may come.
    } finally {
      peers.remove(peer);
    }
  }

  private static void hangUp(Socket peer) {
    try {
      peer.setSoLinger(true, 0);
      peer.close();
    } catch (IOException _) {
      // Gone already.
    }
  }

  static long millisUntil(long deadline) {
    return TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
  }

  @Override
  public String nonce() {
    return nonce;
  }

  @Override
  public Optional<InetAddress> seenFrom(String token) {
    return Optional.ofNullable(seen.get(token));
  }

  @Override
  public boolean holds() {
    return server.isOpen() && serving.isAlive();
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
