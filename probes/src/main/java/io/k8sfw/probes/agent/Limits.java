package io.k8sfw.probes.agent;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;

/// What an agent is held to.
///
/// @param addresses all that it may ever probe, hold or send to. Loopback only where it is among
///   them; link-local, multicast and broadcast addresses never
/// @param start how long it may take to be there
/// @param answer how long it may take to answer what takes no time
/// @param silence how long either side goes on without hearing from the other
/// @param life how long the agent lives at the most, whatever happens
public record Limits(
    Set<InetAddress> addresses, Duration start, Duration answer, Duration silence, Duration life) {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final Duration SILENCE = Duration.ofSeconds(30);
  private static final Duration LIFE = Duration.ofHours(24);

  /// @return usual times
  public static Limits to(Set<InetAddress> addresses) {
    return new Limits(addresses, START, ANSWER, SILENCE, LIFE);
  }

  public Limits {
    addresses = Set.copyOf(addresses);
  }
}
