package io.k8sfw.probes.batch;

import io.k8sfw.model.Family;
import io.k8sfw.probes.batch.Canaries.Canary;
import io.k8sfw.probes.pacing.Loss;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Addresses that share a /24 (IPv4) or a /64 (IPv6), the usual sizes of a node network, seen from
/// one place: what is lost on the way to one is lost on the way to the others.
final class Neighbourhood {
  private static final int BYTES_4 = 3;
  private static final int BYTES_6 = 8;

  /// Asks that an address keeps for itself.
  private static final int NOT_LENT = 24;

  private final List<Guard> members = new ArrayList<>();
  private int turn;
  private long asked;

  /// A canary of another address.
  record Lent(Guard owner, Canary canary) {}

  /// The same for all addresses of a neighbourhood.
  static String name(InetAddress address) {
    int bytes = Family.of(address) == Family.IPV4 ? BYTES_4 : BYTES_6;
    return Arrays.toString(Arrays.copyOf(address.getAddress(), bytes));
  }

  void join(Guard guard) {
    members.add(guard);
  }

  /// One more canary was asked.
  void counted() {
    asked++;
  }

  /// Canaries that were asked so far, whatever came of them.
  long asked() {
    return asked;
  }

  /// The canaries of all addresses together; losses that our own rate made are left out.
  Loss loss() {
    Loss all = new Loss();
    members.stream().filter(g -> !g.isLost()).forEach(g -> all.add(g.path().own()));
    return all;
  }

  /// How long canaries that count are waited for, at the longest.
  long patienceNanos() {
    return members.stream()
        .filter(g -> !g.isLost() && g.path().own().asked() > 0)
        .mapToLong(g -> g.patience().ofCanary(false))
        .max()
        .orElse(0);
  }

  /// Something on the way to `of` lets no more pass than that.
  void limit(PathRate of, double perSecond, long now) {
    members.stream()
        .filter(g -> g.rate() != of && !g.isLost())
        .forEach(g -> g.rate().limit(perSecond, now));
  }

  /// A canary that an address can spare; null where none can.
  @Nullable Lent lend(Guard to) {
    for (int i = 0; i < members.size(); i++) {
      Guard owner = members.get(Math.floorMod(turn++, members.size()));
      if (owner != to && !owner.isLost() && owner.canaries().left() > NOT_LENT) {
        Canary canary = owner.canaries().next(false);
        if (canary != null) {
          return new Lent(owner, canary);
        }
      }
    }
    return null;
  }

  /// Asks that could be lent to `to`.
  int lendable(Guard to) {
    int left = 0;
    for (Guard owner : members) {
      if (owner != to && !owner.isLost()) {
        left += Math.max(0, owner.canaries().left() - NOT_LENT);
      }
    }
    return left;
  }

  /// Whether an address that answered nobody so far may still do so, and lend to `to`.
  boolean mayYetAnswer(Guard to) {
    return members.stream().anyMatch(g -> g != to && g.mayYetAnswer());
  }
}
