package io.k8sfw.probes;

import static io.k8sfw.probes.TestNet.DST4;
import static io.k8sfw.probes.TestNet.DST6;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Sockets whose connection was refused serve other attempts. Needs root, `ip`, `nft`.
class KeptSocketsIT {
  private TestNet net;

  @BeforeEach
  void build() throws Exception {
    net = TestNet.create();
  }

  @AfterEach
  void takeDown() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  @Test
  void everyAttemptHasASourcePortOfItsOwn() throws Exception {
    net.in("dst", "nft", "add table inet t");
    net.in("dst", "nft", "add set inet t seen { type inet_service; flags dynamic; size 65535; }");
    net.nft("dst", "input", "tcp dport 2001-2400 add @seen { tcp sport }");
    VantageReading reading =
        net.vantage("src").probe(Orders.tcp(DST4, "2001-2400"), Progress.SILENT);
    assertThat(Orders.text(reading, 2001)).isEqualTo("closed reset");
    // Of 28,000 source ports, some few may come twice by chance.
    assertThat(seen()).isGreaterThan(380);
  }

  private long seen() throws Exception {
    Process nft =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                net.path("dst").getFileName().toString(),
                "nft",
                "list",
                "set",
                "inet",
                "t",
                "seen")
            .redirectErrorStream(true)
            .start();
    String said = new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(nft.waitFor()).as(said).isZero();
    String elements = said.substring(said.indexOf("elements"));
    return Arrays.stream(elements.split("[^0-9]+")).filter(s -> !s.isEmpty()).count();
  }

  @Test
  void closedOpenAndRejectedPortsByTurnsAreEachToldRight() throws Exception {
    for (var address : java.util.List.of(DST4, DST6)) {
      for (int port = 3001; port <= 3100; port += 10) {
        net.listen("dst", address, port);
      }
    }
    // Few, since Linux sends six ICMP errors at once and then one a second.
    net.nft("dst", "input", "tcp dport { 3002, 3012, 3022 } reject with icmpx admin-prohibited");
    for (var address : java.util.List.of(DST4, DST6)) {
      VantageReading reading =
          net.vantage("src").probe(Orders.tcp(address, "3001-3100"), Progress.SILENT);
      for (int port = 3001; port <= 3100; port++) {
        String expected =
            port % 10 == 1
                ? "open syn-ack"
                : port < 3023 && port % 10 == 2 ? "filtered admin-prohibited" : "closed reset";
        assertThat(Orders.text(reading, port)).as("port %d", port).startsWith(expected);
      }
    }
  }
}
