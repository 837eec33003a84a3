package io.k8sfw.probes.batch;

import io.k8sfw.probes.pacing.RoundTripTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// How long attempts on one address wait: for as long as its answers take, and for the last packets
/// of a silence so long that even what comes to the kernel's second SYN is heard.
///
/// One thread only.
final class Patience {
  /// Answers in a row that came too late to be learnt from.
  private static final int FAR = 4;

  private static final long LONGEST_SHORT = TimeUnit.SECONDS.toNanos(1);

  private static final long SHORTEST_CANARY = TimeUnit.MILLISECONDS.toNanos(200);

  /// A SYN is sent again after 1 s (RFC 6298 section 2; Linux: TCP_TIMEOUT_INIT), and Linux answers
  /// with ICMP once a second (icmp_ratelimit).
  private static final long LONG = TimeUnit.MILLISECONDS.toNanos(1400);

  private final List<Duration> usual;
  private final RoundTripTime rtt = new RoundTripTime();
  private int lateInRow;

  /// @param usual waits of the first attempt on a port, the second and so on, as long as nothing is
  ///   known of the address; at least one
  Patience(List<Duration> usual) {
    this.usual = usual;
  }

  /// An answer of the address took so long.
  void heard(int rttMicros) {
    long nanos = TimeUnit.MICROSECONDS.toNanos(rttMicros);
    rtt.heard(nanos);
    lateInRow = RoundTripTime.isAmbiguous(nanos) ? Math.min(FAR, lateInRow + 1) : 0;
  }

  /// For an attempt on a port of the address.
  ///
  /// @param attempts silent ones so far on the port
  /// @param missing packets that are still to be sent before it is a silence
  /// @param least that every attempt waits but the first, which waits half as long
  long nanos(int attempts, int missing, long least) {
    return Math.max(nanos(attempts, missing), attempts == 0 ? least / 2 : least);
  }

  private long nanos(int attempts, int missing) {
    if (missing <= 2) {
      return Math.max(LONG, rtt.known() ? LONGEST_SHORT + rtt.patienceNanos() : 0);
    }
    if (isFar()) {
      return LONG;
    }
    // Whoever is known to take longer than a second may take longer.
    return rtt.known()
        ? Math.min(
            Math.clamp(rtt.patienceNanos(), LONGEST_SHORT, LONG),
            rtt.patienceNanos() * Math.min(attempts + 1, 2))
        : usual.get(Math.min(attempts, usual.size() - 1)).toNanos();
  }

  /// Whether an answer to the SYN that the kernel sends after a second would be heard.
  ///
  /// @param nanos how long is waited
  /// @param least that an answer may take
  boolean hearsSecond(long nanos, long least) {
    long takes = Math.max(least, rtt.known() ? rtt.patienceNanos() : 0);
    return !isFar() && nanos >= LONGEST_SHORT + takes;
  }

  /// For a canary: as long as the shorter attempts on silent ports; after a failure longer, since a
  /// path that has become slow answers all the same.
  long ofCanary(boolean afterFailure) {
    return rtt.known() && !afterFailure && !isFar()
        ? Math.clamp(2 * rtt.patienceNanos(), SHORTEST_CANARY, LONG)
        : LONG;
  }

  /// Whether answers take so long that none is learnt from. Where half of all packets are lost, a
  /// third of the answers that come within [#LONG] answer the second SYN: four in a row are
  /// unlikely.
  private boolean isFar() {
    return lateInRow >= FAR;
  }
}
