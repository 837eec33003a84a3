package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.input.Sha256;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Plans carried to another place on loopback, and what was seen there brought back.
class OfflineTests {
  @TempDir Path directory = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private Loopback loopback;

  private final Terminal terminal = new Terminal();

  @BeforeEach
  void listen() throws Exception {
    loopback = new Loopback(directory);
  }

  @AfterEach
  void close() throws Exception {
    loopback.close();
  }

  private String planned(String matrix, String... more) throws Exception {
    String plan = loopback.file("beside.plan").toString();
    String[] args =
        Stream.concat(
                Stream.of(
                    "plan",
                    "-m",
                    matrix,
                    "-i",
                    loopback.inventory("offline"),
                    "--for",
                    "beside",
                    "-o",
                    "plan=" + plan),
                Stream.of(more))
            .toArray(String[]::new);
    Terminal here = new Terminal();
    assertThat(here.run(args)).as(here.err()).isZero();
    return plan;
  }

  private String observed(String plan) throws Exception {
    Terminal there = new Terminal();
    assertThat(there.run("agent", "--plan", plan, "--progress", "none")).as(there.err()).isZero();
    return Files.writeString(loopback.file("beside.jsonl"), there.out()).toString();
  }

  private String[] judging(String matrix, String... more) throws Exception {
    return Loopback.runFrom(loopback.inventory("offline"), matrix, more);
  }

  @Test
  void verdictsAreThoseOfALiveRunAndSayWhenTheyWereSeen() throws Exception {
    for (String matrix : List.of(loopback.compliant(), loopback.exposed(), loopback.unproven())) {
      String live = loopback.file("live.json").toString();
      int code =
          new Terminal().run(Loopback.runFrom(loopback.inventory(), matrix, "-o", "json=" + live));

      String brought = loopback.file("brought.json").toString();
      String seen = observed(planned(matrix));
      Terminal judge = new Terminal();

      assertThat(
              judge.run(
                  judging(matrix, "--observations", seen, "-o", "json=" + brought, "-o", "text")))
          .as(judge.err())
          .isEqualTo(code);
      assertThat(verdicts(brought)).isEqualTo(verdicts(live)).isNotEmpty();
      assertThat(judge.out()).contains("observed 20", " by its own clock, ");
      assertThat(result(brought).places().getFirst().report().taken()).isPresent();
    }
  }

  @Test
  void harmThatIsAllowedHereIsNotCarriedThereAndThatIsSaid() throws Exception {
    assertThat(
            terminal.run(
                "plan",
                "-m",
                loopback.compliant(),
                "-i",
                loopback.inventory("offline"),
                "--for",
                "beside",
                "--allow-disruptive",
                "bgp",
                "-o",
                "plan=" + loopback.file("beside.plan")))
        .isZero();
    assertThat(terminal.err()).contains("--allow-disruptive bgp is not carried along");
  }

  private static AuditResult result(String file) throws Exception {
    return ResultsJson.read(file, Files.readAllBytes(Path.of(file)));
  }

  private static List<String> verdicts(String file) throws Exception {
    return result(file).assessments().stream().flatMap(OfflineTests::verdicts).toList();
  }

  private static Stream<String> verdicts(Assessment assessment) {
    return assessment.judgements().stream()
        .map(j -> assessment.check().id() + " " + j.ports() + " " + j.verdict() + j.grade());
  }

  @Test
  void withoutObservationsNothingIsVerifiedAndTheReportSaysWhatToDo() throws Exception {
    assertThat(terminal.run(judging(loopback.compliant()))).isEqualTo(4);
    assertThat(terminal.out())
        .startsWith("NOT PROVEN")
        .contains("plan --for beside", "agent --plan FILE");
  }

  @Test
  void aPlanOfAnotherMatrixOrInventoryIsTwoAndNothingIsSent() throws Exception {
    String seen = observed(planned(loopback.compliant()));

    assertThat(terminal.run(judging(loopback.exposed(), "--observations", seen))).isEqualTo(2);
    assertThat(terminal.err()).startsWith(seen + ":2:1: was taken for another matrix");
    assertThat(terminal.out()).isEmpty();

    String[] args = judging(loopback.compliant(), "--observations", seen);
    Path inventory = loopback.file("inventory.yaml");
    Files.writeString(inventory, Files.readString(inventory) + "# newer\n");
    Terminal other = new Terminal();
    assertThat(other.run(args)).isEqualTo(2);
    assertThat(other.err()).contains("was taken for another inventory");
  }

