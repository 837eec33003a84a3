package io.k8sfw.probes.agent;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage.Departures;
import io.k8sfw.vantage.Vantage.OverlayTap.Passed;
import io.k8sfw.vantage.Vantage.Sent;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;

/// What a controller and an agent say to each other.
///
/// The agent begins, with [Hello]; the controller answers with [Open]. From then on the controller
/// asks and the agent answers under the same number; several questions may be open at once. Either
/// side says [Request.Beat] or [Reply.Beat] when it has nothing else to say.
final class AgentProtocol {
  /// Raised with every change that another build would misread.
  static final int VERSION = 4;

  /// The number of what is neither question nor answer: hello and heartbeats.
  static final long NOBODY = 0;

  private static final String DEVELOPMENT = "development";
  private static final String BUILD = readBuild();

  private AgentProtocol() {}

  /// The build that this is. From the jar's manifest; `development` where classes do not come from
  /// a jar.
  static String build() {
    return BUILD;
  }

  /// From the very jar of this class: a package has its version from wherever its first class came.
  private static String readBuild() {
    CodeSource source = AgentProtocol.class.getProtectionDomain().getCodeSource();
    if (source == null || !source.getLocation().getPath().endsWith(".jar")) {
      return DEVELOPMENT;
    }
    try (JarFile jar = new JarFile(Path.of(source.getLocation().toURI()).toFile())) {
      return Optional.ofNullable(jar.getManifest())
          .map(m -> m.getMainAttributes().getValue(Attributes.Name.IMPLEMENTATION_VERSION))
          .orElse(DEVELOPMENT);
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("the jar of this class can be read: " + source, e);
    }
  }

  /// What the controller says.
  sealed interface Request {
    /// @param addresses all that may ever be asked, held or sent to
    /// @param silence how long the agent goes on without hearing anything
    /// @param life how long the agent goes on in any case
    record Open(Set<InetAddress> addresses, Duration silence, Duration life) implements Request {}

    /// "I am still here."
    record Beat() implements Request {}

    /// To end what was asked under that number soon, with what there is.
    record Cancel() implements Request {}

    /// "That was all." For ways whose one end cannot be closed without the other.
    record Goodbye() implements Request {}

    /// @param entries as in [Allow], from the beginning
    /// @param oversight as in [Oversee], from the beginning
    record Probe(ProbeOrder order, int entries, Oversight oversight) implements Request {}

    /// What was asked under that number may take so many more entries of connection tracking tables
    /// from now on; what was left of the last such word is lost.
    ///
    /// @param entries 0 or more; [Integer#MAX_VALUE] where nobody reads any table
    record Allow(int entries) implements Request {}

    /// Who looks after the targets of what was asked under that number, from now on.
    record Oversee(Oversight oversight) implements Request {}

    record ReadSockets() implements Request {}

    record ReadTracking() implements Request {}

    /// The port stays taken until [Release] of this question's number.
    record Hold(Protocol protocol, InetAddress address, int port, Set<String> tokens)
        implements Request {}

    /// @param held the number of the [Hold]
    record HeldSeenFrom(long held, String token) implements Request {}

    /// @param held the number of the [Hold]
    record StillHolds(long held) implements Request {}

    record Ask(Protocol protocol, InetAddress address, int port, String token, int timeoutMillis)
        implements Request {}

    /// Which address of its own the place sends from.
    record FindSource(InetAddress target) implements Request {}

    /// Goes on until [Release] of this question's number.
    ///
    /// @param leaving what leaves, and not what arrives
    record Watch(boolean leaving) implements Request {}

    /// @param watched the number of the [Watch]
    record ArrivalSeenFrom(long watched, InetAddress address, int port) implements Request {}

    /// @param watched the number of the [Watch]
    record TokenSeenFrom(long watched, String token) implements Request {}

    record Depart(List<InetSocketAddress> ports, Pace pace) implements Request {}

    record HalfOpen(InetSocketAddress port, List<Duration> waits) implements Request {}

    record ReadOverlays() implements Request {}

    record FindDevice(InetAddress towards) implements Request {}

    /// Goes on until [Release] of this question's number.
    record WatchOverlays() implements Request {}

    /// @param watched the number of the [WatchOverlays]
    record ReadPassed(long watched) implements Request {}

    /// Answers until [Release] of this question's number.
    record HoldEcho(InetAddress address) implements Request {}

    /// @param held the number of the [HoldEcho]
    record EchoHeard(long held) implements Request {}

    record AskEcho(InetAddress from, InetSocketAddress to, List<String> nonces, int gapMillis)
        implements Request {}

    record Knock(
        InetAddress node,
        OverlayDevice device,
        InetSocketAddress inner,
        List<String> nonces,
        int gapMillis)
        implements Request {}

    record Tickle(InetAddress node, OverlayDevice device, int count) implements Request {}

    record ReadDatagramsTaken() implements Request {}

    record Release(long taken) implements Request {}
  }

  /// What the agent says.
  sealed interface Reply {
    /// @param openFiles how many it may have open; -1 where that is not known
    /// @param platform its operating system and processor, as Java names them
    record Hello(
        int protocol,
        String build,
        Set<Capability> capabilities,
        long pid,
        long openFiles,
        String java,
        String platform)
        implements Reply {}

    /// @param clock what the agent's clock showed
    record Opened(Instant clock) implements Reply {}

    record Beat() implements Reply {}

    /// So many ports further, under the number of the question.
    record Settled(long ports) implements Reply {}

    /// The place itself failed; as an [java.io.IOException] of a [io.k8sfw.vantage.Vantage].
    record Failed(String cause) implements Reply {}

    record Probed(VantageReading reading) implements Reply {}

    record Sockets(Optional<SocketTable> table) implements Reply {}

    record Tracked(Optional<Tracking> tracking) implements Reply {}

    record Held(Optional<String> nonce) implements Reply {}

    record SeenFrom(Optional<InetAddress> source) implements Reply {}

    record Said(Optional<String> text) implements Reply {}

    record Holds(boolean holds) implements Reply {}

    record Watching(boolean allowed) implements Reply {}

    record Departed(Optional<Departures> departures) implements Reply {}

    record HalfOpened(Optional<PortRun> run) implements Reply {}

    record Overlays(List<OverlayDevice> devices) implements Reply {}

    record Device(Optional<String> name) implements Reply {}

    record PassedBy(Set<Passed> seen) implements Reply {}

    /// @param port 0 where none was to be had
    record EchoHeld(int port) implements Reply {}

    record Heard(Set<String> nonces) implements Reply {}

    record SentThrough(Sent sent) implements Reply {}

    record Tickled() implements Reply {}

    record DatagramsTaken(long count) implements Reply {}

    record Released() implements Reply {}
  }
}
