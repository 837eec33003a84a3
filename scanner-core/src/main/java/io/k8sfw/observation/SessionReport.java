package io.k8sfw.observation;

import java.net.InetAddress;

/// An established TCP session between a vantage point and an address, which stood before the batch
/// and after it, as the socket tables of the machines tell. No packet was sent to learn of it.
///
/// @param port of [SocketTable#SESSION_PORTS], at the end that was connected to
/// @param outward the vantage point's machine connected to the address: its way there is open. Else
///   the other way round, which says nothing of that way, for replies pass where openings may not
/// @param bothEnds the machine that has the address tells of it too, and knows the vantage point by
///   the same address
public record SessionReport(
    String vantage, InetAddress address, int port, boolean outward, boolean bothEnds) {}
