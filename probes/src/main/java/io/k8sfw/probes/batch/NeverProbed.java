package io.k8sfw.probes.batch;

import io.k8sfw.model.AddressText;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;

/// Addresses that nothing is ever sent to, whoever orders it: what answers there is not a node, or
/// is everybody.
public final class NeverProbed {
  private NeverProbed() {}

  /// @param loopbackToo the order is about nothing but this machine itself
  /// @return why not; empty where it may be probed
  public static Optional<String> because(InetAddress address, boolean loopbackToo) {
    return kind(address, loopbackToo)
        .map(kind -> "refused to probe " + AddressText.of(address) + ": " + kind);
  }

  private static Optional<String> kind(InetAddress address, boolean loopbackToo) {
    if (address.isMulticastAddress()) {
      return Optional.of("a multicast address");
    }
    if (address.isAnyLocalAddress() || isThisNetwork(address)) {
      return Optional.of("no address of a machine");
    }
    if (isBroadcast(address)) {
      return Optional.of("the broadcast address");
    }
    if (address.isLinkLocalAddress()) {
      return Optional.of("a link-local address, where clouds serve instance metadata");
    }
    return address.isLoopbackAddress() && !loopbackToo
        ? Optional.of("a loopback address, which is this machine itself")
        : Optional.empty();
  }

  /// 0.0.0.0/8 (RFC 1122 section 3.2.1.3); Linux takes 0.0.0.0 for itself.
  private static boolean isThisNetwork(InetAddress address) {
    return address instanceof Inet4Address && address.getAddress()[0] == 0;
  }

  private static boolean isBroadcast(InetAddress address) {
    return address instanceof Inet4Address && address.hashCode() == 0xffffffff;
  }
}
