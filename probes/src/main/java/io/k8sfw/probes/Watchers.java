package io.k8sfw.probes;

import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Vantage;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The agents on the targets of one order, which can tell what arrives there: by a packet tap, or
/// by a witness that hears somebody. Agents die, and then nobody can any more.
///
/// Any thread; each may look as often as it likes.
final class Watchers {
  /// Looking again costs a glance at every agent.
  private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(100);

  private final Map<Vantage, Set<InetAddress>> agents = new LinkedHashMap<>();
  private final Set<InetAddress> never = new LinkedHashSet<>();
  private Set<InetAddress> unwatched;
  private int gone;
  private long looked = System.nanoTime();

  /// @param vantages by name; one that is called as a node is the agent there
  Watchers(List<Target> targets, Map<String, Vantage> vantages) {
    for (Target target : targets) {
      Optional<Vantage> agent =
          target.node().flatMap(n -> Optional.ofNullable(vantages.get(n))).filter(Watchers::sees);
      agent
          .map(a -> agents.computeIfAbsent(a, _ -> new LinkedHashSet<>()))
          .orElse(never)
          .add(target.address());
    }
    unwatched = Collections.unmodifiableSet(never);
  }

  private static boolean sees(Vantage vantage) {
    return vantage.capabilities().contains(Capability.PACKET_TAP)
        || vantage.capabilities().contains(Capability.WITNESS);
  }

  /// Addresses where nobody can tell; the same object until there are more.
  synchronized Set<InetAddress> unwatched() {
    long now = System.nanoTime();
    if (now - looked > LOOK_AGAIN) {
      looked = now;
      look();
    }
    return unwatched;
  }

  private void look() {
    List<Vantage> dead = new ArrayList<>();
    for (Vantage agent : agents.keySet()) {
      if (agent.isGone()) {
        dead.add(agent);
      }
    }
    if (dead.size() != gone) {
      gone = dead.size();
      Set<InetAddress> more = new LinkedHashSet<>(never);
      dead.forEach(agent -> more.addAll(agents.getOrDefault(agent, Set.of())));
      unwatched = Collections.unmodifiableSet(more);
    }
  }
}
