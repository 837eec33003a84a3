package io.k8sfw.probes;

import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A UDP socket that answers a [Challenge] whose token it knows with its nonce, which is shorter,
/// and nothing else with anything: of no use to whoever forges addresses. Lets go of its port by
/// itself after a while, whatever becomes of its holder.
final class HeldDatagramPort implements Witness {
  /// To everybody together: more than all attempts of all askers.
  private static final int MOST_ANSWERS = 4096;

  private final DatagramChannel channel;
  private final Set<String> tokens;
  private final String nonce = Challenge.random(HeldPort.RANDOM);
  private final Map<String, InetAddress> seen = new ConcurrentHashMap<>();
  private final Thread serving = Thread.ofVirtual().unstarted(this::serve);

  private HeldDatagramPort(DatagramChannel channel, Set<String> tokens) {
    this.channel = channel;
    this.tokens = Set.copyOf(tokens);
  }

  /// Takes the port in the calling thread's network namespace: all of it or nothing, since no
  /// address reuse is asked for (socket(7), SO_REUSEADDR).
  ///
  /// @throws java.net.BindException where it cannot be taken
  static HeldDatagramPort hold(InetSocketAddress address, Set<String> tokens) throws IOException {
    DatagramChannel channel = DatagramChannel.open(SocketVantage.family(address));
    try {
      channel.bind(address);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    HeldDatagramPort held = new HeldDatagramPort(channel, tokens);
    held.serving.start();
    return held;
  }

  /// Ends when the port is let go of, or when its time is over.
  private void serve() {
    long deadline = System.nanoTime() + HeldPort.LIFE.toNanos();
    byte[] answer = nonce.getBytes(StandardCharsets.US_ASCII);
    DatagramPacket packet = new DatagramPacket(new byte[2 * Challenge.LENGTH], 0);
    int answers = 0;
    try (channel) {
      for (long left = HeldPort.LIFE.toMillis();
          left > 0 && answers < MOST_ANSWERS;
          left = HeldPort.millisUntil(deadline)) {
        channel.socket().setSoTimeout((int) left);
        packet.setLength(packet.getData().length);
        channel.socket().receive(packet);
        if (isKnown(packet)) {
          answers++;
          channel
              .socket()
              .send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException _) {
      // Nobody came in time, or the port was let go of.
    }
  }

  private boolean isKnown(DatagramPacket packet) {
    byte[] payload = Arrays.copyOf(packet.getData(), packet.getLength());
    Optional<Challenge> challenge =
        Challenge.in(payload, 0).filter(c -> tokens.contains(c.token()));
    challenge.ifPresent(c -> seen.put(c.token(), packet.getAddress()));
    return challenge.isPresent();
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
    return channel.isOpen() && serving.isAlive();
  }

  @Override
  public void close() {
    try {
      channel.close();
      serving.join(HeldPort.RELEASE);
    } catch (IOException _) {
      // Nothing is on its way any more.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
