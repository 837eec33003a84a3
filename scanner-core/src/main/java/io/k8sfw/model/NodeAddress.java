package io.k8sfw.model;

import java.net.InetAddress;

/// One address of a node, and what it is for.
public record NodeAddress(InetAddress address, AddressClass type) {
  public Family family() {
    return Family.of(address);
  }
}
