package io.k8sfw.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltinMatricesTests {
  @ParameterizedTest
  @ValueSource(strings = {"seed", "seed-corrected"})
  void everyBuiltInMatrixCanBeRead(String name) {
    Matrix matrix = BuiltinMatrices.find(name).orElseThrow();
    assertThat(matrix.name()).isEqualTo(name);
    assertThat(matrix.source()).isEqualTo("builtin:" + name);
    assertThat(matrix.rules())
        .allSatisfy(r -> {
          assertThat(r.purpose()).isNotBlank();
          assertThat(r.reference()).isNotBlank();
        });
  }
}
