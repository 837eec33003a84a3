package io.k8sfw.observation;

import java.net.InetAddress;

/// What came of sending datagrams of an overlay from a vantage point to a node: of one direction,
/// and of that only.
///
/// @param node whose device it is
/// @param address of the node, outside the overlay
/// @param port UDP, where the node's overlay device takes datagrams
/// @param sent datagrams, at least 1
/// @param left how many of them the vantage point's own machine saw leave, after its firewall; -1
///   where nobody could look
/// @param arrived how many the node saw arrive, before its firewall; -1 where nobody could look
/// @param delivered how many came out of the node's overlay device; for [Means#BURSTS] by how much
///   its counter of datagrams rose while they were sent; -1 where nobody could look
/// @param answered how many got an answer
/// @param chance for [Means#BURSTS]: how likely the counter rises as it did although none was
///   delivered, 0..1; 1 for others
public record OverlayReport(
    String vantage,
    String node,
    InetAddress address,
    int port,
    Means means,
    int sent,
    int left,
    int arrived,
    int delivered,
    int answered,
    double chance) {
  /// How it was tried.
  public enum Means {
    /// A datagram between the overlay addresses of both, by the route that pods' packets take: the
    /// node's agent heard it, and answered.
    ECHO,
    /// A datagram in the overlay's own form, whose inner packet is for a free port of the node: its
    /// kernel answers with port unreachable.
    ENCAPSULATED,
    /// Datagrams that mean nothing, sent in some periods and not in others, while the node counts.
    BURSTS
  }

  /// An error of the counter's test that is accepted: one in a thousand.
  private static final double LEVEL = 0.001;

  /// Whether one of them is known to have come out of the overlay device; for bursts see
  /// [#movesCounter].
  public boolean cameThrough() {
    return means != Means.BURSTS && (delivered > 0 || answered > 0);
  }

  /// Whether these were bursts, and the node's counter rose with them rather than by accident.
  public boolean movesCounter() {
    return means == Means.BURSTS && chance <= LEVEL;
  }
}
