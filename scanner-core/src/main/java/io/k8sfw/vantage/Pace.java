package io.k8sfw.vantage;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How fast, how many at once, and how patiently a vantage point probes.
///
/// @param perTargetPerSecond attempts to one address
/// @param perSecond attempts to all addresses together, from one vantage point
/// @param inFlightPerTarget unanswered attempts to one address
/// @param inFlight unanswered attempts in all, from one vantage point
/// @param attempts how long each attempt waits; as many attempts as entries make silence a fact.
///   The last waits beyond 1.3 s, so that a SYN's retransmission after 1 s (RFC 6298) or an ICMP
///   error that Linux limits to one a second (icmp_ratelimit) can still answer
/// @param gap at least this long between two attempts on the same port
public record Pace(
    String name,
    int perTargetPerSecond,
    int perSecond,
    int inFlightPerTarget,
    int inFlight,
    List<Duration> attempts,
    Duration gap) {
  public static final Pace POLITE =
      new Pace("polite", 50, 200, 32, 256, waits(1000, 1500, 2500), Duration.ofSeconds(1));
  public static final Pace NORMAL =
      new Pace("normal", 1000, 4000, 1024, 4096, waits(500, 1000, 1500), Duration.ofMillis(500));
  public static final Pace FAST =
      new Pace("fast", 8000, 40_000, 4096, 32_768, waits(200, 400, 1400), Duration.ofMillis(200));

  private static List<Duration> waits(int... millis) {
    return java.util.Arrays.stream(millis).mapToObj(Duration::ofMillis).toList();
  }

  /// The pace of that name.
  public static Optional<Pace> named(String name) {
    return List.of(POLITE, NORMAL, FAST).stream().filter(p -> p.name().equals(name)).findFirst();
  }

  public Pace {
    attempts = List.copyOf(attempts);
  }
}
