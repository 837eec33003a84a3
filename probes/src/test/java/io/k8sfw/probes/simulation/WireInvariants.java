package io.k8sfw.probes.simulation;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Protocol;
import io.k8sfw.probes.simulation.SimulatedCampaign.Carried;
import io.k8sfw.probes.simulation.Violation.Promise;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/// What must hold of everything that one order sent, by the wire's own ledger.
final class WireInvariants {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long WINDOW = SECOND / 10;

  /// Buckets hold a twentieth of a second.
  private static final double BURST_PART = 20;

  private static final double UDP_PER_SECOND = 1;
  private static final double UDP_BURST = 5;

  /// Dynamic ports (RFC 6335 section 6), where the negative control asks.
  private static final int FIRST_HIGH = 49152;

  private static final InetAddress NOWHERE = InetAddress.ofLiteral("192.0.2.1");

  private static final int CONNECTS = 25;

  /// The first, and as a canary where few others can be: 5 as a rule.
  private static final int CONNECTS_IN_CALM = 14;

  /// `nf_conntrack_tcp_timeout_syn_sent` and `_close`, `nf_conntrack_udp_timeout`
  /// (`net/netfilter/nf_conntrack_proto_tcp.c`, `_udp.c`); a SYN that is sent again counts anew.
  private static final long SYN_SENT = 120 * SECOND;

  private static final long CLOSE = 10 * SECOND;
  private static final long UDP = 30 * SECOND;

  /// After being told to stop: until nothing more is sent, and until it has ended.
  private static final long STOPS_WITHIN = SECOND / 5;

  private static final long ENDS_WITHIN = 5 * SECOND;

  private final Scenario scenario;
  private final Carried carried;
  private final ProbeOrder order;
  private final List<Attempt> ledger;
  private final Invariants invariants;

  WireInvariants(Scenario scenario, Carried carried, Invariants invariants) {
    this.scenario = scenario;
    this.carried = carried;
    this.order = carried.order();
    this.ledger = carried.ledger();
    this.invariants = invariants;
  }

  void check() {
    counted();
    paced();
    flying();
    ledger.forEach(this::withinBounds);
    gentle();
    tracked();
    stopped();
  }

  private void counted() {
    if (carried.reading().probesSent() != ledger.size()) {
      broken(
          Promise.HONEST,
          carried.reading().probesSent() + " attempts told, " + ledger.size() + " made");
    }
    if (carried.settled() > order.size()
        || (carried.settled() < order.size() && carried.cancelled() == Long.MAX_VALUE)) {
      broken(Promise.COMPLETE, "progress told of " + carried.settled() + " of " + order.size());
    }
    if (carried.socketsKept() != 0) {
      broken(Promise.COMPLETE, carried.socketsKept() + " sockets are never given back");
    }
  }

  private void paced() {
    Pace pace = order.pace();
    window("all addresses", ledger, pace.perSecond());
    by(a -> a.protocol.equals(Protocol.TCP))
        .forEach((address, attempts) ->
            window(AddressText.of(address), attempts, pace.perTargetPerSecond()));
    by(a -> a.protocol.equals(Protocol.UDP)).forEach(this::udpBucket);
  }

  private Map<InetAddress, List<Attempt>> by(java.util.function.Predicate<Attempt> which) {
    Map<InetAddress, List<Attempt>> by = new LinkedHashMap<>();
    for (Attempt attempt : ledger) {
      if (which.test(attempt)) {
        by.computeIfAbsent(attempt.address, _ -> new ArrayList<>()).add(attempt);
      }
    }
    return by;
  }

  private void window(String where, List<Attempt> attempts, int perSecond) {
    double most = perSecond / 10.0 + Math.max(1, perSecond / BURST_PART) + 1e-6;
    int first = 0;
    for (int last = 0; last < attempts.size(); last++) {
      while (attempts.get(last).sent - attempts.get(first).sent > WINDOW) {
        first++;
      }
      if (last - first + 1 > most) {
        broken(
            Promise.PACED,
            (last - first + 1)
                + " attempts to "
                + where
                + " within 100 ms at "
                + at(attempts.get(last).sent)
                + ", at most "
                + (int) most);
        return;
      }
    }
  }

  private void udpBucket(InetAddress address, List<Attempt> attempts) {
    Allowance bucket = new Allowance(UDP_PER_SECOND, UDP_BURST + 1e-6);
    for (Attempt attempt : attempts) {
      if (!bucket.takes(attempt.sent)) {
        broken(
            Promise.PACED,
            "UDP to " + AddressText.of(address) + " too fast at " + at(attempt.sent));
        return;
      }
    }
  }

  private void flying() {
    Pace pace = order.pace();
    atOnce("in flight", ledger, a -> a.settled, pace.inFlight());
    atOnce("sockets", ledger, a -> a.settled, scenario.sockets());
    by(a -> a.protocol.equals(Protocol.TCP))
        .forEach((address, attempts) ->
            atOnce(
                "in flight to " + AddressText.of(address),
                attempts,
                a -> a.settled,
                pace.inFlightPerTarget()));
  }

  /// @return the most at any time
  private int atOnce(
      String what, List<Attempt> attempts, ToLongFunction<Attempt> until, int allowed) {
    PriorityQueue<Long> ends = new PriorityQueue<>();
    int most = 0;
    for (Attempt attempt : attempts) {
      while (!ends.isEmpty() && ends.peek() <= attempt.sent) {
        ends.poll();
      }
      ends.add(until.applyAsLong(attempt));
      most = Math.max(most, ends.size());
    }
    if (most > allowed) {
      broken(Promise.PACED, most + " " + what + ", at most " + allowed);
    }
    return most;
  }

