package io.k8sfw.probes.batch;

import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Pace;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/// Addresses side by side, 10.0.0.1 and so on, whose canaries a test answers itself.
final class MadeUpNeighbourhood {
  static final Prober NOBODY = (_, _, _, _) -> {};

  private final Neighbourhood neighbours = new Neighbourhood();
  private final Random random = new Random(5);
  private int last;

  /// One of them.
  ///
  /// @param asks canaries that its guard wants to be asked
  record Address(Guard guard, Deque<Attempt> asks) {
    /// Its ports that reset.
    Address resets(int... ports) {
      for (int port : ports) {
        guard.heard(NOBODY, port, new Answer(Outcome.REFUSED, 1000), 0);
      }
      return this;
    }

    /// Some of its ports reset, all after so long.
    Address answersAfter(int millis) {
      for (int port = 1; port <= 20; port++) {
        guard.heard(NOBODY, port, new Answer(Outcome.REFUSED, 1000 * millis), 0);
      }
      return this;
    }

    /// What is asked now, and by later brackets because of it, comes out so.
    void land(Outcome outcome, long now) {
      for (Attempt ask = asks.poll(); ask != null; ask = asks.poll()) {
        ask.landed(new Answer(outcome, 1000), now);
      }
    }

    /// Answers nothing any more, until it is given up.
    void dies() {
      guard.bracket(false);
      for (long now = 0; !guard.isLost(); now += 20_000_000_000L) {
        land(Outcome.SILENT, now);
        guard.recover(now);
      }
    }
  }

  Neighbourhood neighbours() {
    return neighbours;
  }

  Address address() {
    InetAddress at = InetAddress.ofLiteral("10.0.0." + ++last);
    Deque<Attempt> asks = new ArrayDeque<>();
    Guard guard =
        new Guard("here", at, new Canaries(at, true), neighbours, Pace.FAST, random, asks::add);
    return new Address(guard, asks);
  }

  /// So many canaries of `of` were asked, and `lost` of them were not answered.
  void counted(Address of, int asked, int lost) {
    for (int i = 0; i < asked; i++) {
      of.guard.path().own().count(i >= lost);
      neighbours.counted();
    }
  }
}
