package io.k8sfw.probes.pacing;

import java.util.concurrent.TimeUnit;

/// How long an address takes to answer, and how long to wait for it: the estimator of RFC 6298, fed
/// with the time from a connect to its answer.
///
/// Karn's ambiguity (RFC 6298 section 3) cannot arise between attempts, since each has a socket and
/// so a source port of its own. It can arise within one: the kernel repeats a SYN after 1 s
/// (`TCP_TIMEOUT_INIT`, include/net/tcp.h; RFC 6298 section 2.1), and never sooner, since a kernel
/// timer does not fire early (kernel/time/timer.c, calc_index). An answer after less than that
/// answers the first SYN for certain; a later one is not learnt from. An address that is farther
/// than 1 s is never known, and keeps the waits of who knows nothing.
///
/// One thread only.
public final class RoundTripTime {
  /// A margin for the time between reading the clock and the kernel's sending.
  private static final long AMBIGUOUS = TimeUnit.MILLISECONDS.toNanos(990);

  /// RFC 6298 section 2.1: until something is heard.
  private static final long UNKNOWN = TimeUnit.SECONDS.toNanos(1);

  /// RFC 6298's G. Not the clock's, which is finer, but that of a busy event loop.
  private static final long GRANULARITY = TimeUnit.MILLISECONDS.toNanos(10);

  /// Below RFC 6298's 1 s: we wait for one SYN-ACK or RST, which no peer delays on purpose. The
  /// floor is nmap's (`MIN_RTT_TIMEOUT`, nmap.h).
  private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(100);

  /// The longest that a single attempt is worth.
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(3);

  private boolean known;
  private long smoothed;
  private long variation;

  /// @param rttNanos from the connect to its answer, at least 0
  public void heard(long rttNanos) {
    if (rttNanos < 0) {
      throw new IllegalArgumentException("an answer before its question: " + rttNanos + " ns");
    }
    if (isAmbiguous(rttNanos)) {
      return;
    }
    if (known) {
      // RFC 6298 section 2.3, in this order: alpha 1/8, beta 1/4.
      variation += (Math.abs(smoothed - rttNanos) - variation) / 4;
      smoothed += (rttNanos - smoothed) / 8;
    } else {
      smoothed = rttNanos;
      variation = rttNanos / 2;
      known = true;
    }
  }

  /// Whether an answer that took so long may be that to the kernel's second SYN.
  public static boolean isAmbiguous(long rttNanos) {
    return rttNanos >= AMBIGUOUS;
  }

  /// Whether anything was heard that could be learnt from.
  public boolean known() {
    return known;
  }

  /// How long to wait for an answer: 100 ms to 3 s; 1 s as long as nothing is known.
  public long patienceNanos() {
    if (!known) {
      return UNKNOWN;
    }
    return Math.clamp(smoothed + Math.max(GRANULARITY, 4 * variation), SHORTEST, LONGEST);
  }
}
