package io.k8sfw.vantage;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A place that probes leave from. Knows addresses and ports, never an expectation.
///
/// Methods block and may be called from several threads at once. An [IOException] means that the
/// place itself failed (its cause goes into the report); a port that cannot be measured is a value.
public interface Vantage extends AutoCloseable {
  String name();

  /// How probes get there, for reports: `local`, `netns /run/netns/blue`.
  String transport();

  /// What came of the exec that was to lead there.
  ///
  /// @return empty where there was none, or nobody could tell
  default Optional<ExecReport> exec() {
    return Optional.empty();
  }

  Set<Capability> capabilities();

  /// Whether it failed for good: nothing can be learnt there any more.
  default boolean isGone() {
    return false;
  }

  /// Probes every port of the order and guards the outcome with controls.
  ///
  /// Refusals and silences since the last positive control that held, when the next one failed,
  /// come back as unmeasured; so does what a cancelled `progress` left undone.
  VantageReading probe(ProbeOrder order, Progress progress)
      throws IOException, InterruptedException;

  /// The sockets of the machine that this place is on; empty where they cannot be read.
  Optional<SocketTable> socketTable() throws IOException;

  /// The connection tracking table there; empty where it is not in use, has no limit or cannot be
  /// read. Nothing leaves the machine to find out.
  Optional<Tracking> tracking();

  /// Asks a TCP port with SYNs alone. Whatever accepts one is told at once that it was a mistake,
  /// so that no program there hears of it.
  ///
  /// @param waits how long each SYN is waited for; as many SYNs as entries make silence a fact
  /// @return empty where that takes a right that we do not have
  default Optional<PortRun> halfOpen(InetSocketAddress port, List<Duration> waits)
      throws IOException {
    return Optional.empty();
  }

  /// Takes a free port on exactly `address` for a moment. It answers those who know a token, and
  /// nobody else.
  ///
  /// @param protocol TCP or UDP
  /// @param tokens of those who will ask, 32 hex digits each
  /// @return empty where the port cannot be taken (in use, privileged)
  Optional<Witness> holdWitness(
      Protocol protocol, InetAddress address, int port, Set<String> tokens) throws IOException;

  /// Asks a witness once: connects, or sends one datagram.
  ///
  /// @param token 32 hex digits. Empty to make an attempt that says nothing to whoever is there:
  ///   over TCP only
  /// @param timeoutMillis for everything together
  /// @return what it answered, at most 32 bytes; empty when nothing did
  Optional<String> askWitness(
      Protocol protocol, InetAddress address, int port, String token, int timeoutMillis)
      throws IOException;

  /// Watches connection attempts, and datagrams to witnesses, arrive at the machine that this place
  /// is on, from now on.
  ///
  /// @return empty where that takes a right that we do not have
  Optional<Arrivals> watchArrivals() throws IOException;

  /// Watches the same leave that machine, after its own firewall, from now on.
  ///
  /// @return empty where that takes a right that we do not have
  default Optional<Arrivals> watchLeaving() throws IOException {
    return Optional.empty();
  }

  /// The address of its own that this place would send from. Nothing is sent to find out.
  ///
  /// @return empty where no route leads there
  default Optional<InetAddress> sourceTowards(InetAddress target) throws IOException {
    return Optional.empty();
  }

  /// Starts a connection to each TCP port of `ports`, at `pace`, and watches whether it leaves the
  /// machine that this place is on: after that machine's own firewall and routes, before the wire.
  /// Waits for no answer. What is not seen is tried again.
  ///
  /// @return empty where that takes a right that we do not have, or cannot be told for certain
  default Optional<Departures> watchDepartures(
      List<InetSocketAddress> ports, Pace pace, Progress progress) throws IOException {
    return Optional.empty();
  }

  /// The overlay devices there that are up and whose datagrams can be made: those of which kind,
  /// port and, for vxlan, VNI and hardware address are known.
  default List<OverlayDevice> overlays() throws IOException {
    return List.of();
  }

  /// The device that a packet to `address` would leave by; empty where there is no route, or nobody
  /// can tell. Sends nothing.
  default Optional<String> deviceTowards(InetAddress address) throws IOException {
    return Optional.empty();
  }

  /// Watches datagrams of [#askEcho] and [#knock] pass the machine that this place is on, from now
  /// on.
  ///
  /// @return empty where that takes a right that we do not have
  default Optional<OverlayTap> watchOverlays() throws IOException {
    return Optional.empty();
  }

