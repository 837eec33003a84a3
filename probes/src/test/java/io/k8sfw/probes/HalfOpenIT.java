package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static io.k8sfw.probes.TestNet.DST6;
import static io.k8sfw.probes.TestNet.MID4;
import static io.k8sfw.probes.TestNet.MID6;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.Family;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.vantage.Vantage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// SYNs without connections, against a real kernel and real firewalls. Needs root, `ip` and `nft`.
class HalfOpenIT {
  private static final int PORT = 179;
  private static final List<Duration> WAITS =
      List.of(Duration.ofMillis(500), Duration.ofMillis(500), Duration.ofMillis(1500));
  private static final List<InetAddress> TARGETS = List.of(DST4, DST6);

  @Test
  void listenerIsOpenAndNeverHearsOfIt() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage src = net.vantage("src");
      for (InetAddress target : TARGETS) {
        try (ServerSocketChannel server =
            net.inside(
                "dst",
                () -> ServerSocketChannel.open().bind(new InetSocketAddress(target, PORT)))) {
          server.configureBlocking(false);
          for (int i = 0; i < 20; i++) {
            Measured seen = measured(src, target);
            assertThat(seen.state()).isEqualTo(PortState.OPEN);
            assertThat(seen.reason()).isEqualTo(Reason.SYN_ACK);
          }
          assertThat(server.accept()).as("a connection to " + target).isNull();
        }
        assertThat(halfOpenSockets(net)).as("what is left of them").isZero();
      }
    }
  }

  @Test
  void freePortIsClosed() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage src = net.vantage("src");
      for (InetAddress target : TARGETS) {
        Measured seen = measured(src, target);
        assertThat(seen.state()).isEqualTo(PortState.CLOSED);
        assertThat(seen.reason()).isEqualTo(Reason.RESET);
      }
    }
  }

  @Test
  void dropIsSilenceAfterEverySyn() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage src = net.vantage("src");
      net.nft("dst", "input", "tcp dport 179 drop");
      for (InetAddress target : TARGETS) {
        Measured seen = measured(src, target);
        assertThat(seen.state()).isEqualTo(PortState.FILTERED);
        assertThat(seen.reason()).isEqualTo(Reason.NO_RESPONSE);
        assertThat(seen.sent()).isEqualTo(WAITS.size());
      }
    }
  }

  @Test
  void rejectionIsToldWithTheBoxThatMadeIt() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage src = net.vantage("src");
      net.nft("mid", "forward", "tcp dport 179 reject with icmpx admin-prohibited");
      for (InetAddress target : TARGETS) {
        Measured seen = measured(src, target);
        assertThat(seen.state()).isEqualTo(PortState.FILTERED);
        assertThat(seen.reason()).isEqualTo(Reason.ADMIN_PROHIBITED);
        assertThat(seen.icmp().orElseThrow().from())
            .isEqualTo(Family.of(target) == Family.IPV4 ? MID4 : MID6);
      }
    }
  }

  @Test
  void rejectionOfAnotherPortIsNotTaken() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage src = net.vantage("src");
      net.listen("dst", DST4, PORT);
      net.nft("mid", "forward", "tcp dport 180 reject with icmpx admin-prohibited");
      Thread other =
          Thread.ofVirtual()
              .start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                  try {
                    src.askWitness(Protocol.TCP, DST4, 180, "", 50);
                  } catch (java.io.IOException _) {
                    return;
                  }
                }
              });
      for (int i = 0; i < 20; i++) {
        assertThat(measured(src, DST4).state()).isEqualTo(PortState.OPEN);
      }
      other.interrupt();
      other.join();
    }
  }

  @Test
  void whatThisMachineKeepsBackIsNotTheTargetsSilence() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage src = net.vantage("src");
      for (String verdict : List.of("drop", "reject with tcp reset")) {
        net.nft("src", "output", "tcp dport 179 " + verdict);
        for (InetAddress target : TARGETS) {
          assertThat(ask(src, target)).as(verdict).isInstanceOf(Unmeasured.class);
        }
      }
    }
  }

  @Test
  void ownAddressIsNotAsked() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage dst = net.vantage("dst");
      net.listen("dst", DST4, PORT);
      assertThat(ask(dst, DST4).toString()).contains("it is itself where");
    }
  }

  @Test
  void addressWithoutRouteIsUnmeasured() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage src = net.vantage("src");
      net.in("src", "ip", "route", "del", "default");
      assertThat(ask(src, DST4).toString()).contains("no route");
    }
  }

  private static Measured measured(Vantage from, InetAddress target) throws Exception {
    Observation seen = ask(from, target);
    assertThat(seen).isInstanceOf(Measured.class);
    return (Measured) seen;
  }

  private static Observation ask(Vantage from, InetAddress target) throws Exception {
    return from.halfOpen(new InetSocketAddress(target, PORT), WAITS).orElseThrow().observation();
  }

  /// Sockets of the target in SYN_RECV (state 03 of proc_net_tcp).
  private static long halfOpenSockets(TestNet net) throws Exception {
    return net.inside(
        "dst",
        () -> {
          long count = 0;
          for (String table : List.of("tcp", "tcp6")) {
            try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/net", table))) {
              count += lines.filter(line -> line.strip().split("\\s+", 5)[3].equals("03")).count();
            }
          }
          return count;
        });
  }
}
