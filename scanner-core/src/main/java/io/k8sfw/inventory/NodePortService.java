package io.k8sfw.inventory;

import io.k8sfw.model.Protocol;

/// A Service that exists, and the port that every node forwards for it.
///
/// @param name `namespace/name`
/// @param nodePort 1..65535
public record NodePortService(String name, Protocol protocol, int nodePort) {}
