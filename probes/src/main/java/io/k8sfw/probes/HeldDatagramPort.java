package io.k8sfw.probes;

import io.k8sfw.probes.linux.Challenge;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/// A UDP socket that answers a [Challenge] whose token it knows with its nonce, which is shorter,
/// and nothing else with anything: of no use to whoever forges addresses.
final class HeldDatagramPort extends HeldSocket<DatagramChannel> {
  /// To everybody together: more than all attempts of all askers.
  private static final int MOST_ANSWERS = 4096;

  private HeldDatagramPort(DatagramChannel channel, Set<String> tokens) {
    super(channel, tokens);
  }

  /// Takes the port in the calling thread's network namespace: all of it or nothing, since no
  /// address reuse is asked for (socket(7), SO_REUSEADDR).
  ///
  /// @throws java.net.BindException where it cannot be taken
  static HeldDatagramPort hold(InetSocketAddress address, Set<String> tokens) throws IOException {
    DatagramChannel channel = DatagramChannel.open(SocketVantage.family(address));
    HeldDatagramPort held = new HeldDatagramPort(channel, tokens);
    held.start(address, channel::bind);
    return held;
  }

  @Override
  void serve(DatagramChannel channel, long deadline) throws IOException {
    DatagramSocket socket = channel.socket();
    byte[] answer = nonce().getBytes(StandardCharsets.US_ASCII);
    DatagramPacket packet = new DatagramPacket(new byte[2 * Challenge.LENGTH], 0);
    int answers = 0;
    while (answers < MOST_ANSWERS) {
      socket.setSoTimeout(millisUntil(deadline));
      packet.setLength(packet.getData().length);
      socket.receive(packet);
      if (isKnown(packet)) {
        answers++;
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    }
  }

  private boolean isKnown(DatagramPacket packet) {
    byte[] payload = Arrays.copyOf(packet.getData(), packet.getLength());
    return Challenge.in(payload, 0)
        .filter(c -> isKnown(c.token(), packet.getAddress()))
        .isPresent();
  }
}
