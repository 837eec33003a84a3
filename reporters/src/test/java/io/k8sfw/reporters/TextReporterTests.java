package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Summary;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

final class TextReporterTests {

  static List<AuditResult> samples() {
    return JsonReporterTests.samples();
  }

  @Test
  void goldenFile() {
    Golden.check("everything.txt", Reports.text(SampleResults.everything()));
    Golden.check("merged.txt", Reports.text(SampleResults.merged()));
  }

  @Test
  void theVerdictIsTheFirstWord() {
    assertThat(Reports.text(SampleResults.everything())).startsWith("NOT COMPLIANT: prod-eu-1\n");
    assertThat(Reports.text(SampleResults.compliant())).startsWith("COMPLIANT: prod-eu-1\n");
    assertThat(Reports.text(SampleResults.nothing())).startsWith("NOT PROVEN: empty\n");
    assertThat(Reports.text(SampleResults.notJudged())).startsWith("NOT PROVEN: idle\n");
    assertThat(Reports.text(SampleResults.interrupted("SIGINT")))
        .startsWith("NOT COMPLIANT, AND INCOMPLETE: prod-eu-1\n")
        .contains("stopped early: SIGINT");
  }

  @Test
  void complianceWithUnprovenPortsSaysSoInItsFirstSentence() {
    assertThat(Reports.text(SampleResults.compliantButUnproven()))
        .startsWith(
            "COMPLIANT: prod-eu-1\nThe only check was judged, and nothing was found. But: 1 port: no"
                + " service answers, path not")
        .contains("closed?    1 port: no service answers");
  }

  @Test
  void onlyBadPathsAreWorthALine() {
    assertThat(Reports.text(SampleResults.everything()).lines().filter(l -> l.contains("bad path")))
        .hasSize(2)
        .anyMatch(l -> l.contains("10.0.0.22: loss at most 13.8 %"))
        .anyMatch(l -> l.contains("10.0.0.23"));
  }

  @Test
  void statesTheCountsOfTheSummary() {
    AuditResult result = SampleResults.everything();
    Summary s = Summary.of(result);
    assertThat(Reports.text(result))
        .contains(
            "%d over-exposed, %d missing, %d deviate, %d unverified, %d closed but unproven, %d compliant"
                .formatted(
                    s.overExposed(),
                    s.missing(),
                    s.deviates(),
                    s.unverified(),
                    s.closedUnproven(),
                    s.compliant()))
        .contains(
            "%d of %d checks judged (%d %%)"
                .formatted(s.judged(), s.planned(), s.coveragePercent()));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void noLineIsWiderThanAHundredColumns(AuditResult result) {
    for (String line : Reports.text(result).split("\n", -1)) {
      assertThat(TerminalText.columns(line)).as(line).isLessThanOrEqualTo(100);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void colourChangesNothingButColour(AuditResult result) {
    String coloured = Reports.write(new TextReporter(true), result);
    assertThat(coloured.replaceAll("\u001b\\[[0-9;]*m", "")).isEqualTo(Reports.text(result));
    assertThat(coloured).contains("\u001b[");
  }

  @ParameterizedTest
  @FieldSource("io.k8sfw.reporters.Hostile#EACH")
  void hostileTextDoesNotAct(String evil) {
    String text = Reports.text(SampleResults.hostile(evil));
    assertThat(text.codePoints().filter(c -> c != '\n').noneMatch(TextReporterTests::acts))
        .isTrue();
    for (String line : text.split("\n", -1)) {
      assertThat(line.strip()).doesNotStartWith("::");
      assertThat(line).doesNotContain("##[").doesNotContain("##vso[");
    }
  }

  private static boolean acts(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  @Test
  void aMebibyteOfTextIsCut() {
    String text = Reports.text(SampleResults.hostile("A".repeat(1 << 20)));
    assertThat(text.length()).isLessThan(60_000);
  }

  @Test
  void aThousandNodesAreOneFinding() {
    String text = Reports.text(SampleResults.large(1000));
    assertThat(text).contains("and 992 more in results.json");
    assertThat(text.length()).isLessThan(6000);
  }

  @Test
  void whatWasNotProvenIsGroupedWithItsReason() {
    assertThat(Reports.text(SampleResults.everything()))
        .contains("cluster-admin → control-plane+etcd, 1 check: tcp/6443")
        .contains("no vantage point stands for cluster-admin")
        .contains("1 port: no service answers, path not proven closed")
        .contains("zone ingress (4 checks): the load balancer team audits it");
  }
}
