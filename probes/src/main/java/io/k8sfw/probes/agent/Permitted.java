package io.k8sfw.probes.agent;

import io.k8sfw.model.AddressText;
import io.k8sfw.probes.batch.NeverProbed;
import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What an agent refuses to do, whoever asks.
///
/// @param addresses all that may be asked, held or sent to
record Permitted(Set<InetAddress> addresses) {
  private static final int MOST_PER_SECOND = Pace.FAST.perSecond();
  private static final int MOST_IN_FLIGHT = Pace.FAST.inFlight();
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final int MOST_DATAGRAMS = 16;
  private static final int LEAST_GAP_MILLIS = 10;
  private static final int MOST_GAP_MILLIS = 2000;

  Permitted {
    addresses = Set.copyOf(addresses);
  }

  void check(ProbeOrder order) throws IOException {
    check(order.pace());
    for (ProbeOrder.Target target : order.targets()) {
      check(target.address());
    }
  }

  void check(Pace pace) throws IOException {
    if (pace.perSecond() > MOST_PER_SECOND
        || pace.perTargetPerSecond() > MOST_PER_SECOND
        || pace.inFlight() > MOST_IN_FLIGHT
        || pace.perSecond() < 1
        || pace.perTargetPerSecond() < 1) {
      throw new IOException(
          "the agent refused a pace of other than 1 to "
              + MOST_PER_SECOND
              + " attempts a second, "
              + MOST_IN_FLIGHT
              + " at once");
    }
  }

  /// @param waits after each SYN to one port
  void check(List<Duration> waits) throws IOException {
    boolean fit =
        waits.size() <= Effort.MOST_PACKETS
            && waits.stream()
                .allMatch(w -> w.compareTo(SHORTEST) >= 0 && w.compareTo(LONGEST) <= 0);
    if (!fit) {
      throw new IOException(
          "the agent refused more than "
              + Effort.MOST_PACKETS
              + " packets to a port, or waits of other than 0.1 to 10 s");
    }
  }

  /// @param nonces one for each datagram
  static void checkDatagrams(List<String> nonces, int gapMillis) throws IOException {
    checkDatagrams(nonces.size());
    if (gapMillis < LEAST_GAP_MILLIS || gapMillis > MOST_GAP_MILLIS) {
      throw new IOException("the agent refused a gap of " + gapMillis + " ms between datagrams");
    }
    if (!nonces.stream().allMatch(nonce -> nonce.matches("[0-9a-f]{16}"))) {
      throw new IOException("the agent refused a datagram that is not of its own making");
    }
  }

  static void checkDatagrams(int count) throws IOException {
    if (count < 0 || count > MOST_DATAGRAMS) {
      throw new IOException("the agent refused to send " + count + " datagrams at a time");
    }
  }

  void check(InetAddress address) throws IOException {
    Optional<String> never = NeverProbed.because(address, true);
    if (never.isPresent()) {
      throw new IOException("the agent " + never.get());
    }
    if (!addresses.contains(address)) {
      throw new IOException(
          "the agent refused " + AddressText.of(address) + ", which is not on its list");
    }
  }
}
