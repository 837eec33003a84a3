package io.k8sfw.probes;

import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Vantage;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// The agents on the targets of one order, as long as they live.
///
/// Any thread; each may look as often as it likes.
final class Overseers {
  /// To look again costs a glance at every agent.
  private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(100);

  private final Map<Vantage, Set<InetAddress>> watchers = new LinkedHashMap<>();
  private final Set<InetAddress> never = new LinkedHashSet<>();
  private final Supplier<Set<InetAddress>> offLimits;
  private Oversight oversight;
  private long looked = System.nanoTime();

  /// @param vantages by name; one that is called as a node is the agent there
  /// @param offLimits addresses whose tracking table nobody can read any more
  Overseers(
      List<Target> targets, Map<String, Vantage> vantages, Supplier<Set<InetAddress>> offLimits) {
    for (Target target : targets) {
      Optional<Vantage> watcher =
          target
              .node()
              .flatMap(n -> Optional.ofNullable(vantages.get(n)))
              .filter(Overseers::canTell);
      watcher
          .map(w -> watchers.computeIfAbsent(w, _ -> new LinkedHashSet<>()))
          .orElse(never)
          .add(target.address());
    }
    this.offLimits = offLimits;
    this.oversight = look();
  }

  /// What arrives shows in a packet tap, and where a witness hears somebody.
  private static boolean canTell(Vantage vantage) {
    return vantage.capabilities().contains(Capability.PACKET_TAP)
        || vantage.capabilities().contains(Capability.WITNESS);
  }

  /// As it is now; the same object as long as nothing changes.
  synchronized Oversight oversight() {
    long now = System.nanoTime();
    boolean forbidden = !offLimits.get().equals(oversight.offLimits());
    if (forbidden || now - looked > LOOK_AGAIN) {
      looked = now;
      Oversight latest = look();
      oversight = latest.equals(oversight) ? oversight : latest;
    }
    return oversight;
  }

  private Oversight look() {
    Set<InetAddress> unwatched = new LinkedHashSet<>(never);
    watchers.forEach((watcher, addresses) -> {
      if (watcher.isGone()) {
        unwatched.addAll(addresses);
      }
    });
    return new Oversight(unwatched, offLimits.get());
  }
}
