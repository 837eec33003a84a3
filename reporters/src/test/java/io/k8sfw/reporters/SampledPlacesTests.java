package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.result.AuditResult;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// A green that was seen from few of many places says so wherever it is shown.
final class SampledPlacesTests {
  private static final String HOW_FEW =
      "sampled: 3 of 4,998 places in zone worker look at each node (seed 6917529027641081857)";

  private static final AuditResult SAMPLED = SampleResults.sampled();

  private static String unwrapped(String text) {
    return text.replaceAll("\\s+", " ");
  }

  @Test
  void textSaysItInTheHeadlineAndHowFewInTheLead() {
    String text = Reports.text(SAMPLED);
    assertThat(text).startsWith("COMPLIANT, AS FAR AS A SAMPLE SHOWS: prod-eu-1\n");
    assertThat(unwrapped(text))
        .contains("Not every place looked at every node: " + HOW_FEW)
        .contains("12 places in zone ingress+worker");
  }

  @Test
  void htmlSaysItInTheHeadlineAndHowFewAmongTheFacts() {
    String html = Reports.html(SAMPLED);
    assertThat(html).contains("<title>Firewall audit: prod-eu-1: compliant, as far as a sample");
    assertThat(unwrapped(html)).contains(HOW_FEW);
  }

  @Test
  void junitSaysItInEverySuite() {
    String xml = Reports.junit(SAMPLED);
    int suites = xml.split("<testsuite ", -1).length - 1;
    assertThat(suites).isPositive();
    assertThat(xml.split("name=\"k8sfw.sample\" value=\"sampled: 3 of 4,998", -1))
        .hasSize(suites + 1);
    assertThat(xml.split("<system-out>sampled: 3 of 4,998 places", -1)).hasSize(suites + 1);
  }

  @Test
  void jsonReadsBack() throws InvalidInputException {
    byte[] json = Reports.json(SAMPLED).getBytes(StandardCharsets.UTF_8);
    assertThat(ResultsJson.read("results.json", json)).isEqualTo(SAMPLED);
  }

  @Test
  void nothingIsSaidWhereAllPlacesLooked() {
    AuditResult all = SampleResults.compliant();
    assertThat(Reports.text(all) + Reports.html(all) + Reports.junit(all))
        .doesNotContain("places in zone", "as far as a sample");
  }

  @Test
  void ofThousandsOfPlacesThoseInTroubleAreNamed() {
    AuditResult many = SampleResults.manyPlaces(5000);
    assertThat(unwrapped(Reports.text(many)))
        .contains("worker-5000 (worker)")
        .contains("nobody is there")
        .contains("4,999 more places (worker): ")
        .contains(", trouble: none");
    assertThat(Reports.text(many)).doesNotContain("worker-17 ").hasSizeLessThan(10_000);
    assertThat(Reports.html(many))
        .contains("worker-5000", "4,999 more places")
        .doesNotContain("worker-17<")
        .hasSizeLessThan(60_000);
  }

  @Test
  void sixtyPlacesAreAllNamed() {
    assertThat(Reports.text(SampleResults.manyPlaces(60)))
        .contains("worker-1 ", "worker-60 ")
        .doesNotContain("more places");
  }
}
