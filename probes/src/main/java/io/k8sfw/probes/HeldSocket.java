package io.k8sfw.probes;

import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Channel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// A socket on a port of this machine that knows some tokens, and tells whoever says one a nonce.
/// Lets go of its port by itself after a while, whatever becomes of its holder.
abstract sealed class HeldSocket<C extends Channel> implements Witness
    permits HeldPort, HeldDatagramPort {
  private static final Duration LIFE = Duration.ofSeconds(15);

  /// Longer than a closed socket takes to let go of its waiting thread.
  private static final Duration RELEASE = Duration.ofSeconds(2);

  /// Of tokens and nonces.
  static final int DIGITS = 32;

  static final SecureRandom RANDOM = new SecureRandom();

  private final C channel;
  private final Set<String> tokens;
  private final String nonce = Challenge.random(RANDOM);
  private final Map<String, InetAddress> seen = new ConcurrentHashMap<>();
  private final Thread serving = Thread.ofVirtual().unstarted(this::serveForAWhile);

  HeldSocket(C channel, Set<String> tokens) {
    this.channel = channel;
    this.tokens = Set.copyOf(tokens);
  }

  /// Takes a port.
  interface Bind {
    void bind(InetSocketAddress address) throws IOException;
  }

  /// Takes the port in the calling thread's network namespace, and serves it.
  ///
  /// @throws java.net.BindException where it cannot be taken
  final void start(InetSocketAddress address, Bind bind) throws IOException {
    try {
      bind.bind(address);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    serving.start();
  }

  private void serveForAWhile() {
    try (channel) {
      serve(channel, System.nanoTime() + LIFE.toNanos());
    } catch (IOException _) {
      // Nobody came in time, or the port was let go of.
    }
  }

  /// Answers until `deadline`, of [System#nanoTime].
  ///
  /// @throws IOException when the time is over or the channel was closed
  abstract void serve(C channel, long deadline) throws IOException;

  /// For a socket's timeout, which takes no 0 for "not at all".
  static int millisUntil(long deadline) throws IOException {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    if (left <= 0) {
      throw new IOException("its time is over");
    }
    return (int) left;
  }

  /// Whether it is one of those that were told; `from` is remembered for it then.
  final boolean isKnown(String token, InetAddress from) {
    boolean known = tokens.contains(token);
    if (known) {
      seen.put(token, from);
    }
    return known;
  }

  @Override
  public final String nonce() {
    return nonce;
  }

  @Override
  public final Optional<InetAddress> seenFrom(String token) {
    return Optional.ofNullable(seen.get(token));
  }

  @Override
  public final boolean holds() {
    return channel.isOpen() && serving.isAlive();
  }

  /// Returns when the port is free again: the kernel keeps it while a thread still waits on it.
  @Override
  public final void close() {
    try {
      channel.close();
      serving.join(RELEASE);
    } catch (IOException _) {
      // Nothing is on its way any more.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
