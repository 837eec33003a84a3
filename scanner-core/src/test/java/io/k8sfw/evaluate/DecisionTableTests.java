package io.k8sfw.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Verdict.ClosedUnproven;
import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.evaluate.Verdict.NotJudged;
import io.k8sfw.evaluate.Verdict.Unverified;
import io.k8sfw.matrix.Expectation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// `docs/decision-table.md` is the oracle: prose and code cannot disagree.
class DecisionTableTests {
  private static final Path PAGE = Path.of("..", "docs", "decision-table.md");
  private static final List<Expectation> COLUMNS =
      List.of(Expectation.REQUIRED, Expectation.PATH, Expectation.PERMITTED, Expectation.FORBIDDEN);

  static Stream<Arguments> cells() throws IOException {
    List<Arguments> cells = new ArrayList<>();
    for (List<String> row : rows()) {
      for (int i = 0; i < COLUMNS.size(); i++) {
        cells.add(Arguments.of(row.getFirst(), COLUMNS.get(i), row.get(i + 1)));
      }
    }
    return cells.stream();
  }

  private static List<List<String>> rows() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    boolean inTable = false;
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("| observed |")) {
        inTable = true;
      } else if (!line.startsWith("|")) {
        inTable = false;
      } else if (inTable && !line.startsWith("|---")) {
        rows.add(Arrays.stream(line.substring(1).split("\\|", -1)).map(String::strip).toList());
      }
    }
    return rows;
  }

  @ParameterizedTest(name = "{0} × {1} is {2}")
  @MethodSource("cells")
  void codeSaysWhatThePageSays(String observed, Expectation expectation, String verdict) {
    Sighting sighting =
        Arrays.stream(Sighting.values())
            .filter(s -> s.words().equals(observed))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no sighting is called: " + observed));
    assertThat(words(DecisionTable.judge(sighting, expectation))).isEqualTo(verdict);
  }

  @Test
  void pageHasARowForEverySighting() throws IOException {
    assertThat(rows().stream().map(List::getFirst))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Sighting.values()).map(Sighting::words).toList());
  }

  private static String words(Verdict verdict) {
    return switch (verdict) {
      case Compliant _ -> "compliant";
      case Finding f ->
          f.kind().label() + f.deviation().map(Deviation::word).map(d -> " " + d).orElse("");
      case ClosedUnproven _ -> "CLOSED-UNPROVEN";
      case Unverified _ -> "UNVERIFIED";
      case NotJudged _ -> "not judged";
    };
  }
}
