package io.k8sfw.probes.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.SocketTable.Owner;
import io.k8sfw.observation.SocketTable.Session;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcNetTests {
  private static final String REST = " 00000000:00000000 00:00000000 00000000     0        0 1 1";

  @Test
  void listenersAreReadAndOthersAreNot() throws Exception {
    assertThat(tcp("0: 0100007F:1F90 00000000:0000 0A"))
        .contains(listener(Protocol.TCP, "127.0.0.1", 8080, false));
    assertThat(tcp("1: 00000000:0016 00000000:0000 0A"))
        .contains(listener(Protocol.TCP, "0.0.0.0", 22, false));
    assertThat(tcp("2: 0100007F:1F90 0100007F:C350 01")).isEmpty();
    assertThat(
            tcp(
                "3: 00000000000000000000000000000000:00B3 00000000000000000000000000000000:0000 0A"))
        .contains(listener(Protocol.TCP, "::", 179, true));
    assertThat(
            tcp(
                "4: 000099FD000000000000000002000000:0050 00000000000000000000000000000000:0000 0A"))
        .contains(listener(Protocol.TCP, "fd99::2", 80, false));
    assertThat(ProcNet.listener("5: 00000000:2118 00000000:0000 07" + REST, Protocol.UDP))
        .contains(listener(Protocol.UDP, "0.0.0.0", 8472, false));
    assertThat(ProcNet.listener("6: 0100007F:2118 0100007F:0035 01" + REST, Protocol.UDP))
        .isEmpty();
  }

  @Test
  void mappedAddressIsTheIpv4Address() throws Exception {
    assertThat(
            tcp(
                "0: 0000000000000000FFFF00000100000A:0050 00000000000000000000000000000000:0000 0A"))
        .contains(listener(Protocol.TCP, "10.0.0.1", 80, false));
  }

  @Test
  void nonsenseIsAnErrorAndNotAnEmptyTable() {
    for (String line :
        new String[] {"0: zz:1F90 0:0 0A", "0: 0100007F 0:0 0A", "0: 01:0050 0:0 0A", "0:"}) {
      assertThatThrownBy(() -> tcp(line)).as(line).isInstanceOf(IOException.class);
    }
  }

  @Test
  void ownSocketsAreInTheTable() throws Exception {
    assumeTrue(ProcNet.isThere(), "needs Linux");
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    try (ServerSocket server = new ServerSocket();
        DatagramSocket udp = new DatagramSocket(0, loopback)) {
      server.bind(new InetSocketAddress(loopback, 0));
      SocketTable table = ProcNet.ofThisThread();
      assertThat(table.holds(Protocol.TCP, loopback, server.getLocalPort())).isTrue();
      assertThat(table.holds(Protocol.UDP, loopback, udp.getLocalPort())).isTrue();
      assertThat(
              table.holds(Protocol.TCP, InetAddress.ofLiteral("127.0.0.2"), server.getLocalPort()))
          .isFalse();
      assertThat(table.listenOverflows()).isNotNegative();
    }
  }

  @Test
  void listenOverflowsComeFromTheColumnOfThatName(@TempDir Path dir) throws Exception {
    Path netstat = dir.resolve("netstat");
    Files.writeString(
        netstat,
        "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 17 3\nIpExt: A\nIpExt: 2\n");
    assertThat(ProcNet.counter(netstat, "ListenOverflows")).isEqualTo(17);
    Files.writeString(netstat, "TcpExt: SyncookiesSent\nTcpExt: 1\n");
    assertThat(ProcNet.counter(netstat, "ListenOverflows")).isEqualTo(-1);
  }

  @Test
  void sessionsOfBgpAreReadAndOthersAreNot() throws Exception {
    assertThat(ProcNet.session("0: 0200010A:C350 0100010A:00B3 01" + REST))
        .contains(
            new Session(
                InetAddress.ofLiteral("10.1.0.2"), 50000, InetAddress.ofLiteral("10.1.0.1"), 179));
    assertThat(ProcNet.session("1: 0100010A:00B3 0200010A:C350 01" + REST)).isPresent();
    assertThat(ProcNet.session("2: 0100010A:0016 0200010A:C350 01" + REST)).isEmpty();
    assertThat(ProcNet.session("3: 0100010A:00B3 0200010A:C350 06" + REST)).isEmpty();
  }

  @Test
  void listenerOfThisProcessHasItsName() throws Exception {
    assumeTrue(ProcNet.isThere(), "needs Linux");
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(loopback, 0));
      Listener listener =
          ProcNet.ofThisThread()
              .holder(Protocol.TCP, loopback, server.getLocalPort())
              .orElseThrow();
      String own = Files.readString(Path.of("/proc/self/comm")).strip();
      assertThat(listener.owner()).isEqualTo(Owner.process(own));
    }
  }

  @Test
  void missingTableIsAnError(@TempDir Path dir) {
    assertThatThrownBy(() -> ProcNet.read(dir)).isInstanceOf(IOException.class);
  }

  private static java.util.Optional<Listener> tcp(String line) throws IOException {
    return ProcNet.listener("  " + line + REST, Protocol.TCP);
  }

  private static Listener listener(Protocol protocol, String address, int port, boolean dual) {
    return new Listener(protocol, InetAddress.ofLiteral(address), port, dual);
  }
}