  private void withinBounds(Attempt attempt) {
    boolean nowhere = attempt.address.equals(NOWHERE) && attempt.port == 443;
    boolean fits = nowhere && order.externalControl() && attempt.protocol.equals(Protocol.TCP);
    for (Target target : order.targets()) {
      if (!target.address().equals(attempt.address)
          || !target.protocol().equals(attempt.protocol)) {
        continue;
      }
      boolean control = attempt.protocol.equals(Protocol.TCP) && attempt.port >= FIRST_HIGH;
      fits |= control || target.ports().contains(attempt.port);
      if (target.guarded().contains(attempt.port)) {
        broken(Promise.WITHIN_BOUNDS, "guarded port " + where(attempt));
      }
    }
    if (!fits) {
      broken(Promise.WITHIN_BOUNDS, "nobody ordered " + where(attempt));
    }
    if (attempt.patience > 10 * SECOND) {
      broken(Promise.WITHIN_BOUNDS, "waits " + at(attempt.patience) + " on " + where(attempt));
    }
  }

  private void gentle() {
    boolean calm = scenario.world().troubles().isEmpty();
    int allowed = calm ? CONNECTS_IN_CALM : CONNECTS;
    Map<InetAddress, Map<Integer, Integer>> connects = new HashMap<>();
    for (Attempt attempt : ledger) {
      if (attempt.protocol.equals(Protocol.TCP) && attempt.connects > 0 && listens(attempt)) {
        int now =
            connects
                .computeIfAbsent(attempt.address, _ -> new HashMap<>())
                .merge(attempt.port, attempt.connects, Integer::sum);
        if (now - attempt.connects <= allowed && now > allowed) {
          broken(Promise.GENTLE, "more than " + allowed + " connects to " + where(attempt));
        }
      }
    }
  }

  private boolean listens(Attempt attempt) {
    return scenario
        .world()
        .truth(order.vantage(), attempt.address, attempt.protocol, attempt.port)
        .listens();
  }

  private void tracked() {
    if (order.trackedAtMost() == Integer.MAX_VALUE) {
      return;
    }
    Map<List<Object>, Entry> latest = new HashMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Attempt attempt : ledger) {
      if (attempt.packets > 0) {
        List<Object> connection =
            List.of(attempt.protocol, attempt.address, attempt.port, attempt.source);
        Entry before = latest.get(connection);
        if (before != null && attempt.sent < before.until) {
          before.until = forgotten(attempt);
        } else {
          Entry entry = new Entry(attempt.sent, forgotten(attempt));
          latest.put(connection, entry);
          entries.add(entry);
        }
      }
    }
    PriorityQueue<Long> ends = new PriorityQueue<>();
    int most = 0;
    for (Entry entry : entries) {
      while (!ends.isEmpty() && ends.peek() <= entry.from) {
        ends.poll();
      }
      ends.add(entry.until);
      most = Math.max(most, ends.size());
    }
    if (most > order.trackedAtMost()) {
      broken(Promise.TRACKED, most + " tracked connections, at most " + order.trackedAtMost());
    }
  }

  /// An entry of a connection tracking table: attempts from one source port share it.
  private static final class Entry {
    private final long from;
    private long until;

    Entry(long from, long until) {
      this.from = from;
      this.until = until;
    }
  }

  private static long forgotten(Attempt attempt) {
    if (attempt.protocol.equals(Protocol.UDP)) {
      return attempt.lastPacket + UDP;
    }
    return Math.min(
        attempt.lastPacket + SYN_SENT,
        attempt.answered == Long.MAX_VALUE ? Long.MAX_VALUE : attempt.answered + CLOSE);
  }

  private void stopped() {
    long cancelled = carried.cancelled();
    if (cancelled == Long.MAX_VALUE) {
      return;
    }
    // Who slept through it, hears of it when he wakes.
    long heard =
        scenario.world().troubles().stream()
            .filter(Trouble.Stall.class::isInstance)
            .map(Trouble.Stall.class::cast)
            .filter(s -> !s.suspended() && s.at() <= cancelled && cancelled < s.at() + s.length())
            .mapToLong(s -> s.at() + s.length())
            .max()
            .orElse(cancelled);
    ledger.stream()
        .max(Comparator.comparingLong(a -> a.sent))
        .filter(a -> a.sent > heard + STOPS_WITHIN)
        .ifPresent(a -> broken(Promise.STOPPED, "sends at " + at(a.sent) + ", told " + at(heard)));
    if (carried.ended() > Math.max(heard, lastSettled()) + ENDS_WITHIN) {
      broken(Promise.STOPPED, "ends at " + at(carried.ended()) + ", told " + at(heard));
    }
  }

  private long lastSettled() {
    return ledger.stream().mapToLong(a -> a.settled).max().orElse(0);
  }

  private String where(Attempt attempt) {
    return AddressText.of(attempt.address)
        + " "
        + attempt.protocol
        + "/"
        + attempt.port
        + " at "
        + at(attempt.sent);
  }

  private static String at(long nanos) {
    return nanos / 1_000_000 + " ms";
  }

  private void broken(Promise promise, String detail) {
    invariants.broken(promise, order.vantage() + ": " + detail);
  }
}
