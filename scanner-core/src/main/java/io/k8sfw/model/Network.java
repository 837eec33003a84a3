package io.k8sfw.model;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Optional;

/// Addresses that begin with the same bits (RFC 4632, RFC 4291 section 2.3).
///
/// @param address with zeros after its first `bits`
/// @param bits 0..32, or 0..128 for IPv6
public record Network(InetAddress address, int bits) {
  /// @param text such as `10.244.0.0/16` or `fd44::/16`
  /// @return empty where it is none, or has bits beyond its length
  public static Optional<Network> parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2
        || !parts[0].matches("[0-9A-Fa-f:.]{2,45}")
        || !parts[1].matches("0|[1-9][0-9]{0,2}")) {
      return Optional.empty();
    }
    try {
      Network network = new Network(InetAddress.ofLiteral(parts[0]), Integer.parseInt(parts[1]));
      boolean mapped = parts[0].contains(":") && network.address() instanceof Inet4Address;
      boolean fits = network.bits() <= 8 * network.address().getAddress().length;
      return !mapped && fits && network.isAligned() ? Optional.of(network) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private boolean isAligned() {
    byte[] bytes = address.getAddress();
    for (int bit = bits; bit < 8 * bytes.length; bit++) {
      if (isSet(bytes, bit)) {
        return false;
      }
    }
    return true;
  }

  public boolean contains(InetAddress other) {
    byte[] ours = address.getAddress();
    byte[] theirs = other.getAddress();
    boolean same = ours.length == theirs.length;
    for (int bit = 0; same && bit < bits; bit++) {
      same = isSet(ours, bit) == isSet(theirs, bit);
    }
    return same;
  }

  private static boolean isSet(byte[] bytes, int bit) {
    return (bytes[bit / 8] >> (7 - bit % 8) & 1) == 1;
  }

  /// `10.244.0.0/16`.
  @Override
  public String toString() {
    return AddressText.of(address) + "/" + bits;
  }
}
