package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrackingIT {
  private TestNet net;

  @BeforeEach
  void build() throws Exception {
    net = TestNet.tracking();
  }

  @AfterEach
  void close() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  @Test
  void namespaceWithoutARuleThatAsksForItTracksNothing() throws Exception {
    assertThat(net.vantage("src").tracking()).isEmpty();
  }

  @Test
  void idleNamespaceThatTracksIsNoticed() throws Exception {
    net.nft("src", "input", TestNet.STATEFUL);

    assertThat(net.vantage("src").tracking())
        .hasValueSatisfying(t -> assertThat(t.most()).isGreaterThan(t.entries()));
  }

  @Test
  void namespaceThatTracksOneFamilyAloneIsNoticed() throws Exception {
    for (String family : new String[] {"ip", "ip6"}) {
      net.in("src", "nft", "add table " + family + " one");
      net.in("src", "nft", "add chain " + family + " one c { type filter hook input priority 0; }");
      net.in("src", "nft", "add rule " + family + " one c " + TestNet.STATEFUL);

      assertThat(net.vantage("src").tracking()).as(family).isPresent();

      net.in("src", "nft", "delete table " + family + " one");
    }
  }

  @Test
  void rulesThatExemptLoopbackHideNothing() throws Exception {
    net.in("src", "nft", "add table inet raw");
    net.in("src", "nft", "add chain inet raw o { type filter hook output priority -300; }");
    net.in("src", "nft", "add rule inet raw o oif lo notrack");
    net.nft("src", "input", TestNet.STATEFUL);

    assertThat(net.vantage("src").tracking()).isPresent();
  }

  @Test
  void whereAFirewallForbidsToFindOutItCountsAsTracked() throws Exception {
    net.nft("src", "output", "meta l4proto udp drop");

    assertThat(net.vantage("src").tracking()).isPresent();
  }

  @Test
  void nothingLeavesTheMachineToFindOut() throws Exception {
    net.nft("mid", "prerouting", "iifname \"src\" meta l4proto udp counter comment \"heard\"");

    assertThat(net.vantage("src").tracking()).isEmpty();

    assertThat(ruleset("mid")).contains("counter packets 0 bytes 0 comment \"heard\"");
  }

  @Test
  void placesInOneNamespaceShareItsTable() throws Exception {
    net.nft("src", "input", TestNet.STATEFUL);
    net.nft("dst", "input", TestNet.STATEFUL);
    try (Vantage other = NetnsVantage.open("other", net.path("src"))) {
      assertThat(table(other))
          .isEqualTo(table(net.vantage("src")))
          .isNotEqualTo(table(net.vantage("dst")));
    }
  }

  private static String table(Vantage vantage) {
    return vantage.tracking().map(Tracking::table).orElseThrow();
  }

  private String ruleset(String name) throws Exception {
    Process nft =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                net.path(name).getFileName().toString(),
                "nft",
                "list",
                "ruleset")
            .redirectErrorStream(true)
            .start();
    return new String(nft.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
