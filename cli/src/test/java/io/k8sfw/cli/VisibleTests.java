package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class VisibleTests {
  @Test
  void foreignTextCannotMoveTheCursorOrStartALine() {
    assertThat(Visible.line("{}: no", "a\u001b[2J\r\nb")).isEqualTo("a␛[2J␍␊b: no");
    assertThat(Visible.text("\u202eevil\u200b")).isEqualTo("\\u{202e}evil\\u{200b}");
  }

  @Test
  void foreignTextCannotCommandTheCiSystem() {
    assertThat(Visible.text("::error::pwned")).isEqualTo("\\u{3a}:error::pwned");
    assertThat(Visible.text("  ::error::pwned")).startsWith("  \\u{3a}:");
    assertThat(Visible.text("a ##[error] ##vso[task]")).doesNotContain("##");
  }

  @Test
  void longTextIsNotCut() {
    String raw = "ä😀".repeat(1000) + "\n";

    assertThat(Visible.text(raw)).isEqualTo("ä😀".repeat(1000) + "␊");
  }

  @Test
  void holesAreFilledInOrder() {
    assertThat(Visible.line("{} of {}", 1, "{}")).isEqualTo("1 of {}");
    assertThatThrownBy(() -> Visible.line("{}", 1, 2)).isInstanceOf(IllegalStateException.class);
  }
}
