package io.k8sfw.kubernetes;

import java.util.Optional;

/// A place that an agent in a pod is to be at.
///
/// @param name of the vantage point
/// @param node the cluster's name of the node; empty for any that the scheduler picks
/// @param onHost whether the pod shares the node's network, and so stands for the node; else it is
///   on the pod network
public record PodPlace(String name, Optional<String> node, boolean onHost) {
  public PodPlace {
    if (onHost && node.isEmpty()) {
      throw new IllegalArgumentException("the network of which node? " + name);
    }
  }
}
