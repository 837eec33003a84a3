package io.k8sfw.model;

import java.net.InetAddress;

/// Traffic from a vantage point to ports of one address: what is planned, probed and judged.
///
/// @param vantage name of the vantage point
/// @param node name of the node that has the address
/// @param type what the address is for
public record Flow(
    String vantage,
    String node,
    InetAddress address,
    AddressClass type,
    Protocol protocol,
    PortSet ports) {
  public Family family() {
    return Family.of(address);
  }
}
