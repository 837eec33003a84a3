package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.linux.Challenge;
import io.k8sfw.probes.wire.Transport;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.Vantage.Witness;
import io.k8sfw.vantage.VantageReading;
import io.netty.channel.epoll.Epoll;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LocalVantageTests {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @ParameterizedTest
  @EnumSource
  void openAndClosedAreToldApart(Transport transport) throws Exception {
    assumeTrue(transport == Transport.NIO || Epoll.isAvailable(), "needs Netty's epoll transport");
    try (LocalVantage vantage = LocalVantage.open("here", transport);
        ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(LOOPBACK, 0));
      int open = server.getLocalPort();
      int closed = freePort();
      VantageReading reading =
          vantage.probe(Orders.tcp(LOOPBACK, open + "," + closed), Progress.SILENT);
      assertThat(Orders.text(reading, open)).isEqualTo("open syn-ack");
      assertThat(Orders.text(reading, closed)).isEqualTo("closed reset");
    }
  }

  @ParameterizedTest
  @EnumSource
  void udpThatAnswersRefusesOrIsSilentIsToldApart(Transport transport) throws Exception {
    assumeTrue(transport == Transport.NIO || Epoll.isAvailable(), "needs Netty's epoll transport");
    try (LocalVantage vantage = LocalVantage.open("here", transport);
        DatagramSocket mute = new DatagramSocket(0, LOOPBACK);
        DatagramSocket echo = new DatagramSocket(0, LOOPBACK)) {
      Thread.ofVirtual().start(() -> echo(echo));
      int closed;
      try (DatagramSocket gone = new DatagramSocket(0, LOOPBACK)) {
        closed = gone.getLocalPort();
      }
      String ports = mute.getLocalPort() + "," + echo.getLocalPort() + "," + closed;
      VantageReading reading = vantage.probe(Orders.udp(LOOPBACK, ports), Progress.SILENT);
      assertThat(Orders.text(reading, mute.getLocalPort())).isEqualTo("open|filtered no-response");
      assertThat(Orders.text(reading, echo.getLocalPort())).isEqualTo("open udp-response");
      assertThat(Orders.text(reading, closed)).startsWith("closed port-unreachable");
    }
  }

  private static void echo(DatagramSocket socket) {
    try {
      var packet = new java.net.DatagramPacket(new byte[64], 64);
      while (true) {
        socket.receive(packet);
        assertThat(packet.getLength()).isLessThan(20);
        socket.send(packet);
      }
    } catch (java.io.IOException _) {
      // The test is over.
    }
  }

  /// Every port must be told right however few sockets there are to do it with.
  @Test
  void thousandsOfPortsAreEachInOneRun() throws Exception {
    try (LocalVantage vantage = LocalVantage.open("here")) {
      VantageReading reading =
          vantage.probe(
              Orders.tcp(InetAddress.ofLiteral("127.0.0.99"), "1000-4999"), Progress.SILENT);
      List<PortRange> ranges = new ArrayList<>();
      reading
          .readings()
          .getFirst()
          .runs()
          .forEach(run -> {
            ranges.add(run.ports());
            assertThat(((Measured) run.observation()).state())
                .isIn(PortState.CLOSED, PortState.OPEN);
          });
      assertThat(PortSet.of(ranges)).isEqualTo(PortSet.of(1000, 4999));
      assertThat(ranges).isSorted();
    }
  }

  @Test
  void selfConnectIsNeverOpen() throws Exception {
    assumeTrue(Epoll.isAvailable(), "needs Netty's epoll transport");
    // Source ports for 127.0.0.1 come from this range: on loopback some attempt may meet itself.
    try (LocalVantage vantage = LocalVantage.open("here")) {
      ProbeOrder order = Orders.tcp(InetAddress.ofLiteral("127.0.0.1"), "60000-60999");
      VantageReading reading = vantage.probe(order, Progress.SILENT);
      var table = vantage.socketTable().orElseThrow();
      reading.readings().getFirst().runs().stream()
          .filter(run -> run.observation() instanceof Measured m && m.state() == PortState.OPEN)
          .flatMapToInt(run -> PortSet.of(List.of(run.ports())).stream())
          .forEach(port ->
              assertThat(table.holds(Protocol.TCP, LOOPBACK, port)).as("%d", port).isTrue());
    }
  }

  private static final String TOKEN = "0123456789abcdef".repeat(2);

  static List<Protocol> protocols() {
    return List.of(Protocol.TCP, Protocol.UDP);
  }

  private static Witness hold(Vantage vantage, Protocol protocol, int port) throws Exception {
    return vantage.holdWitness(protocol, LOOPBACK, port, Set.of(TOKEN)).orElseThrow();
  }

  private static Optional<String> ask(Vantage vantage, Protocol protocol, int port, String token)
      throws Exception {
    return vantage.askWitness(protocol, LOOPBACK, port, token, 5000);
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void portThatAWitnessLetsGoOfCanBeHeldAgainAtOnce(Protocol protocol) throws Exception {
    int port = freePort();
    try (LocalVantage vantage = LocalVantage.open("here")) {
      for (int i = 0; i < 50; i++) {
        try (var witness = hold(vantage, protocol, port)) {
          assertThat(ask(vantage, protocol, port, TOKEN)).contains(witness.nonce());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void witnessSaysItsNonceAndWhoAsked(Protocol protocol) throws Exception {
    try (LocalVantage vantage = LocalVantage.open("here")) {
      int port = freePort();
      try (var witness = hold(vantage, protocol, port)) {
        assertThat(witness.nonce()).matches("[0-9a-f]{32}");
        assertThat(witness.seenFrom(TOKEN)).isEmpty();
        assertThat(ask(vantage, protocol, port, TOKEN)).contains(witness.nonce());
        assertThat(witness.seenFrom(TOKEN)).contains(LOOPBACK);
        assertThat(witness.holds()).isTrue();
        assertThat(vantage.holdWitness(protocol, LOOPBACK, port, Set.of(TOKEN))).isEmpty();
      }
      Witness gone = hold(vantage, protocol, port);
      gone.close();
      assertThat(gone.holds()).isFalse();
      assertThat(ask(vantage, protocol, port, TOKEN)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void witnessAnswersNobodyWithoutItsTokenAndRemembersNone(Protocol protocol) throws Exception {
    String other = "f".repeat(32);
    try (LocalVantage vantage = LocalVantage.open("here")) {
      int port = freePort();
      try (var witness = hold(vantage, protocol, port)) {
        assertThat(vantage.askWitness(protocol, LOOPBACK, port, other, 300)).isEmpty();
        assertThat(witness.seenFrom(other)).isEmpty();
        assertThat(ask(vantage, protocol, port, TOKEN)).contains(witness.nonce());
      }
    }
  }

  /// Whoever forges our address gets less than was sent, and only from those who know the token.
  @Test
  void datagramWitnessNeverSendsMoreThanItWasSent() throws Exception {
    try (LocalVantage vantage = LocalVantage.open("here");
        DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
      int port = freePort();
      try (var witness = hold(vantage, Protocol.UDP, port)) {
        byte[] whole = new Challenge(TOKEN).datagram();
        for (int length = 0; length < whole.length; length++) {
          socket.send(new DatagramPacket(whole, length, LOOPBACK, port));
        }
        socket.send(new DatagramPacket(whole, whole.length, LOOPBACK, port));
        DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
        socket.setSoTimeout(5000);
        socket.receive(answer);
        assertThat(answer.getLength()).isEqualTo(witness.nonce().length()).isLessThan(whole.length);
        socket.setSoTimeout(200);
        assertThatExceptionOfType(SocketTimeoutException.class)
            .isThrownBy(() -> socket.receive(answer));
      }
    }
  }

  @Test
  void portThatSomebodyHoldsOnAnyAddressIsNeverTaken() throws Exception {
    try (LocalVantage vantage = LocalVantage.open("here");
        DatagramSocket shared = new DatagramSocket(null)) {
      shared.setReuseAddress(true);
      shared.bind(new InetSocketAddress(0));
      assertThat(vantage.holdWitness(Protocol.UDP, LOOPBACK, shared.getLocalPort(), Set.of(TOKEN)))
          .isEmpty();
    }
  }

  @Test
  void capabilitiesFollowTheTransport() {
    try (LocalVantage nio = LocalVantage.open("here", Transport.NIO)) {
      assertThat(nio.capabilities()).doesNotContain(Capability.ERROR_QUEUE);
    }
    assumeTrue(Epoll.isAvailable(), "needs Netty's epoll transport");
    try (LocalVantage epoll = LocalVantage.open("here", Transport.EPOLL)) {
      assertThat(epoll.capabilities())
          .contains(Capability.ERROR_QUEUE, Capability.SOCKET_TABLE, Capability.WITNESS);
    }
  }

  @Test
  void threadsEndWithTheVantagePoint() throws Exception {
    try (LocalVantage vantage = LocalVantage.open("short-lived")) {
      var _ = vantage.probe(Orders.tcp(LOOPBACK, Integer.toString(freePort())), Progress.SILENT);
      var _ = vantage.socketTable();
    }
    long deadline = System.nanoTime() + java.time.Duration.ofSeconds(30).toNanos();
    while (lives("probe-short-lived-") && System.nanoTime() < deadline) {
      Thread.sleep(50);
    }
    assertThat(lives("probe-short-lived-")).isFalse();
  }

  private static boolean lives(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(t -> t.getName().startsWith(prefix) && t.isAlive());
  }

  private static int freePort() throws Exception {
    try (ServerSocket gone = new ServerSocket()) {
      gone.bind(new InetSocketAddress(LOOPBACK, 0));
      return gone.getLocalPort();
    }
  }
}
