package io.k8sfw.inventory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Reads the examples of docs/matrix.md and docs/inventory.md, so that they stay true.
class DocumentedExamplesTests {
  @Test
  void everyMatrixOfTheDocumentationCanBeRead() throws Exception {
    List<String> examples = examples("matrix.md");
    assertThat(examples).isNotEmpty();
    for (String example : examples) {
      Matrix matrix = MatrixReader.read("docs/matrix.md", example.getBytes(UTF_8));
      assertThat(matrix.rules()).isNotEmpty();
      assertThat(matrix.policy()).isEqualTo(io.k8sfw.matrix.Policy.DEFAULT);
    }
    assertThat(examples.getFirst())
        .contains(io.k8sfw.matrix.Policy.DEFAULT.forbiddenPorts().getFirst().toString());
  }

  @Test
  void everyInventoryOfTheDocumentationCanBeRead() throws Exception {
    List<String> examples = examples("inventory.md");
    assertThat(examples).isNotEmpty();
    for (String example : examples) {
      assertThat(read(example).vantagePoints()).hasSize(3);
    }
  }

  private static Inventory read(String text) throws InvalidInputException {
    Matrix matrix = BuiltinMatrices.find("seed").orElseThrow();
    return InventoryReader.read("docs/inventory.md", text.getBytes(UTF_8), matrix);
  }

  /// Tests run in the module's directory.
  private static List<String> examples(String file) throws Exception {
    String page = Files.readString(Path.of("..", "docs", file));
    return Pattern.compile("(?ms)^```yaml\n(.*?)^```$")
        .matcher(page)
        .results()
        .map((MatchResult r) -> r.group(1))
        .toList();
  }
}
