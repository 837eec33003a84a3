package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static io.k8sfw.probes.TestNet.SRC4;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.SocketTable.Owner;
import io.k8sfw.observation.SocketTable.Session;
import io.k8sfw.vantage.Vantage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a place tells of the machine that it is on. Needs root and `ip`.
class NodeEvidenceIT {
  @Test
  void portOfVxlanDeviceIsHeldByNoProcessWhileTheDeviceIsUp() throws Exception {
    try (TestNet net = TestNet.create()) {
      Vantage there = net.vantage("dst");
      ip(net, "link add flannel.1 type vxlan id 7 dstport 8472 dev eth0 nolearning");
      assertThat(port(there, 8472)).as("while the device is down").isEmpty();
      ip(net, "link set flannel.1 up");
      Listener kernels = port(there, 8472).orElseThrow();
      // Who is not in the first process namespace cannot know that nobody holds it.
      assertThat(kernels.owner()).isIn(Owner.KERNEL, Owner.UNKNOWN);
    }
  }

  @Test
  void sessionOfBgpIsSeenAtBothEnds() throws Exception {
    try (TestNet net = TestNet.create();
        ServerSocketChannel server =
            net.inside(
                "dst", () -> ServerSocketChannel.open().bind(new InetSocketAddress(DST4, 179)));
        SocketChannel client =
            net.inside("src", () -> SocketChannel.open(new InetSocketAddress(DST4, 179)));
        SocketChannel accepted = server.accept()) {
      assertThat(accepted.isConnected()).isTrue();
      int port = ((InetSocketAddress) client.getLocalAddress()).getPort();
      assertThat(net.vantage("src").socketTable().orElseThrow().sessions())
          .containsExactly(new Session(SRC4, port, DST4, 179));
      assertThat(net.vantage("dst").socketTable().orElseThrow().sessions())
          .containsExactly(new Session(DST4, 179, SRC4, port));
    }
  }

  private static void ip(TestNet net, String command) throws Exception {
    net.in("dst", ("ip " + command).split(" ", -1));
  }

  private static Optional<Listener> port(Vantage there, int port) throws Exception {
    return there
        .socketTable()
        .orElseThrow()
        .holder(Protocol.UDP, InetAddress.ofLiteral("10.99.2.2"), port);
  }
}
