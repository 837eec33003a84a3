package io.k8sfw.probes;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A listening socket that says its nonce to those who say a token first.
final class HeldPort extends HeldSocket<ServerSocketChannel> {
  private static final int BACKLOG = 64;

  /// Who connects and says nothing is not waited for.
  private static final int PATIENCE_MILLIS = 1000;

  /// Connections at a time; more are hung up on.
  private static final int AT_ONCE = 64;

  private final Set<Socket> peers = ConcurrentHashMap.newKeySet();

  private HeldPort(ServerSocketChannel server, Set<String> tokens) {
    super(server, tokens);
  }

  /// Takes the port in the calling thread's network namespace.
  ///
  /// @throws java.net.BindException where it cannot be taken
  static HeldPort hold(InetSocketAddress address, Set<String> tokens) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(SocketVantage.family(address));
    HeldPort held = new HeldPort(server, tokens);
    held.start(address, at -> server.bind(at, BACKLOG));
    return held;
  }

  @Override
  void serve(ServerSocketChannel server, long deadline) throws IOException {
    try {
      while (true) {
        server.socket().setSoTimeout(millisUntil(deadline));
        Socket peer = server.socket().accept();
        if (peers.size() < AT_ONCE) {
          peers.add(peer);
          Thread.ofVirtual().start(() -> answer(peer));
        } else {
          peer.close();
        }
      }
    } finally {
      peers.forEach(HeldPort::hangUp);
    }
  }

  private void answer(Socket peer) {
    try (peer) {
      peer.setSoTimeout(PATIENCE_MILLIS);
      byte[] said = peer.getInputStream().readNBytes(DIGITS);
      if (isKnown(new String(said, StandardCharsets.US_ASCII), peer.getInetAddress())) {
        // Fits any socket's send buffer: never blocks on a peer that does not read.
        peer.getOutputStream().write(nonce().getBytes(StandardCharsets.US_ASCII));
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
}
