package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermutationTests {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 15, 16, 17, 255, 256, 257, 2768, 65535, 65536, 100_003})
  void meetsEveryPlaceOnce(int size) {
    for (long seed : new long[] {0, 1, -1, 42, Long.MIN_VALUE}) {
      Permutation permutation = new Permutation(size, seed);
      BitSet met = new BitSet();
      IntStream.range(0, size).map(permutation::at).forEach(met::set);
      assertThat(met.cardinality()).isEqualTo(size);
      assertThat(met.length()).isEqualTo(size);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 2768, 65535})
  void seedDecidesTheOrder(int size) {
    int[] one = IntStream.range(0, size).map(new Permutation(size, 7)::at).toArray();
    int[] same = IntStream.range(0, size).map(new Permutation(size, 7)::at).toArray();
    int[] other = IntStream.range(0, size).map(new Permutation(size, 8)::at).toArray();
    assertThat(same).isEqualTo(one);
    assertThat(other).isNotEqualTo(one);
    long neighbours =
        IntStream.range(1, size).filter(i -> Math.abs(one[i] - one[i - 1]) == 1).count();
    assertThat(neighbours).isLessThan(size / 10);
  }
}
