package io.k8sfw.probes;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.observation.WitnessReport.Hearing;
import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.Arrivals;
import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// What one vantage point asks one witness, until it is heard or enough is enough.
///
/// @param token that the witness takes for the asker
/// @param arriving what passes at the node, where somebody may watch
/// @param leaving what passes at the asker, where somebody may watch
record Question(
    Spot spot,
    Vantage asker,
    String token,
    Witness witness,
    Optional<Arrivals> arriving,
    Optional<Arrivals> leaving) {
  /// A port to hold, and who asks.
  record Spot(InetAddress address, Protocol protocol, int port, List<Vantage> askers) {}

  private static final int TCP_PATIENCE_MILLIS = 1000;

  /// Datagrams are spread over more than two seconds: nobody repeats them, and what loses one may
  /// lose its neighbours too.
  private static final int UDP_PATIENCE_MILLIS = 500;

  private static final int GAP_MILLIS = 50;
  private static final int GLANCE_MILLIS = 10;

  /// Questions at a time, of all campaigns: each takes a socket.
  private static final Semaphore SLOTS = new Semaphore(512);

  /// @return empty where nothing was learnt: the witness was gone, the asker's own machine kept
  ///   what it sent, or datagrams do not reach the node at all
  Optional<WitnessReport> ask(Progress progress) {
    try {
      SLOTS.acquire();
      try {
        return attempts(progress);
      } finally {
        SLOTS.release();
      }
    } catch (IOException | RuntimeException _) {
      return Optional.empty();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private Optional<WitnessReport> attempts(Progress progress)
      throws IOException, InterruptedException {
    boolean udp = spot.protocol().equals(Protocol.UDP);
    int most = udp ? Effort.UDP_WITNESS_ATTEMPTS : Effort.TCP_WITNESS_ATTEMPTS;
    for (int attempt = 1; attempt <= most; attempt++) {
      if (progress.cancelled()) {
        return Optional.empty();
      }
      long started = System.nanoTime();
      if (once(token, spot.port(), udp ? UDP_PATIENCE_MILLIS : TCP_PATIENCE_MILLIS)
          .equals(Optional.of(witness.nonce()))) {
        return Optional.of(report(Hearing.ANSWERED, attempt, true));
      }
      // A refusal is quick; the next attempt is not.
      rest(started, udp ? UDP_PATIENCE_MILLIS : GAP_MILLIS);
    }
    if (witness.seenFrom(token).isPresent()) {
      // Who got a token over TCP has shaken hands: that is both ways.
      return Optional.of(report(udp ? Hearing.RECEIVED : Hearing.ANSWERED, most, true));
    }
    if (!witness.holds()) {
      return Optional.empty();
    }
    boolean arrived = seen(arriving, token).isPresent();
    return udp && !arrived && !counts()
        ? Optional.empty()
        : Optional.of(report(Hearing.UNHEARD, most, arrived));
  }

  private Optional<String> once(String said, int port, int patience) throws IOException {
    return asker.askWitness(spot.protocol(), spot.address(), port, said, patience);
  }

  /// Whether a datagram that did not arrive tells of the way: it left the asker, and another, to a
  /// port that nobody holds, arrives now. What cannot be watched is taken on trust.
  private boolean counts() throws IOException, InterruptedException {
    if (leaving.isPresent() && seen(leaving, token).isEmpty()) {
      return false;
    }
    for (int i = 0; arriving.isPresent() && i < Effort.TCP_WITNESS_ATTEMPTS; i++) {
      String other = Challenge.random(HeldSocket.RANDOM);
      long started = System.nanoTime();
      once(other, Effort.FIRST_CONTROL_PORT + HeldSocket.RANDOM.nextInt(1 << 14), GAP_MILLIS);
      rest(started, UDP_PATIENCE_MILLIS);
      if (seen(arriving, other).isPresent()) {
        return true;
      }
    }
    return arriving.isEmpty();
  }

  private static void rest(long since, int millis) throws InterruptedException {
    long gone = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    Thread.sleep(Math.max(GLANCE_MILLIS, millis - gone));
  }

  private static Optional<InetAddress> seen(Optional<Arrivals> tap, String token) {
    return tap.flatMap(t -> t.seenFrom(token));
  }

  private WitnessReport report(Hearing hearing, int attempts, boolean arrived) {
    return new WitnessReport(
        asker.name(),
        spot.address(),
        spot.protocol(),
        spot.port(),
        hearing,
        attempts,
        witness.seenFrom(token).or(() -> seen(arriving, token)),
        arrived);
  }
}
