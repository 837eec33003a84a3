package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Verdict;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AdviceTests {
  private static final AuditResult RESULT = SampleResults.everything();

  @Test
  void anExposedPortIsClosedToAllButTheZonesOfItsRule() {
    assertThat(advice(Verdict.Kind.OVER_EXPOSED, SampleResults.KUBELET).example())
        .containsExactly(
            "nft insert rule inet filter input ip saddr != { 10.0.0.11 } tcp dport 10250 drop",
            "nft insert rule inet filter input ip6 saddr != { fd00::11 } tcp dport 10250 drop");
  }

  @Test
  void aMissingFlowIsAllowedFromTheZonesThatNeedIt() {
    assertThat(advice(Verdict.Kind.MISSING, SampleResults.API).example())
        .containsExactly(
            "nft insert rule inet filter input ip6 saddr { fd00::21 } tcp dport 6443 accept");
  }

  @Test
  void nodePortsGetNoExampleBecauseTheInputChainNeverSeesThem() {
    Advice advice = advice(Verdict.Kind.OVER_EXPOSED, SampleResults.NODE_PORTS);
    assertThat(advice.example()).isEmpty();
    assertThat(advice.fix()).contains("tcp/31000-31003, 32500").contains("forward chain");
  }

  @Test
  void aNodePortNamesItsServiceAndWhoDecidesOnIt() {
    Advice advice = advice(Verdict.Kind.MISSING, new Row(Protocol.TCP, PortSet.of(30080)));
    assertThat(advice.means()).endsWith("It is the NodePort of the Service shop/web.");
    assertThat(advice.fix()).contains("Who forwards NodePorts is not known (state the fact proxy)");
    assertThat(advice.example()).isEmpty();
    assertThat(NodePorts.forwarding(Facts.declared(Map.of("proxy", "ipvs"))))
        .contains("in the input chain");
    assertThat(NodePorts.forwarding(Facts.declared(Map.of("proxy", "iptables"))))
        .contains("the forward chain decides");
    assertThat(NodePorts.forwarding(Facts.declared(Map.of("proxy", "ebpf"))))
        .contains("neither chain decides");
  }

  @Test
  void podsThatCannotCallTheApiAreNamed() {
    assertThat(advice(Verdict.Kind.MISSING, SampleResults.API).means())
        .endsWith("rewritten to this one: they are cut off from it.");
    assertThat(advice(Verdict.Kind.MISSING, SampleResults.KUBELET).means())
        .doesNotContain("Service kubernetes");
  }

  @Test
  void everyFindingSaysWhatItMeansWhatToDoAndHowToLookAgain() {
    for (Findings.Finding f : Findings.of(RESULT)) {
      Advice advice = Advice.of(f, RESULT);
      assertThat(advice.means()).endsWith(".");
      assertThat(advice.fix()).endsWith(".");
      assertThat(advice.again()).startsWith("From ").endsWith(".");
    }
  }

  private static Advice advice(Verdict.Kind kind, Row row) {
    return Findings.of(RESULT).stream()
        .filter(f -> f.kind() == kind && f.row().equals(row))
        .findFirst()
        .map(f -> Advice.of(f, RESULT))
        .orElseThrow();
  }
}
