package io.k8sfw.reporters;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TextPageTests {
  private static String wrapped(String prefix, String text) {
    TextPage page = new TextPage(false);
    page.wrap(prefix, text);
    return page.toString();
  }

  @Test
  void longTextsHangUnderTheirBeginning() {
    String text = Stream.generate(() -> "word").limit(60).collect(joining(" "));
    assertThat(wrapped("name  ", text).lines())
        .hasSizeGreaterThan(2)
        .allSatisfy(line -> assertThat(line).matches("(name  |      )word.*").hasSizeLessThan(101));
  }

  @Test
  void aPrefixThatLeavesNoRoomMakesLongLinesAndLosesNothing() {
    String prefix = "p".repeat(TextPage.WIDTH + 7);
    assertThat(wrapped(prefix, "two words").lines().map(line -> line.replaceAll("^(p+| +)", "")))
        .containsExactly("t", "w", "o", "w", "o", "r", "d", "s");
  }

  @Test
  void aWideCharacterThatDoesNotFitIsShownAllTheSame() {
    String prefix = "p".repeat(TextPage.WIDTH - 1);
    assertThat(wrapped(prefix, "漢字").lines()).hasSize(2).anyMatch(l -> l.endsWith("漢"));
  }
}
