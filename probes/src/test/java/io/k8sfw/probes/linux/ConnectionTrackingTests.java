package io.k8sfw.probes.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.probes.linux.ConnectionTracking.Trial;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionTrackingTests {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  @Test
  void everyOwnAddressIsTriedOnce() {
    List<String> trie =
        List.of(
            "Main:",
            "  +-- 0.0.0.0/0 3 0 5",
            "           |-- 10.77.0.0",
            "              /24 link UNICAST",
            "           |-- 10.77.0.1",
            "              /32 host LOCAL",
            "           |-- 10.77.0.255",
            "              /32 link BROADCAST",
            "     +-- 127.0.0.0/8 2 0 2",
            "           |-- 127.0.0.0",
            "              /8 host LOCAL",
            "           |-- 127.0.0.1",
            "              /32 host LOCAL",
            "Local:",
            "           |-- 10.77.0.1",
            "              /32 host LOCAL");

    assertThat(ConnectionTracking.ipv4(trie))
        .containsExactly(
            new Trial(InetAddress.ofLiteral("10.77.0.1"), InetAddress.ofLiteral("224.0.0.1")),
            new Trial(LOOPBACK, LOOPBACK));
  }

  @Test
  void everyInterfaceIsTriedOnceOverIpv6() throws Exception {
    List<String> lines =
        List.of(
            "00000000000000000000000000000001 01 80 10 80       lo",
            "fd000000000000000000000000000001 0b 40 00 80     eth0",
            "fe8000000000000000163efffe000001 0b 40 20 80     eth0");

    List<Trial> trials = ConnectionTracking.ipv6(lines);

    assertThat(trials).hasSize(2);
    assertThat(trials.getFirst().to()).isEqualTo(InetAddress.ofLiteral("::1"));
    assertThat(trials.getLast().to())
        .isInstanceOfSatisfying(
            Inet6Address.class,
            all -> {
              assertThat(all.isMCLinkLocal()).isTrue();
              assertThat(all.getScopeId()).isEqualTo(11);
            });
  }
}
