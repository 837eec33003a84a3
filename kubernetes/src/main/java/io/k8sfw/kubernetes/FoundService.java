package io.k8sfw.kubernetes;

import java.util.List;
import java.util.Optional;

/// A port of a Service that nodes forward.
///
/// @param name `namespace/name`
/// @param protocol `tcp` or `udp`
/// @param policy its externalTrafficPolicy: `Cluster` or `Local`
/// @param endpointNodes those that have a ready endpoint; empty where that is not known
record FoundService(
    String name,
    int nodePort,
    String protocol,
    Optional<String> policy,
    Optional<List<String>> endpointNodes) {}
