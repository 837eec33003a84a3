package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Verdict;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Cells;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

final class JunitXmlReporterTests {
  static List<AuditResult> samples() {
    return JsonReporterTests.samples();
  }

  @Test
  void goldenFile() {
    Golden.check("everything.junit.xml", Reports.junit(SampleResults.everything()));
    Golden.check("merged.junit.xml", Reports.junit(SampleResults.merged()));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void isValidUnderBothSchemas(AuditResult result) throws Exception {
    validate(Reports.junit(result));
  }

  @ParameterizedTest
  @FieldSource("io.k8sfw.reporters.Hostile#EACH")
  void hostileTextStaysText(String evil) throws Exception {
    String xml = Reports.junit(SampleResults.hostile(evil));
    validate(xml);
    Document document = parse(xml);
    assertThat(document.getElementsByTagName("failure").getLength()).isEqualTo(1);
    assertThat(document.getElementsByTagName("testcase").getLength()).isEqualTo(5);
    assertThat(document.getElementsByTagName("*").getLength()).isEqualTo(benignElements());
  }

  private static int benignElements() throws Exception {
    return parse(Reports.junit(SampleResults.hostile("benign")))
        .getElementsByTagName("*")
        .getLength();
  }

  @Test
  void aMebibyteOfTextIsCut() throws Exception {
    String xml = Reports.junit(SampleResults.hostile("<".repeat(1 << 20)));
    validate(xml);
    assertThat(xml.length()).isLessThan(200_000);
  }

  @Test
  void namesHoldNoNodeAddressOrTime() throws Exception {
    for (Element c : cases(Reports.junit(SampleResults.everything()))) {
      assertThat(c.getAttribute("name"))
          .matches(
              "(tcp|udp)/(ALL|[0-9, -]+) (must|must not|may) be reachable(, must not be reachable)?"
                  + "|udp/8472 way must be free|tcp/ALL way must be free");
      assertThat(c.getAttribute("classname"))
          .matches("k8sfw\\.[a-z+-]+\\.from\\.[a-z+-]+")
          .doesNotContain("worker-1");
    }
  }

  @Test
  void namesAreUnique() throws Exception {
    List<String> names = new ArrayList<>();
    for (Element c : cases(Reports.junit(SampleResults.everything()))) {
      names.add(c.getAttribute("classname") + " " + c.getAttribute("name"));
    }
    assertThat(names).doesNotHaveDuplicates();
  }

  @Test
  void everyJudgedCellIsACaseAndEveryUnprovenOneAnError() throws Exception {
    AuditResult result = SampleResults.everything();
    List<Verdict> worst = Cells.of(result).stream().map(Cells.Cell::worst).toList();
    Document document = parse(Reports.junit(result));
    assertThat(document.getElementsByTagName("testcase").getLength())
        .isEqualTo((int) worst.stream().filter(v -> !(v instanceof Verdict.NotJudged)).count());
    assertThat(document.getElementsByTagName("failure").getLength())
        .isEqualTo((int) worst.stream().filter(v -> v instanceof Verdict.Finding).count());
    assertThat(document.getElementsByTagName("error").getLength())
        .isEqualTo((int) worst.stream().filter(v -> v instanceof Verdict.Unverified).count());
    assertThat(document.getElementsByTagName("skipped").getLength()).isZero();
  }

  @ParameterizedTest
  @MethodSource("samples")
  void suitesCountTheirCases(AuditResult result) throws Exception {
    NodeList suites = parse(Reports.junit(result)).getElementsByTagName("testsuite");
    for (int i = 0; i < suites.getLength(); i++) {
      Element suite = (Element) suites.item(i);
      assertThat(suite.getAttribute("tests")).isEqualTo(count(suite, "testcase"));
      assertThat(suite.getAttribute("failures")).isEqualTo(count(suite, "failure"));
      assertThat(suite.getAttribute("errors")).isEqualTo(count(suite, "error"));
    }
  }

  private static String count(Element suite, String name) {
    return Integer.toString(suite.getElementsByTagName(name).getLength());
  }

  @Test
  void nothingAuditedIsAnError() throws Exception {
    for (AuditResult result : List.of(SampleResults.nothing(), SampleResults.notJudged())) {
      Element error = (Element) parse(Reports.junit(result)).getElementsByTagName("error").item(0);
      assertThat(error.getAttribute("message")).isEqualTo("nothing was audited");
    }
    assertThat(Reports.junit(SampleResults.notJudged()))
        .contains("1 permitted flow was not judged");
  }

  @Test
  void anInterruptedAuditIsAnError() throws Exception {
    Document document = parse(Reports.junit(SampleResults.interrupted("SIGINT")));
    Element error = (Element) document.getElementsByTagName("error").item(0);
    assertThat(error.getAttribute("message")).isEqualTo("audit is incomplete");
    assertThat(error.getTextContent()).contains("SIGINT");
  }

  @Test
  void aClosedUnprovenCellPassesWithANote() throws Exception {
    String xml = Reports.junit(SampleResults.everything());
    assertThat(xml).contains("CLOSED-UNPROVEN tcp/10255: 1 port: no service answers");
  }

  @Test
  void aFailureHoldsAllItsEvidence() throws Exception {
    assertThat(Reports.junit(SampleResults.everything()))
        .contains(
            "bastion -&gt; worker-1 10.0.0.21",
            "bastion -&gt; worker-2 10.0.0.22",
            "bastion -&gt; worker-1 fd00::21",
            "open (syn-ack), in 1 of 1 attempts",
            "grade B one-sided, answered",
            "example: nft insert rule");
  }

  /// Each breaks one of the two schemas; the schema here must refuse it, or it proves nothing.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<testsuites>|<testsuites tests=\"1\">",
        "<testcase |<testcase file=\"x\" ",
        "T12:57:02\"|T12:57:02Z\"",
        "time=\"0.000\">|time=\"1.0E-4\">",
        "time=\"0.000\">|time=\"0.0001\">",
        " hostname=\"localhost\"|",
        "    <system-err></system-err>|",
        "</testcase>|<system-out/></testcase>",
        "</testcase>|<properties/></testcase>",
        " type=\"MISSING\"|"
      })
  void whatBreaksOneOfTheSchemasIsRefused(String change) {
    String[] parts = change.split("\\|", -1);
    String xml = Reports.junit(SampleResults.everything());
    assertThat(xml).contains(parts[0]);
    String broken = xml.replace(parts[0], parts[1]);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> validate(broken))
        .isInstanceOf(org.xml.sax.SAXException.class);
  }

  private static void validate(String xml) throws Exception {
    SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
        .newSchema(JunitXmlReporterTests.class.getResource("junit-portable.xsd"))
        .newValidator()
        .validate(new StreamSource(new StringReader(xml)));
  }

  private static Document parse(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }

  private static List<Element> cases(String xml) throws Exception {
    NodeList found = parse(xml).getElementsByTagName("testcase");
    List<Element> cases = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      cases.add((Element) found.item(i));
    }
    return cases;
  }
}
