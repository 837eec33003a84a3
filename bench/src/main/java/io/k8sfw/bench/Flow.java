package io.k8sfw.bench;

/// A port of an address.
///
/// @param address as RFC 5952 writes it
record Flow(String address, int port) {
  @Override
  public String toString() {
    return (address.contains(":") ? "[" + address + "]:" : address + ":") + port;
  }
}
