package io.k8sfw.vantage;

import java.net.InetAddress;
import java.util.Set;

/// Who looks after the addresses of an order while it is carried out. Agents die, and then somebody
/// has to go without.
///
/// @param unwatched where no agent is, or none any more, that could tell what arrives: as long as
///   nothing answers there either, silence proves nothing, however often it is asked
/// @param offLimits where nobody can tell any more how full connection tracking is, although it
///   could get crowded: nothing more is to be sent there
public record Oversight(Set<InetAddress> unwatched, Set<InetAddress> offLimits) {
  /// Somebody watches everywhere, and nothing is off limits.
  public static final Oversight FULL = new Oversight(Set.of(), Set.of());

  public Oversight {
    unwatched = Set.copyOf(unwatched);
    offLimits = Set.copyOf(offLimits);
  }
}
