package io.k8sfw.probes.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Both transports, on loopback.
class ProbersTests {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /// Where nobody listens.
  private static final InetAddress NOBODY = InetAddress.ofLiteral("127.0.0.98");

  private static final Duration LONG = Duration.ofMinutes(2);

  private static Wire open(Transport transport, int loops) {
    assumeTrue(transport == Transport.NIO || Epoll.isAvailable(), "needs Netty's epoll transport");
    return Wire.open(transport, loops, Thread.ofPlatform().daemon().name("wire").factory());
  }

  private static CompletableFuture<Outcome> ask(
      Wire wire, Protocol protocol, InetAddress at, int port, Duration patience) {
    var outcome = new CompletableFuture<Outcome>();
    wire.prober(protocol).attempt(at, port, patience, answer -> outcome.complete(answer.outcome()));
    return outcome;
  }

  /// Makes the one event loop stand still.
  private static Runnable stop(Wire wire) throws InterruptedException {
    var stands = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    wire.group()
        .execute(() -> {
          stands.countDown();
          try {
            release.await();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
        });
    stands.await();
    return release::countDown;
  }

  @ParameterizedTest
  @EnumSource
  void burstsFromManyThreadsAreEachAnsweredOnce(Transport transport) throws Exception {
    int threads = 4;
    int each = 500;
    var answers = new AtomicIntegerArray(threads * each);
    var others = new AtomicInteger();
    var all = new CountDownLatch(threads * each);
    try (Wire wire = open(transport, 2)) {
      List<Thread> burst = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int first = t * each;
        burst.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = first; i < first + each; i++) {
                    int place = i;
                    wire.prober(Protocol.TCP)
                        .attempt(
                            NOBODY,
                            20_000 + i,
                            LONG,
                            answer -> {
                              answers.incrementAndGet(place);
                              if (!answer.outcome().equals(Outcome.REFUSED)) {
                                others.incrementAndGet();
                              }
                              all.countDown();
                            });
                  }
                }));
      }
      for (Thread thread : burst) {
        thread.join();
      }
      assertThat(all.await(2, TimeUnit.MINUTES)).isTrue();
    }
    for (int i = 0; i < answers.length(); i++) {
      assertThat(answers.get(i)).as("attempt %d", i).isOne();
    }
    assertThat(others).hasValue(0);
  }

  @ParameterizedTest
  @EnumSource
  void datagramThatCameWhileTheLoopStoodStillIsHeard(Transport transport) throws Exception {
    try (Wire wire = open(transport, 1);
        DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      Duration patience = Duration.ofMillis(200);
      var outcome = ask(wire, Protocol.UDP, LOOPBACK, server.getLocalPort(), patience);
      Runnable release = stop(wire);
      var packet = new DatagramPacket(new byte[64], 64);
      server.receive(packet);
      server.send(packet);
      Thread.sleep(patience.multipliedBy(2));
      release.run();
      assertThat(outcome.get(2, TimeUnit.MINUTES)).isEqualTo(UdpAttempt.REPLIED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectionMadeWhileTheLoopStoodStillIsOpen(Transport transport) throws Exception {
    try (Wire wire = open(transport, 1);
        FullServer server = new FullServer()) {
      Duration patience = Duration.ofMillis(500);
      var outcome = ask(wire, Protocol.TCP, LOOPBACK, server.port(), patience);
      Runnable release = stop(wire);
      // Its SYN comes again after a second, and now finds room.
      server.acceptAll();
      Thread.sleep(patience);
      release.run();
      assertThat(outcome.get(2, TimeUnit.MINUTES)).isEqualTo(Outcome.OPEN);
    }
  }

  @ParameterizedTest
  @EnumSource
  void silenceEndsWithThePatience(Transport transport) throws Exception {
    try (Wire wire = open(transport, 1);
        DatagramSocket mute = new DatagramSocket(0, LOOPBACK);
        FullServer server = new FullServer()) {
      Duration patience = Duration.ofMillis(50);
      var tcp = ask(wire, Protocol.TCP, LOOPBACK, server.port(), patience);
      var udp = ask(wire, Protocol.UDP, LOOPBACK, mute.getLocalPort(), patience);
      assertThat(tcp.get(2, TimeUnit.MINUTES)).isEqualTo(Outcome.SILENT);
      assertThat(udp.get(2, TimeUnit.MINUTES)).isEqualTo(Outcome.SILENT);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shorterPatienceEndsBeforeALongerOne(Transport transport) throws Exception {
    try (Wire wire = open(transport, 1);
        DatagramSocket mute = new DatagramSocket(0, LOOPBACK)) {
      var patient = ask(wire, Protocol.UDP, LOOPBACK, mute.getLocalPort(), LONG);
      var hasty = ask(wire, Protocol.UDP, LOOPBACK, mute.getLocalPort(), Duration.ofMillis(20));
      assertThat(hasty.get(1, TimeUnit.MINUTES)).isEqualTo(Outcome.SILENT);
      assertThat(patient).isNotDone();
    }
  }

  @ParameterizedTest
  @EnumSource
  void endOfTheLoopsEndsAttemptsAndClosesSockets(Transport transport) throws Exception {
    try (DatagramSocket mute = new DatagramSocket(0, LOOPBACK);
        FullServer server = new FullServer()) {
      // What Netty and the JDK keep for good is there once they were used.
      try (Wire wire = open(transport, 2)) {
        ask(wire, Protocol.TCP, NOBODY, 20_000, LONG).get(2, TimeUnit.MINUTES);
      }
      long before = sockets();
      List<CompletableFuture<Outcome>> pending = new ArrayList<>();
      Wire wire = open(transport, 2);
      try (wire) {
        for (int i = 0; i < 100; i++) {
          ask(wire, Protocol.TCP, NOBODY, 20_000 + i, LONG).get(2, TimeUnit.MINUTES);
          pending.add(ask(wire, Protocol.TCP, LOOPBACK, server.port(), LONG));
          pending.add(ask(wire, Protocol.UDP, LOOPBACK, mute.getLocalPort(), LONG));
        }
      }
      for (var each : pending) {
        assertThat(each.get(2, TimeUnit.MINUTES)).isInstanceOf(Fault.class);
      }
      assertThat(sockets()).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource
  void attemptAfterTheEndIsAFault(Transport transport) throws Exception {
    Wire wire = open(transport, 1);
    wire.close();
    for (int i = 0; i < 3; i++) {
      assertThat(ask(wire, Protocol.TCP, NOBODY, 20_000, LONG).get(2, TimeUnit.MINUTES))
          .isInstanceOf(Fault.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sinkThatThrowsCostsNobodyElseAnAnswer(Transport transport) throws Exception {
    try (Wire wire = open(transport, 1)) {
      List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
      Runnable release = stop(wire);
      for (int i = 0; i < 100; i++) {
        wire.prober(Protocol.TCP)
            .attempt(
                NOBODY,
                1000,
                LONG,
                _ -> {
                  throw new IllegalStateException("what this test is about");
                });
        outcomes.add(ask(wire, Protocol.TCP, NOBODY, 20_001 + i, LONG));
      }
      release.run();
      for (var each : outcomes) {
        assertThat(each.get(2, TimeUnit.MINUTES)).isEqualTo(Outcome.REFUSED);
      }
    }
  }

  /// A socket that was refused serves the next attempt.
  @ParameterizedTest
  @EnumSource
  void openAfterClosedAndClosedAfterOpenAreToldApart(Transport transport) throws Exception {
    try (Wire wire = open(transport, 1);
        ServerSocket server = new ServerSocket(0, 50, LOOPBACK)) {
      for (int i = 0; i < 100; i++) {
        assertThat(ask(wire, Protocol.TCP, NOBODY, 20_000 + i, LONG).get(2, TimeUnit.MINUTES))
            .isEqualTo(Outcome.REFUSED);
        assertThat(
                ask(wire, Protocol.TCP, LOOPBACK, server.getLocalPort(), LONG)
                    .get(2, TimeUnit.MINUTES))
            .isEqualTo(Outcome.OPEN);
        server.accept().close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void portThatOpensBetweenTwoAttemptsIsOpen(Transport transport) throws Exception {
    try (Wire wire = open(transport, 1);
        DatagramSocket echo = new DatagramSocket(null)) {
      int port;
      try (DatagramSocket gone = new DatagramSocket(0, LOOPBACK)) {
        port = gone.getLocalPort();
      }
      assertThat(ask(wire, Protocol.UDP, LOOPBACK, port, LONG).get(2, TimeUnit.MINUTES))
          .isInstanceOfSatisfying(
              Heard.class, heard -> assertThat(heard.state()).isEqualTo(PortState.CLOSED));
      echo.bind(new InetSocketAddress(LOOPBACK, port));
      var outcome = ask(wire, Protocol.UDP, LOOPBACK, port, LONG);
      var packet = new DatagramPacket(new byte[64], 64);
      echo.receive(packet);
      assertThat(packet.getLength()).isOne();
      echo.send(packet);
      assertThat(outcome.get(2, TimeUnit.MINUTES)).isEqualTo(UdpAttempt.REPLIED);
    }
  }

  private static long sockets() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.filter(ProbersTests::isSocketOrPoll).count();
    }
  }

  private static boolean isSocketOrPoll(Path fd) {
    try {
      String target = Files.readSymbolicLink(fd).toString();
      return target.startsWith("socket:") || target.contains("eventpoll");
    } catch (IOException _) {
      return false;
    }
  }

  /// Listens, but drops what comes, until it accepts.
  private static final class FullServer implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
    private final List<Socket> fillers = new ArrayList<>();

    FullServer() throws IOException {
      // A queue of one has room for two.
      for (int i = 0; i < 2; i++) {
        fillers.add(new Socket(LOOPBACK, server.getLocalPort()));
      }
    }

    int port() {
      return server.getLocalPort();
    }

    /// Until one came that was not there before.
    void acceptAll() throws IOException {
      for (int i = 0; i <= fillers.size(); i++) {
        server.accept().close();
      }
    }

    @Override
    public void close() throws IOException {
      for (Socket each : fillers) {
        each.close();
      }
      server.close();
    }
  }
}
