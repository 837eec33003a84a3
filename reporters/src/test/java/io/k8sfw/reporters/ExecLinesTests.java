package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Summary;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ExecLinesTests {
  private static final String FAILED =
      "an exec failed between an API server and the kubelet of worker-2 (10.0.0.22, tcp/10250): the"
          + " API server said 500: dial tcp 10.0.0.22:10250: i/o timeout";

  @Test
  void theFindingOnThatKubeletSaysThatTheExecFailedToo() {
    AuditResult result = SampleResults.everything();

    assertThat(Findings.of(result))
        .filteredOn(f -> !ExecLines.of(f, result).isEmpty())
        .hasSize(1)
        .allSatisfy(f -> assertThat(f.row()).isEqualTo(SampleResults.KUBELET))
        .allSatisfy(f -> assertThat(f.from().toString()).contains("control-plane"))
        .allSatisfy(f -> assertThat(ExecLines.of(f, result)).containsExactly(FAILED));
    assertThat(oneLine(Reports.text(result))).contains("beside " + FAILED);
    assertThat(Reports.html(result)).contains("Beside it.").contains(FAILED);
    assertThat(Reports.junit(result)).contains("beside: " + FAILED);
  }

  @Test
  void theGapOfAManagedControlPlaneStaysOneWhateverAnExecDid() {
    AuditResult result = SampleResults.managedControlPlane();

    assertThat(Summary.of(result).outcome()).isEqualTo(Outcome.NOT_PROVEN);
    assertThat(Summary.of(result).unverified()).isEqualTo(2);
    String worked =
        "an exec led from an API server to the kubelet of worker-1, over the network or through a"
            + " tunnel: that proves no rule of a firewall";
    assertThat(oneLine(Reports.text(result)))
        .contains("no vantage point in zone control-plane (worker-1) " + worked + " " + FAILED);
    assertThat(Reports.html(result)).contains(worked).contains(FAILED);
    assertThat(Reports.junit(result)).contains("tcp/10250: " + worked, "tcp/10250: " + FAILED);
  }

  @Test
  void whatManyExecsDidIsCutShort() {
    List<ExecReport> many =
        IntStream.rangeClosed(1, 20)
            .mapToObj(i ->
                new ExecReport(
                    "n-" + i,
                    InetAddress.ofLiteral("10.0.0." + i),
                    10250,
                    i % 2 == 0 ? Optional.empty() : Optional.of(Untrusted.of("no"))))
            .toList();

    assertThat(ExecLines.of(many))
        .hasSize(10)
        .first()
        .asString()
        .contains("n-16, and 2 more in results.json");
    assertThat(ExecLines.of(many)).last().isEqualTo("and 2 more such execs in results.json");
    assertThat(ExecLines.of(List.of())).isEmpty();
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
