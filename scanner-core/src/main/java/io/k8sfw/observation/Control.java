package io.k8sfw.observation;

import java.net.InetAddress;

/// A probe whose outcome is known beforehand: it tells whether the others of its vantage point may
/// be believed.
///
/// @param port the port that was asked; 0 where every port of the batch counted
/// @param holds it came out as it must
/// @param detail what came back, in our words
public record Control(
    String vantage,
    InetAddress address,
    Kind kind,
    Phase phase,
    int port,
    boolean holds,
    String detail) {
  /// What a control proves.
  public enum Kind {
    /// The address answers us: silence elsewhere on it means something.
    POSITIVE,
    /// The node saw our connection attempt arrive, whatever its firewall then did with it: silence
    /// means something even where the address answers nobody.
    ARRIVAL,
    /// The same with a datagram.
    DATAGRAM,
    /// Our connection attempts were seen leaving our own machine, after its firewall had its say:
    /// silence and refusals are not its doing. Where one was not seen, what it speaks for is
    /// unmeasured already.
    DEPARTURE,
    /// The node saw our connection attempt to an open port arrive: what answers is behind it, and
    /// no other machine that the way leads to.
    ANSWERER,
    /// A port that nobody offers does not connect: nothing on the way accepts everything.
    NEGATIVE
  }

  /// When it was sent, seen from the batch it guards.
  public enum Phase {
    BEFORE,
    DURING,
    AFTER
  }
}
