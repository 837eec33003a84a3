package io.k8sfw.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortSetTests {
  private static final long SEED = 20170227;

  @Test
  void algebraAgreesWithSetsOfBits() {
    Random random = new Random(SEED);
    for (int i = 0; i < 2000; i++) {
      PortSet a = some(random);
      PortSet b = some(random);
      BitSet bitsOfB = bits(b);
      assertThat(bits(a.union(b))).isEqualTo(with(a, x -> x.or(bitsOfB)));
      assertThat(bits(a.intersect(b))).isEqualTo(with(a, x -> x.and(bitsOfB)));
      assertThat(bits(a.minus(b))).isEqualTo(with(a, x -> x.andNot(bitsOfB)));
      assertThat(a.intersects(b)).isEqualTo(bits(a).intersects(bitsOfB));
      assertThat(a.containsAll(b)).isEqualTo(with(b, x -> x.andNot(bits(a))).isEmpty());
      assertThat(a.size()).isEqualTo(bits(a).cardinality());
    }
  }

  @Test
  void runsAreAscendingAndDoNotTouch() {
    Random random = new Random(SEED);
    for (int i = 0; i < 2000; i++) {
      List<PortRange> runs = some(random).union(some(random)).minus(some(random)).ranges();
      for (int j = 1; j < runs.size(); j++) {
        assertThat(runs.get(j).first()).isGreaterThan(runs.get(j - 1).last() + 1);
      }
    }
  }

  @Test
  void whatIsShownCanBeReadBack() {
    Random random = new Random(SEED);
    for (int i = 0; i < 2000; i++) {
      PortSet ports = some(random);
      if (!ports.isEmpty()) {
        assertThat(PortSet.parse(ports.toString())).isEqualTo(ports);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "443 | 443",
        "2379-2380 | 2379-2380",
        "2379 - 2380 | 2379-2380",
        "2379–2380 | 2379-2380",
        "'80, 443' | '80, 443'",
        "443,80,81 | '80-81, 443'",
        "ALL | ALL",
        "all | ALL",
        "1-65535 | ALL",
      })
  void portsAreReadAsPeopleWriteThem(String text, String shown) {
    assertThat(PortSet.parse(text)).hasToString(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "3000- | \"3000-\" is not a port or range; write 3000, 3000-3010, \"80, 443\" or ALL",
        "1-2-3 | \"1-2-3\" is not a port or range; write 3000, 3000-3010, \"80, 443\" or ALL",
        "0443 | \"0443\" is not a port or range; write 3000, 3000-3010, \"80, 443\" or ALL",
        "80,,443 | \"\" is not a port or range; write 3000, 3000-3010, \"80, 443\" or ALL",
        "0 | \"0\": port 0 does not exist; ports are 1 to 65535",
        "1-70000 | \"1-70000\": port 70000 does not exist; ports are 1 to 65535",
        "90-80 | \"90-80\" is reversed; write 80-90",
      })
  void wrongPortsAreExplained(String text, String message) {
    assertThatThrownBy(() -> PortSet.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void controlCharactersDoNotReachTheMessage() {
    assertThatThrownBy(() -> PortSet.parse("\u001b[31m"))
        .hasMessageStartingWith("\"␛[31m\" is not");
  }

  /// Few runs near each other, so that they touch and overlap often.
  private static PortSet some(Random random) {
    List<PortRange> ranges = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      int first = random.nextBoolean() ? 1 + random.nextInt(40) : 65500 + random.nextInt(36);
      ranges.add(new PortRange(first, Math.min(PortRange.MAX, first + random.nextInt(8))));
    }
    return PortSet.of(ranges);
  }

  private static BitSet bits(PortSet ports) {
    BitSet bits = new BitSet();
    ports.stream().forEach(bits::set);
    return bits;
  }

  private static BitSet with(PortSet ports, java.util.function.Consumer<BitSet> change) {
    BitSet bits = bits(ports);
    change.accept(bits);
    return bits;
  }
}
