package io.k8sfw.probes.batch;

import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;

/// Ports of one address that answered, kept to ask them again: as long as they answer, silence
/// elsewhere on the address means something.
///
/// Ports that reset are the first choice: no process notices. Then open ones. What answers with
/// ICMP comes last and slowly, since Linux limits that to one a second (icmp_ratelimit, icmp(7)).
final class Canaries {
  /// Ports where a connect more than needed could do harm: ssh locks out, BGP resets, etcd and the
  /// kubelet write a warning each time.
  private static final Set<Integer> SPARED = Set.of(22, 179, 2379, 2380, 10250);

  /// Connects to one port as a canary. With those of the passes and of a recount they stay below
  /// 25: a listener that never accepts fills up.
  private static final int CONNECTS = 18;

  private static final int KEPT = 32;

  /// Connects that are left for the controls around passes.
  private static final int RESERVE = 12;

  private final InetAddress address;
  private final boolean refusalsCount;
  private final Deque<Canary> resets = new ArrayDeque<>();
  private final Deque<Canary> opens = new ArrayDeque<>();
  private final Deque<Canary> slow = new ArrayDeque<>();

  /// @param slow whether it can only answer about once a second
  record Canary(Prober prober, int port, boolean slow, int left) {}

  /// @param refusalsCount a refusal is known to be a reset
  Canaries(InetAddress address, boolean refusalsCount) {
    this.address = address;
    this.refusalsCount = refusalsCount;
  }

  /// Takes a port that answered, if it is fit.
  void offer(Prober prober, int port, Heard heard) {
    if (SPARED.contains(port)) {
      return;
    }
    if (heard.equals(Outcome.REFUSED)) {
      if (refusalsCount) {
        keep(resets, new Canary(prober, port, false, CONNECTS));
      }
    } else if (heard.equals(Outcome.OPEN)) {
      keep(opens, new Canary(prober, port, false, CONNECTS));
    } else if (proves(heard)) {
      keep(slow, new Canary(prober, port, true, CONNECTS));
    }
  }

  private static void keep(Deque<Canary> pool, Canary canary) {
    if (pool.size() < KEPT) {
      pool.add(canary);
    }
  }

  /// Whether `outcome` came from the address itself.
  boolean proves(Outcome outcome) {
    return switch (outcome) {
      case Heard(PortState state, _, Optional<Icmp> icmp) when icmp.isPresent() ->
          icmp.get().from().equals(address);
      case Heard(PortState state, _, _) ->
          state == PortState.OPEN || (state == PortState.CLOSED && refusalsCount);
      case Outcome.Silent _, Outcome.Fault _ -> false;
    };
  }

  boolean isEmpty() {
    return resets.isEmpty() && opens.isEmpty() && slow.isEmpty();
  }

  /// Whether one may be asked although no pass begins or ends.
  boolean plenty() {
    return resets.stream().mapToInt(Canary::left).sum()
            + opens.stream().mapToInt(Canary::left).sum()
        > RESERVE;
  }

  /// The next to ask, each in turn; empty when all were asked as often as they may be.
  Optional<Canary> next() {
    for (Deque<Canary> pool : java.util.List.of(resets, opens, slow)) {
      Canary canary = pool.poll();
      if (canary != null) {
        if (canary.left() > 1) {
          pool.add(new Canary(canary.prober(), canary.port(), canary.slow(), canary.left() - 1));
        }
        return Optional.of(canary);
      }
    }
    return Optional.empty();
  }
}
