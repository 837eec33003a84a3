package io.k8sfw.model;

/// An IP protocol. Only TCP and UDP can be probed; rows for any other stay UNVERIFIED.
///
/// @param name `tcp`, `udp`, another IANA keyword in lower case, or a number 0..255
public record Protocol(String name) implements Comparable<Protocol> {
  public static final Protocol TCP = new Protocol("tcp");
  public static final Protocol UDP = new Protocol("udp");

  /// Whether a prober exists for it, which is the same as whether it has ports.
  public boolean hasPorts() {
    return equals(TCP) || equals(UDP);
  }

  @Override
  public int compareTo(Protocol other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
