package io.k8sfw.probes;

import io.k8sfw.vantage.Vantage.EchoPoint;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// A UDP socket that answers our datagrams and no others. Lets go of its port by itself after a
/// while, whatever becomes of its holder.
final class HeldEcho implements EchoPoint {
  private static final Duration LIFE = Duration.ofSeconds(15);

  /// What a peer makes it remember and send at the most.
  private static final int MOST_ANSWERS = 1024;

  private static final int FIRST_PORT = 49152;
  private static final int PORTS = 16384;
  private static final int TRIES = 16;

  private final DatagramChannel channel;
  private final int port;
  private final Set<String> heard = ConcurrentHashMap.newKeySet();

  private HeldEcho(DatagramChannel channel, int port) {
    this.channel = channel;
    this.port = port;
  }

  /// In the calling thread's network namespace.
  static Optional<EchoPoint> hold(InetAddress address, StandardProtocolFamily family)
      throws IOException {
    for (int i = 0; i < TRIES; i++) {
      DatagramChannel channel = DatagramChannel.open(family);
      int port = FIRST_PORT + RandomGenerator.getDefault().nextInt(PORTS);
      try {
        channel.bind(new InetSocketAddress(address, port));
        HeldEcho echo = new HeldEcho(channel, port);
        Thread.ofVirtual().start(echo::serve);
        return Optional.of(echo);
      } catch (BindException _) {
        // Taken, or not an address of ours.
        channel.close();
      }
    }
    return Optional.empty();
  }

  private void serve() {
    long deadline = System.nanoTime() + LIFE.toNanos();
    byte[] bytes = new byte[64];
    try (channel) {
      DatagramSocket socket = channel.socket();
      while (heard.size() < MOST_ANSWERS) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          return;
        }
        socket.setSoTimeout((int) left);
        DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
        socket.receive(packet);
        Optional<String> nonce = OverlayPayload.nonce(bytes, packet.getLength(), '?');
        if (nonce.isPresent() && heard.add(nonce.get())) {
          byte[] answer = OverlayPayload.answer(nonce.get());
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (SocketTimeoutException _) {
      // Its time is over.
    } catch (IOException _) {
      // It was let go of.
    }
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Set<String> heard() {
    return Set.copyOf(heard);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException _) {
      // A datagram socket has nothing to lose.
    }
  }
}
