package io.k8sfw.model;

/// The end of a vxlan, as an inventory declares it for a node that no agent can ask.
///
/// @param vni 0..16777215 (RFC 7348 section 5)
/// @param mac hardware address of the device, 12 hex digits: flannel writes it into the node's
///   annotation `flannel.alpha.coreos.com/backend-data` as VtepMAC
/// @param port UDP, 1..65535
public record Tunnel(int vni, String mac, int port) {
  /// Of Linux, unless told otherwise (`net.ipv4.vxlan`, flannel's default).
  public static final int DEFAULT_PORT = 8472;
}
