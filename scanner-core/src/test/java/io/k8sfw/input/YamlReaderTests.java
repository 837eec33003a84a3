package io.k8sfw.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class YamlReaderTests {
  static Stream<Arguments> structures() {
    return Stream.of(
        refused("a: &x 1", "f:1:4: a: anchors (&name) are not read; leave it out"),
        refused("a: *x", "f:1:4: a: aliases (*name) are not read; write the value out"),
        refused("a: !!int 1", "f:1:4: a: tags (!name) are not read; leave it out"),
        refused("a: !!js/function x", "f:1:4: a: tags (!name) are not read; leave it out"),
        refused("<<: {a: 1}", "f:1:1: merge keys (<<) are not read; write the keys out"),
        refused("a: 1\nb: 2\na: 3", "f:3:1: a: is written twice, first on line 1"),
        refused("l:\n- k: {z: 1, z: 2}", "f:2:13: l[0].k.z: is written twice, first on line 2"),
        refused("a: 1\n---\nb: 2", "f:2:1: a second document starts here; one is read"),
        refused("? [a]\n: 1", "f:1:3: a list or mapping cannot be a key"),
        refused("", "f: is empty"),
        refused("# only a comment", "f: is empty"),
        refused(
            "a: [1",
            "f:1:6: is not YAML: while parsing a flow sequence, expected ',' or ']', but got <stream end>"),
        refused(
            "a: 1\n\tb: 2",
            "f:2:1: is not YAML: while scanning for the next token, found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation)"),
        refused("a: \u0007", "f:1:4: U+0007 may not stand in a YAML file"));
  }

  private static Arguments refused(String text, String problem) {
    return Arguments.of(text, problem);
  }

  @ParameterizedTest
  @MethodSource("structures")
  void whatCanMisleadIsRefusedWithItsPlace(String text, String problem) {
    assertThat(problems(text.getBytes(UTF_8))).containsExactly(problem);
  }

  @Test
  void textThatIsNotUtf8IsRefusedWithItsPlace() {
    byte[] bytes = {'a', ':', ' ', 'b', '\n', 'c', ':', ' ', (byte) 0xff, '\n'};
    assertThat(problems(bytes))
        .containsExactly("f:2:4: is not UTF-8 from here on; save the file as UTF-8");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheText() throws Exception {
    YamlValue root = YamlReader.read("f", "\ufeffa: 1".getBytes(UTF_8));
    assertThat(root.entries()).containsOnlyKeys("a");
  }

  @Test
  void tooManyBytesAreRefusedBeforeAnyIsRead() {
    assertThat(problems(new byte[YamlReader.MAX_BYTES + 1]))
        .containsExactly("f: has 8388609 bytes; at most 8388608 are read");
  }

  @Test
  void tooDeepAFileIsRefusedAtOnce() {
    String text = "a: &x 1\nb: " + "[".repeat(1_000_000);
    assertThat(problems(text.getBytes(UTF_8)))
        .containsExactly(
            "f:1:4: a: anchors (&name) are not read; leave it out",
            "f:2:23: b"
                + "[0]".repeat(19)
                + ": is deeper than 20 levels; nothing after it was read");
  }

  @Test
  void twentyLevelsAreNotTooDeep() throws Exception {
    YamlValue root = YamlReader.read("f", ("[".repeat(20) + "]".repeat(20)).getBytes(UTF_8));
    root.problems().throwIfAny();
  }

  @Test
  void aLongValueIsRefused() {
    assertThat(problems(("a: " + "x".repeat(4097)).getBytes(UTF_8)))
        .containsExactly("f:1:4: a: has 4097 characters; a value has at most 4096");
  }

  @Test
  void textIsNeverTurnedIntoSomethingElse() throws Exception {
    YamlValue root =
        YamlReader.read(
            "f", "a: 0443\nb: 1.20\nc: yes\nd: 0x1f\ne: 1_000\nf: 2020-01-01".getBytes(UTF_8));
    assertThat(root.entries().values().stream().map(v -> v.text().orElseThrow()))
        .containsExactly("0443", "1.20", "yes", "0x1f", "1_000", "2020-01-01");
  }

  @Test
  void nobodyGetsMoreThanAThousandProblems() {
    String text = "- &a 1\n".repeat(5000);
    assertThat(problems(text.getBytes(UTF_8)))
        .hasSize(1001)
        .last()
        .isEqualTo("f: more than 1000 problems; the rest are not shown");
  }

  @Test
  void hostileTextIsShownHarmless() throws Exception {
    YamlValue root = YamlReader.read("f", "\"a\\e[31m\\u202e\": 1".getBytes(UTF_8));
    root.fields("b");
    InvalidInputException e =
        assertThrows(InvalidInputException.class, () -> root.problems().throwIfAny());
    assertThat(e).hasMessage("f:1:1: a␛[31m\\u{202e}: unknown key; accepted: b");
  }

  private static List<String> problems(byte[] bytes) {
    InvalidInputException e =
        assertThrows(
            InvalidInputException.class, () -> YamlReader.read("f", bytes).problems().throwIfAny());
    return e.problems().stream().map(Problem::toString).toList();
  }
}
