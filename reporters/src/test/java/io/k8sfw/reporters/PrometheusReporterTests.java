package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Summary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

final class PrometheusReporterTests {
  /// Prometheus, "Exposition formats", Text-based format; "Data model", Metric names and labels.
  private static final Pattern HELP = Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");

  private static final Pattern TYPE = Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) gauge");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\{(.*)} ([0-9]+(?:\\.[0-9]+)?)");
  private static final Pattern LABEL =
      Pattern.compile("\\G,?([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\\\\\"\\n]|\\\\[\\\\\"n])*)\"");

  private record Sample(String name, Map<String, String> labels, double value) {
    boolean has(String... labels) {
      for (int i = 0; i < labels.length; i += 2) {
        if (!labels[i + 1].equals(this.labels.get(labels[i]))) {
          return false;
        }
      }
      return true;
    }
  }

  static List<AuditResult> samples() {
    return JsonReporterTests.samples();
  }

  @Test
  void goldenFile() {
    Golden.check("everything.prom", Reports.prometheus(SampleResults.everything()));
    Golden.check("merged.prom", Reports.prometheus(SampleResults.merged()));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isTheTextFormat(AuditResult result) {
    assertThat(parse(Reports.prometheus(result))).isNotEmpty();
  }

  @ParameterizedTest
  @FieldSource("io.k8sfw.reporters.Hostile#EACH")
  void hostileTextStaysInItsLabel(String evil) {
    List<Sample> samples = parse(Reports.prometheus(SampleResults.hostile(evil)));
    assertThat(samples)
        .hasSameSizeAs(parse(Reports.prometheus(SampleResults.hostile("benign"))))
        .allSatisfy(s -> assertThat(s.labels()).containsKeys("inventory", "matrix"));
  }

  @Test
  void aMebibyteOfTextIsCut() {
    assertThat(Reports.prometheus(SampleResults.hostile("\\".repeat(1 << 20))))
        .hasSizeLessThan(200_000);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theCountsAreThoseOfTheSummary(AuditResult result) {
    List<Sample> samples = parse(Reports.prometheus(result));
    Summary summary = Summary.of(result);
    assertThat(value(samples, "checks", "verdict", "compliant")).isEqualTo(summary.compliant());
    assertThat(value(samples, "checks", "verdict", "missing")).isEqualTo(summary.missing());
    assertThat(value(samples, "checks", "verdict", "unverified")).isEqualTo(summary.unverified());
    assertThat(value(samples, "planned_checks")).isEqualTo(summary.planned());
    assertThat(value(samples, "judged_checks")).isEqualTo(summary.judged());
    assertThat(sum(samples, "findings")).isEqualTo(Findings.of(result).size());
    assertThat(sum(samples, "outcome")).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void zonesAddUpToTheWhole(AuditResult result) {
    List<Sample> samples = parse(Reports.prometheus(result));
    for (Sample whole : named(samples, "checks")) {
      String verdict = Objects.requireNonNull(whole.labels().get("verdict"));
      assertThat(
              named(samples, "zone_checks").stream()
                  .filter(s -> s.has("verdict", verdict))
                  .mapToDouble(Sample::value)
                  .sum())
          .as(verdict)
          .isEqualTo(whole.value());
    }
    assertThat(sum(samples, "zone_findings")).isEqualTo(sum(samples, "findings"));
  }

  @Test
  void coverageIsOneOnlyWhenAllWasJudged() {
    assertThat(value(parse(Reports.prometheus(SampleResults.compliant())), "coverage_ratio"))
        .isEqualTo(1);
    assertThat(value(parse(Reports.prometheus(SampleResults.everything())), "coverage_ratio"))
        .isPositive()
        .isLessThan(1);
    assertThat(value(parse(Reports.prometheus(SampleResults.nothing())), "coverage_ratio"))
        .isZero();
  }

  @Test
  void onlyAnAuditThatJudgedEverythingIsASuccess() {
    assertThat(names(SampleResults.compliant())).contains(SUCCESS);
    for (AuditResult result :
        List.of(
            SampleResults.everything(),
            SampleResults.nothing(),
            SampleResults.notJudged(),
            SampleResults.interrupted("SIGTERM"))) {
      assertThat(names(result)).doesNotContain(SUCCESS).contains(RUN);
    }
  }

  @Test
  void noLabelHoldsANodeAnAddressOrAPort() {
    String text = Reports.prometheus(SampleResults.everything());
    assertThat(text).doesNotContain("worker-1", "cp-1", "10.0.0", "fd00", "10250", "bastion");
  }

  @Test
  void manyZonesDoNotMakeManySeries() {
    AuditResult many = SampleResults.manyZones(5 * PrometheusReporter.MAX_PAIRS);
    List<Sample> samples = parse(Reports.prometheus(many));

    assertThat(named(samples, "zone_checks")).hasSize((PrometheusReporter.MAX_PAIRS + 1) * 7);
    assertThat(named(samples, "zone_findings")).hasSize((PrometheusReporter.MAX_PAIRS + 1) * 4);
    assertThat(sum(samples, "zone_checks")).isEqualTo(5 * PrometheusReporter.MAX_PAIRS);
    assertThat(
            value(
                samples,
                "zone_checks",
                "from",
                PrometheusReporter.OTHERS,
                "to",
                PrometheusReporter.OTHERS,
                "verdict",
                "compliant"))
        .isEqualTo(4 * PrometheusReporter.MAX_PAIRS);
  }

  private static final String RUN = "k8sfw_audit_last_run_timestamp_seconds";
  private static final String SUCCESS = "k8sfw_audit_last_success_timestamp_seconds";

  private static List<String> names(AuditResult result) {
    return parse(Reports.prometheus(result)).stream().map(Sample::name).toList();
  }

  private static List<Sample> named(List<Sample> samples, String name) {
    return samples.stream().filter(s -> s.name().equals("k8sfw_audit_" + name)).toList();
  }

  private static double sum(List<Sample> samples, String name) {
    return named(samples, name).stream().mapToDouble(Sample::value).sum();
  }

  private static double value(List<Sample> samples, String name, String... labels) {
    List<Sample> found = named(samples, name).stream().filter(s -> s.has(labels)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst().value();
  }

  /// Strict: each metric once, described before its samples, and no series twice.
  private static List<Sample> parse(String text) {
    assertThat(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .isEqualTo(text)
        .endsWith("\n")
        .doesNotContain("\n\n", "\r");
    List<Sample> samples = new ArrayList<>();
    Set<String> described = new HashSet<>();
    Set<String> series = new HashSet<>();
    String name = "";
    boolean typed = false;
    for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
      Matcher help = HELP.matcher(line);
      Matcher type = TYPE.matcher(line);
      if (help.matches()) {
        name = help.group(1);
        typed = false;
        assertThat(described.add(name)).as(line).isTrue();
        assertThat(help.group(2)).doesNotContain("\\");
      } else if (type.matches()) {
        assertThat(type.group(1)).isEqualTo(name);
        assertThat(typed).as(line).isFalse();
        typed = true;
      } else {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(sample.group(1)).isEqualTo(name);
        assertThat(typed).as(line).isTrue();
        Map<String, String> labels = labels(sample.group(2));
        assertThat(series.add(name + new TreeMap<>(labels))).as(line).isTrue();
        samples.add(new Sample(name, labels, Double.parseDouble(sample.group(3))));
      }
    }
    return samples;
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new LinkedHashMap<>();
    Matcher label = LABEL.matcher(text);
    int end = 0;
    while (label.find()) {
      assertThat(labels.put(label.group(1), label.group(2))).as(text).isNull();
      end = label.end();
    }
    assertThat(end).as(text).isEqualTo(text.length());
    return labels;
  }
}
