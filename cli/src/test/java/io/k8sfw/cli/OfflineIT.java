package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.k8sfw.fixtures.lab.Fault;
import io.k8sfw.fixtures.lab.Lab;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A place of the lab that nobody can log in to: its agent is a process of its own there, which
/// knows nothing but the plan. Needs root, `ip`, `nft`, `nsenter`.
class OfflineIT {
  private static final String RANGE = "30000-32767";
  private static final String TEN_PORTS = "\"30078-30082, 31997-32001\"";
  private static final int PATIENCE = 120;

  @TempDir Path directory = Path.of("");

  private final Terminal terminal = new Terminal();

  @BeforeEach
  void needTheLab() throws Exception {
    assumeThat(Lab.missing()).as("needs the demo's cluster").isEmpty();
    assumeThat(Lab.privileged()).as("needs root").isTrue();
  }

  @Test
  void itsVerdictsAreThoseOfALiveRun() throws Exception {
    String seed = new String(BuiltinMatrices.text("seed").orElseThrow(), StandardCharsets.UTF_8);
    Path matrix = directory.resolve("matrix.yaml");
    Files.writeString(matrix, seed.replace(RANGE, TEN_PORTS));
    try (Lab lab = Lab.start(Fault.DEMO)) {
      Path live = directory.resolve("live.yaml");
      Path offline = directory.resolve("offline.yaml");
      Files.writeString(live, inventory(lab, "{netns: \"" + lab.namespace("client") + "\"}"));
      Files.writeString(offline, inventory(lab, "offline"));

      int code = run(matrix, live, "live.json");
      assertThat(
              terminal.run(
                  "plan",
                  "-m",
                  matrix.toString(),
                  "-i",
                  offline.toString(),
                  "--for",
                  "client",
                  "-o",
                  "plan=" + directory.resolve("client.plan")))
          .as(terminal.err())
          .isZero();
      observe(lab);
      int again =
          run(
              matrix,
              offline,
              "offline.json",
              "--observations",
              directory.resolve("client.jsonl").toString());

      assertThat(again).isEqualTo(code).isEqualTo(1);
      assertThat(verdicts("offline.json")).isEqualTo(verdicts("live.json")).hasSizeGreaterThan(50);
    }
  }

  /// The lab seen from the client alone: nobody on the nodes takes part.
  private static String inventory(Lab lab, String agent) {
    return lab.inventoryYaml()
        .lines()
        .filter(l -> !l.contains("{name: internet,") && !l.contains("{name: admin,"))
        .filter(l -> !l.contains("{name: pod-"))
        .map(l ->
            l.startsWith("- {name: client,")
                ? l.replaceFirst("agent: \\{netns: \"[^\"]*\"}", "agent: " + agent)
                : l.replaceFirst(", agent: \\{netns: \"[^\"]*\"}", ""))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private int run(Path matrix, Path inventory, String results, String... more) {
    List<String> args =
        new java.util.ArrayList<>(
            List.of(
                "run",
                "-m",
                matrix.toString(),
                "-i",
                inventory.toString(),
                "--pace",
                "fast",
                "-q",
                "-o",
                "json=" + directory.resolve(results)));
    args.addAll(List.of(more));
    return terminal.run(args.toArray(String[]::new));
  }

  private void observe(Lab lab) throws Exception {
    Path talk = directory.resolve("agent.err");
    Process agent =
        new ProcessBuilder(
                "nsenter",
                "--net=" + lab.namespace("client"),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "agent",
                "--plan",
                directory.resolve("client.plan").toString())
            .redirectOutput(directory.resolve("client.jsonl").toFile())
            .redirectError(talk.toFile())
            .start();
    try {
      assertThat(agent.waitFor(PATIENCE, TimeUnit.SECONDS)).isTrue();
      assertThat(agent.exitValue()).as(Files.readString(talk)).isZero();
      assertThat(talk).content().contains("observed ");
    } finally {
      agent.destroyForcibly();
    }
  }

  /// Of each port, with how well it is proven.
  private SortedSet<String> verdicts(String results) throws Exception {
    Path file = directory.resolve(results);
    AuditResult result = ResultsJson.read(results, Files.readAllBytes(file));
    SortedSet<String> verdicts = new TreeSet<>();
    for (var assessment : result.assessments()) {
      // Firewalls answer some and not others that they refuse (RFC 1812, section 4.3.2.8).
      for (var judgement : assessment.judgements()) {
        judgement.ports().stream()
            .forEach(port ->
                verdicts.add(
                    assessment.check().id()
                        + " "
                        + port
                        + " "
                        + judgement.verdict()
                        + " "
                        + judgement.grade()));
      }
    }
    return verdicts;
  }
}