  /// Answers [#askEcho] on a free UDP port, 49152 or above, of exactly `address`, for seconds.
  ///
  /// @return empty where the address is not here
  default Optional<EchoPoint> answerEcho(InetAddress address) throws IOException {
    return Optional.empty();
  }

  /// Sends one datagram for each of `nonces`, `gapMillis` apart, from exactly `from`, and ends with
  /// the first answer.
  ///
  /// @param nonces 16 hex digits each
  default Sent askEcho(InetAddress from, InetSocketAddress to, List<String> nonces, int gapMillis)
      throws IOException {
    throw new IOException("it cannot send through overlays");
  }

  /// Sends one datagram in the form of an overlay for each of `nonces`, `gapMillis` apart, and ends
  /// when the node answers the inner packet with port unreachable. The inner packet comes from our
  /// own address and goes to `inner`, where nothing may listen.
  ///
  /// @param node an address of the node, outside the overlay
  /// @param inner an overlay address of that very node, and a port that is free there
  /// @param nonces 16 hex digits each
  default Sent knock(
      InetAddress node,
      OverlayDevice device,
      InetSocketAddress inner,
      List<String> nonces,
      int gapMillis)
      throws IOException {
    throw new IOException("it cannot send through overlays");
  }

  /// Sends `count` datagrams, at once, that an overlay device takes and drops: they reach no
  /// machine's IP layer.
  default void tickle(InetAddress node, OverlayDevice device, int count) throws IOException {
    throw new IOException("it cannot send through overlays");
  }

  /// UDP datagrams that sockets of this machine took so far (`InDatagrams`, `Udp6InDatagrams`); -1
  /// where nobody can tell.
  default long datagramsTaken() throws IOException {
    return -1;
  }

  @Override
  void close();

  /// What was sent through an overlay.
  ///
  /// @param sent datagrams, 0 or more
  /// @param answered whether the last was answered
  record Sent(int sent, boolean answered) {}

  /// Datagrams that passed a machine.
  interface OverlayTap extends AutoCloseable {
    /// So far; at most a few thousand are kept.
    Set<Passed> seen() throws IOException;

    @Override
    void close();

    /// One datagram at one place.
    ///
    /// @param nonce 16 hex digits
    /// @param reply whether it was an answer
    /// @param wrapped whether it was in an overlay's datagram
    /// @param leaving whether it went out, after every firewall; else it came in, before any
    /// @param device index of the interface
    record Passed(String nonce, boolean reply, boolean wrapped, boolean leaving, int device) {}
  }

  /// A UDP port that is held for a moment and answers datagrams.
  interface EchoPoint extends AutoCloseable {
    int port();

    /// The nonces that came in so far.
    Set<String> heard() throws IOException;

    @Override
    void close();
  }

  /// What became of connection attempts on the machine that made them.
  ///
  /// @param fates of each port that could be asked before `progress` was cancelled
  /// @param sent attempts made
  record Departures(Map<InetSocketAddress, Fate> fates, long sent) {
    /// The end of an attempt as its own machine sees it.
    public enum Fate {
      /// It was seen leaving.
      LEFT,
      /// It was never seen, and nothing answered.
      HELD_BACK,
      /// It was never seen, and yet refused: this machine itself did that.
      REFUSED_HERE,
      /// It was seen on its way to somewhere else: a redirect of this machine took it.
      DIVERTED,
      /// It was never seen, and yet it connected: what leaves there does not show itself (IPsec).
      HIDDEN
    }

    public Departures {
      fates = Map.copyOf(fates);
    }
  }

  /// TCP connection attempts and datagrams to witnesses that passed between a machine and the wire.
  interface Arrivals extends AutoCloseable {
    /// The source address of the last connection attempt on that address and port; empty while
    /// there was none.
    Optional<InetAddress> seenFrom(InetAddress address, int port);

    /// The source address of the last datagram with that token; empty while there was none.
    Optional<InetAddress> seenFrom(String token);

    @Override
    void close();
  }

  /// A port that is held for a moment, and says its nonce to those who know a token. It lets go by
  /// itself within seconds.
  interface Witness extends AutoCloseable {
    /// What it says, 32 hex digits: never more than it was sent.
    String nonce();

    /// The source address of the last who knew that token; empty while there was none.
    Optional<InetAddress> seenFrom(String token);

    /// Whether it has held the port all the time, and still does: else who was not heard proves
    /// nothing.
    boolean holds();

    @Override
    void close();
  }
}
