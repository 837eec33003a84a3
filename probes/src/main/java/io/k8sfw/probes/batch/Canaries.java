package io.k8sfw.probes.batch;

import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Ports of one address that answered, kept to ask them again: as long as they answer as before,
/// silence elsewhere on the address means something, and what they lose is the loss of the path.
///
/// Ports that reset are the first choice: no process notices. Now and then an open one is asked all
/// the same, since a ban may reset whatever it does not want. What answers with ICMP comes last,
/// since Linux limits that to one a second (icmp_ratelimit, icmp(7)).
final class Canaries {
  /// Connects to one resetting port. With those of the passes they stay below 25.
  private static final int RESET_ASKS = 18;

  /// Connects to one open port, where there are others; a listener that never accepts fills up.
  private static final int OPEN_ASKS = 4;

  /// Connects to one open port, where no port resets.
  private static final int LONE_OPEN_ASKS = 11;

  /// Connects to one open port as a canary, whatever happens: with the 13 of a recount, 25.
  private static final int MOST_OPEN_ASKS = LONE_OPEN_ASKS;

  private static final int KEPT = 64;

  /// Every so many asks an open port, while ports reset.
  private static final int MIX = 16;

  /// Asks that are left for the last bracket.
  private static final int RESERVE = 3;

  private final InetAddress address;
  private final boolean refusalsCount;
  private final Deque<Canary> resets = new ArrayDeque<>();
  private final Deque<Canary> opens = new ArrayDeque<>();
  private final Deque<Canary> slow = new ArrayDeque<>();

  /// Ports that were ever in a pool: each is asked again and again, and offered each time.
  private final BitSet offered = new BitSet();

  private int turn;
  private boolean known;
  private boolean hasOpen;

  /// A port that answered.
  static final class Canary {
    private final Prober prober;
    private final int port;
    private final PortState state;
    private final boolean slow;
    private int asked;

    private Canary(Prober prober, int port, PortState state, boolean slow, int asked) {
      this.prober = prober;
      this.port = port;
      this.state = state;
      this.slow = slow;
      this.asked = asked;
    }

    Prober prober() {
      return prober;
    }

    int port() {
      return port;
    }

    boolean isOpen() {
      return state == PortState.OPEN;
    }

    /// Whether it answers with ICMP: about once a second.
    boolean isSlow() {
      return slow;
    }
  }

  /// @param refusalsCount a refusal is known to be a reset
  Canaries(InetAddress address, boolean refusalsCount) {
    this.address = address;
    this.refusalsCount = refusalsCount;
  }

  /// Takes a port that answered, if it is fit.
  ///
  /// @param before packets that were sent to it before: it may have answered too late
  void offer(Prober prober, int port, Heard heard, int before) {
    if (SparedPorts.ALL.contains(port) || !proves(heard)) {
      return;
    }
    known = true;
    hasOpen |= heard.state() == PortState.OPEN;
    if (offered.get(port)) {
      return;
    }
    boolean reset = heard.equals(Outcome.REFUSED);
    boolean open = heard.equals(Outcome.OPEN);
    Deque<Canary> pool = reset ? resets : open ? opens : slow;
    if (pool.size() < KEPT && (!open || before < MOST_OPEN_ASKS)) {
      offered.set(port);
      pool.add(new Canary(prober, port, heard.state(), !reset && !open, open ? before : 0));
    }
  }

  /// Whether `outcome` came from the address itself.
  boolean proves(Outcome outcome) {
    return switch (outcome) {
      case Heard(PortState _, _, Optional<Icmp> icmp) when icmp.isPresent() ->
          icmp.get().from().equals(address);
      case Heard(PortState state, _, _) ->
          state == PortState.OPEN || (state == PortState.CLOSED && refusalsCount);
      case Outcome.Silent _, Outcome.Fault _ -> false;
    };
  }

  /// Whether `canary` answered as it did before.
  boolean holds(Canary canary, Outcome outcome) {
    return proves(outcome) && outcome instanceof Heard heard && heard.state() == canary.state;
  }

  /// Whether any port of the address ever did as a canary.
  boolean isKnown() {
    return known;
  }

  /// Whether an open port of the address did, which tells whether refusals are true.
  boolean hasOpen() {
    return hasOpen;
  }

  /// Asks that are left, those for the last bracket apart; those of ICMP do not count.
  int left() {
    int each = resets.isEmpty() ? LONE_OPEN_ASKS : OPEN_ASKS;
    return Math.max(0, left(resets, RESET_ASKS) + left(opens, each) - RESERVE);
  }

  int resetsLeft() {
    return left(resets, RESET_ASKS);
  }

  private static int left(Deque<Canary> pool, int each) {
    int left = 0;
    for (Canary canary : pool) {
      left += Math.max(0, each - canary.asked);
    }
    return left;
  }

  /// The next to ask, each in turn; null when all were asked as often as they may be.
  ///
  /// @param last for the last bracket: whatever is left may be asked
  @Nullable Canary next(boolean last) {
    if (!last && left() == 0) {
      return null;
    }
    turn++;
    boolean open = last || turn % MIX == 0;
    Canary canary = open ? next(opens, last ? OPEN_ASKS : OPEN_ASKS - 1) : null;
    if (canary == null) {
      canary = next(resets, RESET_ASKS);
    }
    if (canary == null) {
      canary = next(opens, resets.isEmpty() ? LONE_OPEN_ASKS : OPEN_ASKS);
    }
    return canary == null && last ? next(slow, OPEN_ASKS) : canary;
  }

  /// The next open port, whatever was asked of it before; null where there is none. For when a
  /// refusal may be a lie.
  @Nullable Canary nextOpen() {
    return next(opens, Integer.MAX_VALUE);
  }

  /// Those that were asked the least come first, since each goes to the end.
  private static @Nullable Canary next(Deque<Canary> pool, int each) {
    Canary canary = pool.peek();
    if (canary == null || canary.asked >= each) {
      return null;
    }
    pool.poll();
    canary.asked++;
    // A spent one makes room; an open one may be needed again.
    if (canary.asked < (canary.isOpen() ? MOST_OPEN_ASKS : each)) {
      pool.add(canary);
    }
    return canary;
  }

  /// It did reset, and answers otherwise now: no canary any more.
  void retire(Canary canary) {
    resets.remove(canary);
  }
}
