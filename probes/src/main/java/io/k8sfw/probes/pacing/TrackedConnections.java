package io.k8sfw.probes.pacing;

import io.k8sfw.vantage.Effort;
import java.util.concurrent.TimeUnit;

/// How many entries of connection tracking tables our attempts hold. What shares such a table with
/// us (firewalls, kube-proxy, the nodes) drops everybody's new connections once it is full.
///
/// The lifetimes are Linux's defaults: [Effort#TRACKED_UNANSWERED] for a SYN that nobody answered,
/// from the last one on, since each repetition starts it anew; 10 s for a connection that a RST
/// closed (`nf_conntrack_tcp_timeout_close`; Documentation/networking/nf_conntrack-sysctl.rst, and
/// `tcp_timeouts` in net/netfilter/nf_conntrack_proto_tcp.c). One that was refused at once may be
/// gone sooner. So entries are never believed to be fewer than they are, but by up to a second
/// longer-lived.
///
/// One thread only.
public final class TrackedConnections {
  private static final long UNANSWERED_SECONDS = Effort.TRACKED_UNANSWERED.toSeconds();
  private static final long CLOSED_SECONDS = 10;

  /// Clocks of the kernel and of us, and the time that an attempt waits to be made.
  private static final long LEEWAY_SECONDS = 5;

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  /// A power of two that is more than the longest life, rounded up.
  private static final int BUCKETS = 128;

  private final int most;

  /// By the second, modulo their number, at whose start its entries are gone.
  private final int[] endingAt = new int[BUCKETS];

  /// The last second whose entries were taken out.
  private long cleared = Long.MIN_VALUE;

  private int held;

  /// @param most how many entries may be held at any time, at least 1; [Integer#MAX_VALUE] for
  ///   where no connection is tracked
  public TrackedConnections(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("nothing can be sent with " + most + " entries");
    }
    this.most = most;
  }

  /// Whether one more may be sent.
  public boolean has(long now) {
    return held(now) < most;
  }

  /// How many more may be sent, 0 or more.
  public int left(long now) {
    return Math.max(0, most - held(now));
  }

  /// An attempt has begun. Counts even where [#has] is false.
  public void sent(long now) {
    forget(now);
    hold(now, UNANSWERED_SECONDS, 1);
  }

  /// An attempt has begun that shares the entry of an earlier one, whose life starts anew.
  ///
  /// @param endedAt when the earlier one ended, unanswered: what was passed to [#ended]
  public void again(long endedAt, long now) {
    forget(now);
    hold(endedAt, UNANSWERED_SECONDS, -1);
    hold(now, UNANSWERED_SECONDS, 1);
  }

  /// Whether the entry of an unanswered attempt is there for as long as another takes to begin.
  public static boolean lives(long endedAt, long now) {
    return now - endedAt < (UNANSWERED_SECONDS - LEEWAY_SECONDS) * SECOND;
  }

  /// An attempt has ended, and its socket is closed with a RST, if it was connected.
  ///
  /// @param sentAt what was passed to [#sent]
  /// @param answered whether anything came back: a SYN-ACK, a RST or an ICMP error
  public void ended(long sentAt, boolean answered, long now) {
    forget(now);
    hold(sentAt, UNANSWERED_SECONDS, -1);
    hold(now, answered ? CLOSED_SECONDS : UNANSWERED_SECONDS, 1);
  }

  /// How long until [#has] is true, by what is known now; 0 when it is. An attempt that ends may
  /// make it come earlier.
  public long nanosUntilNext(long now) {
    int left = held(now);
    long second = cleared;
    while (left >= most) {
      second++;
      left -= endingAt[bucket(second)];
    }
    return second == cleared ? 0 : second * SECOND - now;
  }

  /// How many entries our attempts hold at most.
  public int held(long now) {
    forget(now);
    return held;
  }

  private void hold(long from, long seconds, int count) {
    long end = Math.ceilDiv(from, SECOND) + seconds;
    if (end <= cleared) {
      return;
    }
    endingAt[bucket(end)] += count;
    held += count;
    if (endingAt[bucket(end)] < 0) {
      throw new IllegalStateException("an attempt has ended that was never sent");
    }
  }

  private void forget(long now) {
    long second = Math.floorDiv(now, SECOND);
    if (second <= cleared) {
      return;
    }
    long first = Math.max(cleared + 1, second - BUCKETS + 1);
    for (long gone = first; gone <= second; gone++) {
      held -= endingAt[bucket(gone)];
      endingAt[bucket(gone)] = 0;
    }
    cleared = second;
  }

  private static int bucket(long second) {
    return Math.floorMod(second, BUCKETS);
  }
}
