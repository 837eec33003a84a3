package io.k8sfw.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What truly becomes of a connection attempt.
enum Fate {
  OPEN(Kind.OPEN, "accept"),
  CLOSED(Kind.CLOSED, "accept"),
  DROPPED(Kind.BLOCKED, "drop"),
  /// Looks the same as closed from outside, to the last bit.
  RESET(Kind.CLOSED, "reject with tcp reset"),

  /// A listener that accepts no more: its queue is full, so the kernel drops attempts. No firewall.
  HUNG(Kind.OPEN, "accept"),

  NET_UNREACHABLE(Kind.BLOCKED, "reject with icmp net-unreachable", "net-unreachable"),
  HOST_UNREACHABLE(Kind.BLOCKED, "reject with icmp host-unreachable", "host-unreachable"),
  PROTO_UNREACHABLE(Kind.BLOCKED, "reject with icmp prot-unreachable", "proto-unreachable"),
  PORT_UNREACHABLE(Kind.BLOCKED, "reject with icmp port-unreachable", "port-unreachable"),
  NET_PROHIBITED(Kind.BLOCKED, "reject with icmp net-prohibited", "net-prohibited"),
  HOST_PROHIBITED(Kind.BLOCKED, "reject with icmp host-prohibited", "host-prohibited"),
  ADMIN_PROHIBITED(Kind.BLOCKED, "reject with icmp admin-prohibited", "admin-prohibited"),

  NO_ROUTE_6(Kind.BLOCKED, "reject with icmpv6 no-route", "net-unreachable"),
  ADMIN_PROHIBITED_6(Kind.BLOCKED, "reject with icmpv6 admin-prohibited", "admin-prohibited"),
  ADDRESS_UNREACHABLE_6(Kind.BLOCKED, "reject with icmpv6 addr-unreachable", "host-unreachable"),
  PORT_UNREACHABLE_6(Kind.BLOCKED, "reject with icmpv6 port-unreachable", "port-unreachable"),
  POLICY_FAIL_6(Kind.BLOCKED, "reject with icmpv6 policy-fail", "admin-prohibited"),
  REJECT_ROUTE_6(Kind.BLOCKED, "reject with icmpv6 reject-route", "net-prohibited");

  /// What a prober can tell apart at the most.
  enum Kind {
    OPEN,
    CLOSED,
    BLOCKED
  }

  private final Kind kind;
  private final String statement;
  private final Optional<String> reason;

  Fate(Kind kind, String statement) {
    this(kind, statement, Optional.empty());
  }

  Fate(Kind kind, String statement, String reason) {
    this(kind, statement, Optional.of(reason));
  }

  Fate(Kind kind, String statement, Optional<String> reason) {
    this.kind = kind;
    this.statement = statement;
    this.reason = reason;
  }

  Kind kind() {
    return kind;
  }

  /// For nft.
  String statement() {
    return statement;
  }

  /// The reason that a report gives for it; empty where there is no ICMP in it.
  Optional<String> reason() {
    return reason;
  }

  boolean isIpv6() {
    return name().endsWith("_6");
  }

  static List<Fate> rejections() {
    return Arrays.stream(values()).filter(f -> f.reason.isPresent()).toList();
  }
}
