package io.k8sfw.observation;

import io.k8sfw.model.Family;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// A device of a node that takes packets out of datagrams which other nodes send it, and can be
/// spoken to from anywhere that reaches its UDP port: none of them authenticates anybody.
///
/// @param name such as `flannel.1`
/// @param index of the interface on its node; 0 where nobody asked the node
/// @param vni of a vxlan (RFC 7348 section 5), 0..16777215; 0 for others
/// @param mac hardware address of a vxlan device, 12 hex digits; empty for others
/// @param port the UDP port that its datagrams arrive at
/// @param outer what carries them
/// @param addresses its own, inside the overlay
public record OverlayDevice(
    String name,
    int index,
    Kind kind,
    int vni,
    String mac,
    int port,
    Family outer,
    List<InetAddress> addresses) {
  /// What an overlay's datagrams look like.
  public enum Kind {
    /// Ethernet frames behind a header of 8 bytes (RFC 7348 section 5).
    VXLAN,
    /// Bare IPv4 packets, as flannel's `udp` backend sends them (flannel,
    /// `pkg/backend/udp/proxy_amd64.c`).
    FLANNEL_UDP
  }

  /// @throws IllegalArgumentException where no datagram can be made of it
  public OverlayDevice {
    boolean sound =
        vni >= 0
            && vni < 1 << 24
            && port > 0
            && port < 1 << 16
            && mac.matches(kind == Kind.VXLAN ? "[0-9a-f]{12}" : "");
    if (!sound) {
      throw new IllegalArgumentException("no overlay device: " + name);
    }
    addresses = List.copyOf(addresses);
  }

  /// Its first address of a family.
  public Optional<InetAddress> address(Family family) {
    return addresses.stream().filter(a -> Family.of(a) == family).findFirst();
  }
}
