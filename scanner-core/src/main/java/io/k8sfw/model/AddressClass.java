package io.k8sfw.model;

/// What an address of a node is for.
public enum AddressClass {
  /// The node's own address inside the cluster's network.
  INTERNAL,
  /// An address that the world outside uses.
  EXTERNAL,
  /// The node's end of the pod network's tunnel, such as flannel.1's.
  OVERLAY,
  /// An address of the pod network that is on the node.
  POD;

  /// The word of matrix and inventory files.
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
