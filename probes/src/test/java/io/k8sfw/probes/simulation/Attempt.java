package io.k8sfw.probes.simulation;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Protocol;
import io.k8sfw.probes.wire.Outcome;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// One line of the wire's ledger: what was sent, and what became of it. Times are the timeline's.
final class Attempt {
  final Protocol protocol;
  final InetAddress address;
  final int port;
  final int source;
  final long sent;
  final long patience;

  /// Packets that left; none where this machine itself failed.
  int packets;

  long lastPacket;

  /// Packets that came to a listener with room for them.
  int connects;

  /// When a SYN-ACK or reset came back, be it too late; or never.
  long answered = Long.MAX_VALUE;

  /// The end, as the prober told it; null while under way.
  @Nullable Outcome outcome;

  long settled = Long.MAX_VALUE;

  Attempt(Protocol protocol, InetAddress address, int port, int source, long sent, long patience) {
    this.protocol = protocol;
    this.address = address;
    this.port = port;
    this.source = source;
    this.sent = sent;
    this.patience = patience;
  }

  long deadline() {
    return sent + patience;
  }

  boolean over() {
    return outcome != null;
  }

  @Override
  public String toString() {
    return AddressText.of(address)
        + " "
        + protocol
        + "/"
        + port
        + " at "
        + sent / 1_000_000
        + " ms: "
        + outcome;
  }
}
