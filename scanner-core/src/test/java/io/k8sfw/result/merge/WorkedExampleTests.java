package io.k8sfw.result.merge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.Gap;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Summary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The example of docs/offline.md does what the page says.
class WorkedExampleTests {
  private static final Matrix MATRIX = BuiltinMatrices.find("seed").orElseThrow();

  /// Tests run in the module's directory.
  private static List<Inventory> inventories() throws Exception {
    List<Inventory> inventories = new ArrayList<>();
    Pattern block = Pattern.compile("(?ms)^```yaml\n(inventory:.*?)^```$");
    String page = Files.readString(Path.of("..", "docs", "offline.md"));
    for (MatchResult found : block.matcher(page).results().toList()) {
      inventories.add(
          InventoryReader.read("docs/offline.md", found.group(1).getBytes(UTF_8), MATRIX));
    }
    return inventories;
  }

  private static AuditResult audited(Inventory inventory, long at) {
    return Seen.of(MATRIX, inventory, at, false, (_, _, _) -> Seen.SILENT);
  }

  @Test
  void eachIsShortOfTheOtherAndTogetherTheyHaveBothPlaces() throws Exception {
    List<Inventory> both = inventories();
    assertThat(both).hasSize(2);
    AuditResult inside = audited(both.getFirst(), 1000);
    AuditResult outside = audited(both.getLast(), 2000);
    AuditResult all = Seen.merged(inside, outside);

    assertThat(zones(inside)).contains("end-user").doesNotContain("pod");
    assertThat(zones(outside)).contains("pod").doesNotContain("end-user");
    assertThat(zones(all)).contains("control-plane").doesNotContain("pod", "end-user");
    assertThat(Summary.of(all).coveragePercent())
        .isGreaterThan(Summary.of(inside).coveragePercent())
        .isGreaterThan(Summary.of(outside).coveragePercent());
  }

  /// Of which something cannot be seen for want of a place.
  private static List<String> zones(AuditResult result) {
    return result.gaps().stream()
        .filter(Gap::lacksAPlace)
        .map(Gap::from)
        .map(z -> z.name())
        .distinct()
        .toList();
  }
}
