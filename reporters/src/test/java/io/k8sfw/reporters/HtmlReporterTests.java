package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.input.Sha256;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Findings;
import io.k8sfw.result.Summary;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

final class HtmlReporterTests {
  static List<AuditResult> samples() {
    return JsonReporterTests.samples();
  }

  @Test
  void goldenFile() {
    Golden.check("everything.html", Reports.html(SampleResults.everything()));
    Golden.check("merged.html", Reports.html(SampleResults.merged()));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isWellFormed(AuditResult result) {
    Parser parser = Parser.htmlParser().setTrackErrors(100);
    parser.parseInput(Reports.html(result), "");
    assertThat(parser.getErrors()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void sameResultGivesTheSameBytes(AuditResult result) throws Exception {
    AuditResult again =
        ResultsJson.read(
            "x", Reports.json(result).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(Reports.html(again)).isEqualTo(Reports.html(result));
    assertThat(Reports.text(again)).isEqualTo(Reports.text(result));
    assertThat(Reports.junit(again)).isEqualTo(Reports.junit(result));
    assertThat(Reports.json(again)).isEqualTo(Reports.json(result));
  }

  @ParameterizedTest
  @FieldSource("io.k8sfw.reporters.Hostile#EACH")
  void hostileTextStaysText(String evil) {
    assertInert(SampleResults.hostile(evil));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void nothingRunsAndNothingIsFetched(AuditResult result) {
    assertInert(result);
  }

  private static void assertInert(AuditResult result) {
    String html = Reports.html(result);
    assertThat(html.codePoints().noneMatch(c -> c != '\n' && Character.isISOControl(c))).isTrue();
    assertThat(html.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE))
        .isTrue();
    Document page = Jsoup.parse(html);
    assertThat(page.select("script, img, iframe, object, embed, link, form, base, [style]"))
        .isEmpty();
    for (Element element : page.getAllElements()) {
      for (Attribute attribute : element.attributes()) {
        assertThat(attribute.getKey()).doesNotStartWithIgnoringCase("on");
        if (Set.of("href", "src", "action", "xlink:href").contains(attribute.getKey())) {
          assertThat(attribute.getValue()).startsWith("#");
          assertThat(page.getElementById(attribute.getValue().substring(1))).isNotNull();
        }
      }
    }
  }

  @Test
  void hostileTextAddsNoElement() {
    int benign = Jsoup.parse(Reports.html(SampleResults.hostile("x"))).getAllElements().size();
    for (String evil : Hostile.EACH) {
      assertThat(Jsoup.parse(Reports.html(SampleResults.hostile(evil))).getAllElements().size())
          .as(evil)
          .isEqualTo(benign);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void theSecurityPolicyAllowsThisStyleAndNothingElse(AuditResult result) {
    Document page = Jsoup.parse(Reports.html(result));
    Element style = page.select("style").getFirst();
    byte[] sha256 = HexFormat.of().parseHex(Sha256.of(style.data()));
    assertThat(page.select("meta[http-equiv=Content-Security-Policy]").attr("content"))
        .isEqualTo(
            "default-src 'none'; style-src 'sha256-"
                + Base64.getEncoder().encodeToString(sha256)
                + "'; base-uri 'none'; form-action 'none'");
    assertThat(style.data()).doesNotContain("url(", "@import", "</");
  }

  @Test
  void pathsThatLoseMuchOrAreSlowedAreWarnedOf() {
    Document page = Jsoup.parse(Reports.html(SampleResults.everything()));
    assertThat(page.select("#vantage .warn").eachText())
        .containsExactly(
            "Bad path: 10.0.0.22: loss at most 13.8 % (31 of 300 canaries lost); 7 attempts made"
                + " silence",
            "Bad path: 10.0.0.23: loss at most 3.0 % (2 of 210 canaries lost); 4 attempts made"
                + " silence; slowed: more than 100 a second were lost");
    assertThat(page.select("#vantage tbody tr:first-child").text())
        .contains(
            "loss at most 1.0 % (0 of 300 canaries lost); no canary on 1 of 2 addresses; 3 to 5"
                + " attempts made silence")
        .endsWith(" none");
  }

  @Test
  void idsAreUnique() {
    Document page = Jsoup.parse(Reports.html(SampleResults.everything()));
    List<String> ids = page.select("[id]").eachAttr("id");
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void everyFindingIsAnArticleAndLinkedFromTheMatrix() {
    AuditResult result = SampleResults.everything();
    Document page = Jsoup.parse(Reports.html(result));
    assertThat(page.select("article").eachAttr("id"))
        .isEqualTo(Findings.of(result).stream().map(Findings.Finding::label).toList());
    assertThat(new TreeSet<>(page.select("td a[href^=#F-]").eachAttr("href")))
        .contains("#F-01", "#F-02");
  }

  @Test
  void statesTheCountsOfTheSummary() {
    AuditResult result = SampleResults.everything();
    Summary s = Summary.of(result);
    Document page = Jsoup.parse(Reports.html(result));
    assertThat(page.select(".counts li").eachText())
        .contains(
            s.overExposed() + " over-exposed",
            s.missing() + " missing",
            s.unverified() + " unverified",
            s.compliant() + " compliant");
    assertThat(page.select(".facts").text())
        .contains("%d of %d checks judged".formatted(s.judged(), s.planned()));
  }

  @Test
  void openIsCountedWhereItIsOpenOnly() {
    assertThat(open(SampleResults.openAtOneOfTwo())).startsWith("open 1/2 ");
    assertThat(open(SampleResults.compliant())).startsWith("open 1/1 ");
  }

  private static String open(AuditResult result) {
    return Jsoup.parse(Reports.html(result)).select("td.open").text();
  }

  @Test
  void theVerdictIsTheHeading() {
    assertThat(heading(SampleResults.everything())).isEqualTo("prod-eu-1: not compliant");
    assertThat(heading(SampleResults.compliant())).isEqualTo("prod-eu-1: compliant");
    assertThat(heading(SampleResults.nothing())).isEqualTo("empty: not proven");
    assertThat(heading(SampleResults.interrupted("x")))
        .isEqualTo("prod-eu-1: not compliant, and incomplete");
  }

  private static String heading(AuditResult result) {
    return Jsoup.parse(Reports.html(result)).select("h1").text();
  }

  @Test
  void theNodePortStripShowsEachExposedRun() {
    Document page = Jsoup.parse(Reports.html(SampleResults.everything()));
    assertThat(page.select("svg.strip")).hasSize(3);
    assertThat(page.select("svg.strip rect title").eachText())
        .contains("31000-31003 over-exposed", "32500 over-exposed", "30080 open as wanted");
    assertThat(Jsoup.parse(Reports.html(SampleResults.compliant())).select("svg.strip")).isEmpty();
  }

  @Test
  void aThousandNodesStaySmall() {
    assertThat(Reports.html(SampleResults.large(1000)).length()).isLessThan(60_000);
    assertThat(Reports.html(SampleResults.hostile("A".repeat(1 << 20))).length())
        .isLessThan(200_000);
  }
}
