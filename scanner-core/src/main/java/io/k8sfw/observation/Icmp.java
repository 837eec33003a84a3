package io.k8sfw.observation;

import io.k8sfw.model.AddressText;
import java.net.InetAddress;

/// An ICMP error that answered a probe.
///
/// @param type ICMP or ICMPv6 type (RFC 792, RFC 4443), 0..255
/// @param code 0..255
/// @param from the box that sent it, as its packet says: the target itself or one on the way
public record Icmp(int type, int code, InetAddress from) {
  @Override
  public String toString() {
    return "ICMP " + type + "/" + code + " from " + AddressText.of(from);
  }
}
