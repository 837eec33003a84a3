package io.k8sfw.observation;

import java.net.InetAddress;
import java.util.Optional;

/// What came of holding a free TCP port for a moment and connecting to it from the vantage point.
///
/// @param heard the connection arrived and the nonce came back
/// @param attempts connects made, at least 1
/// @param seenFrom the source address that the target saw, where one arrived
public record WitnessReport(
    String vantage,
    InetAddress address,
    int port,
    boolean heard,
    int attempts,
    Optional<InetAddress> seenFrom) {}
