package io.k8sfw.plan;

import java.util.OptionalLong;

/// How much of what could be looked at is left to samples.
///
/// @param perZone how many of the places that stand for the same zones look at each node, where not
///   all of them do; 1 or more
/// @param allUpTo where no more places than these stand for the same zones, all of them look at
///   every node; at least `perZone`
/// @param seed of all samples and orders; empty where it follows from the matrix, so that runs
///   compare
public record Sampling(int perZone, int allUpTo, OptionalLong seed) {
  /// A rule that lets some nodes of a zone in and keeps others out is seen by three of them with a
  /// good chance, and by other three with the next seed.
  public static final int USUAL_PER_ZONE = 3;

  /// Ten places make at most ninety pairs of a zone: a clean audit of all ports that `builtin:seed`
  /// names takes them less than half a minute at the usual pace. From then on time and load on
  /// every node grow with every place.
  public static final int USUAL_ALL_UP_TO = 10;

  /// Three places of each zone that has more than ten, by the matrix's own seed.
  public static final Sampling USUAL =
      new Sampling(USUAL_PER_ZONE, USUAL_ALL_UP_TO, OptionalLong.empty());

  public Sampling {
    if (perZone < 1 || allUpTo < perZone) {
      throw new IllegalArgumentException("not a sample: " + perZone + " above " + allUpTo);
    }
  }

  /// The same by another seed.
  public Sampling with(OptionalLong other) {
    return new Sampling(perZone, allUpTo, other);
  }

  /// So many places of each zone that has more.
  public static Sampling of(int perZone, OptionalLong seed) {
    return new Sampling(perZone, perZone, seed);
  }

  /// Every place looks at every node.
  public static Sampling allPairs(OptionalLong seed) {
    return new Sampling(USUAL_PER_ZONE, Integer.MAX_VALUE, seed);
  }
}
