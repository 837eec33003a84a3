package io.k8sfw.observation;

import java.util.Locale;

/// What came back, and so why a port has its state. nmap's words where it has them
/// (`portreasons.cc`).
public enum Reason {
  SYN_ACK,
  UDP_RESPONSE,
  RESET,
  NO_RESPONSE,
  PORT_UNREACHABLE,
  PROTO_UNREACHABLE,
  HOST_UNREACHABLE,
  NET_UNREACHABLE,
  ADMIN_PROHIBITED,
  HOST_PROHIBITED,
  NET_PROHIBITED;

  public static Reason of(String word) {
    return valueOf(word.replace('-', '_').toUpperCase(Locale.ROOT));
  }

  /// nmap's word, such as `syn-ack`.
  public String word() {
    return name().replace('_', '-').toLowerCase(Locale.ROOT);
  }
}
