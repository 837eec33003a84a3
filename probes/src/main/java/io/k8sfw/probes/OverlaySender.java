package io.k8sfw.probes;

import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.vantage.Vantage.Sent;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.concurrent.Callable;

/// Sends datagrams through overlays and waits for what becomes of them.
final class OverlaySender {
  /// Makes sockets where they belong.
  interface Place {
    <T> T there(Callable<T> work) throws IOException;
  }

  private final Place place;

  OverlaySender(Place place) {
    this.place = place;
  }

  /// By the routes of the machine.
  Sent echo(InetAddress from, InetSocketAddress to, List<String> nonces, int gapMillis)
      throws IOException {
    try (DatagramChannel channel = place.there(() -> DatagramChannel.open(family(from)))) {
      channel.bind(new InetSocketAddress(from, 0)).connect(to);
      int sent = 0;
      for (String nonce : nonces) {
        sent += send(channel, OverlayPayload.question(nonce)) ? 1 : 0;
        if (answers(channel.socket(), gapMillis)) {
          return new Sent(sent, true);
        }
      }
      return new Sent(sent, false);
    }
  }

  /// Waits for an answer to any question.
  private static boolean answers(DatagramSocket socket, int millis) throws IOException {
    byte[] bytes = new byte[64];
    long deadline = System.nanoTime() + millis * 1_000_000L;
    for (long left = millis; left > 0; left = (deadline - System.nanoTime()) / 1_000_000) {
      try {
        socket.setSoTimeout((int) left);
        DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
        socket.receive(packet);
        if (OverlayPayload.nonce(bytes, packet.getLength(), '!').isPresent()) {
          return true;
        }
      } catch (SocketTimeoutException | PortUnreachableException _) {
        // No answer is an answer too.
      }
    }
    return false;
  }

  /// As a stranger may: in datagrams that are made here.
  Sent knock(
      InetAddress node,
      OverlayDevice device,
      InetSocketAddress inner,
      List<String> nonces,
      int gapMillis)
      throws IOException {
    try (DatagramChannel outer = place.there(() -> DatagramChannel.open(family(node)));
        DatagramChannel own = place.there(() -> DatagramChannel.open(family(node)))) {
      outer.connect(new InetSocketAddress(node, device.port()));
      InetAddress me = ((InetSocketAddress) outer.getLocalAddress()).getAddress();
      own.bind(new InetSocketAddress(me, 0));
      InetSocketAddress from = (InetSocketAddress) own.getLocalAddress();
      boolean hears = connects(own, inner);
      int sent = 0;
      for (String nonce : nonces) {
        byte[] payload = OverlayPayload.question(nonce);
        sent += send(outer, OverlayPayload.wrapped(device, from, inner, payload)) ? 1 : 0;
        if (isRefused(own.socket(), gapMillis) && hears) {
          return new Sent(sent, true);
        }
      }
      return new Sent(sent, false);
    }
  }

  /// The kernel tells ICMP errors to connected sockets alone (udp(7)). Nothing is sent, but a route
  /// must exist; without one, the node's own sight must do.
  private static boolean connects(DatagramChannel channel, InetSocketAddress to) {
    try {
      channel.connect(to);
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean isRefused(DatagramSocket socket, int millis) throws IOException {
    try {
      socket.setSoTimeout(millis);
      socket.receive(new DatagramPacket(new byte[1], 1));
    } catch (PortUnreachableException _) {
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    }
    return false;
  }

  /// A burst, at once.
  void tickle(InetAddress node, OverlayDevice device, int count) throws IOException {
    try (DatagramChannel outer = place.there(() -> DatagramChannel.open(family(node)))) {
      outer.connect(new InetSocketAddress(node, device.port()));
      for (int i = 0; i < count; i++) {
        send(outer, OverlayPayload.inert(device));
      }
    }
  }

  /// Again where an ICMP error for an earlier datagram is told in place of sending (udp(7)).
  ///
  /// @return whether it left us; a firewall here says no
  private static boolean send(DatagramChannel channel, byte[] payload) {
    for (int attempt = 0; attempt < 2; attempt++) {
      try {
        channel.write(ByteBuffer.wrap(payload));
        return true;
      } catch (PortUnreachableException _) {
        // It is told once.
      } catch (IOException _) {
        return false;
      }
    }
    return false;
  }

  static StandardProtocolFamily family(InetAddress address) {
    return address.getAddress().length == 4
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }
}
