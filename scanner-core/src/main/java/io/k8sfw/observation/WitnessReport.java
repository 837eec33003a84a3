package io.k8sfw.observation;

import io.k8sfw.model.Protocol;
import java.net.InetAddress;
import java.util.Optional;

/// What came of holding a free port for a moment and asking it from the vantage point.
///
/// @param attempts connects or datagrams, at least 1
/// @param seenFrom the source address that the target saw, where anything arrived
/// @param arrived the target saw a datagram of ours arrive on that very port, before its firewall
///   had a say
public record WitnessReport(
    String vantage,
    InetAddress address,
    Protocol protocol,
    int port,
    Hearing hearing,
    int attempts,
    Optional<InetAddress> seenFrom,
    boolean arrived) {
  /// How far a question came.
  public enum Hearing {
    /// The nonce came back.
    ANSWERED,
    /// The witness got a datagram of ours, and its answer did not come back.
    RECEIVED,
    /// The witness got nothing.
    UNHEARD
  }

  public boolean heard() {
    return hearing == Hearing.ANSWERED;
  }
}
