package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.AddressText;
import java.net.InetAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EncodersTests {
  @Test
  void everyCharacterIsXmlOrVisible() {
    StringBuilder all = new StringBuilder();
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      all.append((char) c).append('.');
    }
    for (int start = 0; start < all.length(); start += 1000) {
      String piece = all.substring(start, Math.min(all.length(), start + 1000));
      assertThat(XmlText.encode(piece).codePoints().allMatch(EncodersTests::isXmlChar)).isTrue();
    }
  }

  /// XML 1.0, section 2.2, without the line ends and the tab.
  private static boolean isXmlChar(int c) {
    return (c >= 0x20 && c <= 0xd7ff)
        || (c >= 0xe000 && c <= 0xfffd)
        || (c >= 0x10000 && c <= 0x10ffff);
  }

  @Test
  void xmlMarkupIsEscaped() {
    assertThat(XmlText.encode("]]>\"'<&\n")).isEqualTo("]]&gt;&quot;&apos;&lt;&amp;\u240a");
  }

  @Test
  void commandsAreDisarmed() {
    assertThat(TerminalText.disarm("  ::error::x")).isEqualTo("  \\u{3a}:error::x");
    assertThat(TerminalText.disarm("a ##[error] ##vso[x]"))
        .isEqualTo("a #\\u{23}[error] #\\u{23}vso[x]");
    assertThat(TerminalText.disarm("fd00::1 # 2")).isEqualTo("fd00::1 # 2");
  }

  @Test
  void wideCharactersTakeTwoColumnsAndMarksNone() {
    assertThat(TerminalText.columns("a\u65e5\ud83d\ude80e\u0301")).isEqualTo(6);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "0:0:0:0:0:0:0:1, ::1",
    "0:0:0:0:0:0:0:0, ::",
    "fd00:0:0:0:0:0:0:0, fd00::",
    "FE80:0:0:0:0:0:0:A, fe80::a"
  })
  void addressesAreWrittenAsRfc5952Says(String address, String text) {
    InetAddress parsed = InetAddress.ofLiteral(address);
    assertThat(AddressText.of(parsed)).isEqualTo(text);
    assertThat(InetAddress.ofLiteral(text)).isEqualTo(parsed);
  }

  @Test
  void everyFormatHasAWordAndAReporter() {
    assertThat(Arrays.stream(ReportFormat.values()).map(ReportFormat::word))
        .containsExactly("text", "json", "junit", "html", "prometheus");
    for (ReportFormat format : ReportFormat.values()) {
      assertThat(ReportFormat.named(format.word())).contains(format);
      assertThat(Reports.write(format.reporter(), SampleResults.compliant())).isNotBlank();
    }
    assertThat(ReportFormat.named("pdf")).isEmpty();
  }
}