  @Test
  void everythingThatIsWrongWithTheFilesIsSaidAtOnce() throws Exception {
    String matrix = loopback.compliant();
    String seen = observed(planned(matrix));
    String torn = Files.writeString(directory.resolve("torn.jsonl"), "{}\n").toString();

    assertThat(
            terminal.run(
                judging(
                    matrix,
                    "--observations",
                    seen,
                    "--observations",
                    torn,
                    "--observations",
                    seen)))
        .isEqualTo(2);
    assertThat(terminal.err())
        .contains(torn + ":1:1: is not observations of k8sfw-audit, or not whole")
        .contains(seen + ": is of beside, as is " + seen + "; give one file of each place");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void oldObservationsAreRefusedWhereThatIsWanted() throws Exception {
    String matrix = loopback.compliant();
    String text = Files.readString(Path.of(observed(planned(matrix))));
    String old = text.replaceAll("\"finished\":\"20\\d\\d-", "\"finished\":\"2020-");
    String body = old.substring(0, old.lastIndexOf("{\"sha256\""));
    String file =
        Files.writeString(
                directory.resolve("old.jsonl"), body + "{\"sha256\":\"" + Sha256.of(body) + "\"}\n")
            .toString();

    assertThat(terminal.run(judging(matrix, "--observations", file))).isZero();
    assertThat(terminal.run(judging(matrix, "--observations", file, "--max-age", "7d")))
        .isEqualTo(2);
    assertThat(terminal.err()).contains("longer ago than --max-age");
    assertThat(terminal.run(judging(matrix, "--observations", file, "--max-age", "soon")))
        .isEqualTo(2);
  }

  @Test
  void anExpiredPlanIsNotCarriedOut() throws Exception {
    String plan = planned(loopback.compliant());
    String text = Files.readString(Path.of(plan));
    String body =
        text.substring(0, text.lastIndexOf("{\"sha256\""))
            .replaceAll("\"expires\":\"20\\d\\d-", "\"expires\":\"2020-");
    Files.writeString(Path.of(plan), body + "{\"sha256\":\"" + Sha256.of(body) + "\"}\n");

    assertThat(terminal.run("agent", "--plan", plan)).isEqualTo(2);
    assertThat(terminal.err()).contains("expired at 2020-");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void whatWasInterruptedThereIsWholeAndIncomplete() throws Exception {
    String matrix = loopback.compliant();
    String plan = planned(matrix);
    Terminal there = new Terminal();
    try (var _ = there.stop().orderly()) {
      there.stop().heard(Stop.Signal.TERM);
    }

    assertThat(there.run("agent", "--plan", plan)).isEqualTo(143);
    String seen = Files.writeString(directory.resolve("part.jsonl"), there.out()).toString();
    assertThat(terminal.run(judging(matrix, "--observations", seen))).isIn(3, 4);
    assertThat(terminal.out()).contains("the observations of beside: interrupted");
  }

  @Test
  void plansAreForOfflinePlacesOnly() throws Exception {
    String matrix = loopback.compliant();
    for (String[] args :
        new String[][] {
          {"-i", loopback.inventory("offline"), "--for", "beside"},
          {"-i", loopback.inventory("offline"), "-o", "plan=x"},
          {"-i", loopback.inventory("offline"), "--for", "nobody", "-o", "plan=x"},
          {"-i", loopback.inventory("offline"), "--for", "beside", "-o", "plan="},
          {"-i", loopback.inventory("offline"), "--for", "beside", "-o", "plan=" + matrix}
        }) {
      String[] all =
          Stream.concat(Stream.of("plan", "-m", matrix), Stream.of(args)).toArray(String[]::new);
      assertThat(new Terminal().run(all)).as(String.join(" ", args)).isEqualTo(2);
    }
    loopback.inventory("local");
    assertThat(
            terminal.run(
                "plan",
                "-m",
                matrix,
                "-i",
                loopback.file("inventory.yaml").toString(),
                "--for",
                "beside",
                "-o",
                "plan=-"))
        .isEqualTo(2);
    assertThat(terminal.err()).contains("its agent is local; for a plan to carry, write agent:");
  }

  @Test
  void aPlanGoesToStandardOutputAndComesFromStandardInput() throws Exception {
    String matrix = loopback.compliant();
    assertThat(
            terminal.run(
                "plan",
                "-m",
                matrix,
                "-i",
                loopback.inventory("offline"),
                "--for",
                "beside",
                "-o",
                "plan=-"))
        .isZero();
    Terminal there = new Terminal().typing(terminal.out());
    assertThat(there.run("agent", "--plan", "-", "-q")).as(there.err()).isZero();
    Terminal judge = new Terminal().typing(there.out());
    assertThat(judge.run(judging(matrix, "--observations", "-"))).as(judge.err()).isZero();
  }
}
