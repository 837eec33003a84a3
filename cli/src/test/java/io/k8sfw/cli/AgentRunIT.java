package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Verdict.NotJudged;
import io.k8sfw.evaluate.Verdict.Unverified;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whole audits of loopback by agents in processes of their own.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class AgentRunIT {
  @TempDir Path directory = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private Loopback loopback;

  private final Terminal terminal = new Terminal();
  private final List<ProcessHandle> started = new ArrayList<>();

  @BeforeEach
  void listen() throws Exception {
    loopback = new Loopback(directory);
  }

  @AfterEach
  void close() throws Exception {
    started.forEach(ProcessHandle::destroyForcibly);
    loopback.close();
  }

  @Test
  void anAgentFindsWhatWeWouldFind() throws Exception {
    String inventory = loopback.inventory("{command: [env, A=b]}");
    String json = loopback.file("r.json").toString();

    assertThat(
            terminal.run(Loopback.runFrom(inventory, loopback.compliant(), "-o", "json=" + json)))
        .as(terminal.err())
        .isZero();
    assertThat(Path.of(json)).content().contains("\"command env A=b\"");
    assertThat(new Terminal().run(Loopback.runFrom(inventory, loopback.exposed()))).isEqualTo(1);
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  @Test
  void anAgentThatCannotBeHadSaysWhyInOneLine() throws Exception {
    String inventory = loopback.inventory("{command: [sh, -c, echo no such pod >&2; exit 3]}");

    assertThat(terminal.run(Loopback.runFrom(inventory, loopback.compliant()))).isEqualTo(4);
    assertThat(terminal.out()).contains("the agent ended (exit code 3): \"no such pod\"");
  }

  @Test
  void whatIsInstalledThereIsStartedAsTheInventorySays() throws Exception {
    String inventory =
        loopback.inventory("{command: [sh, -c, \"echo $* >&2; exit 3\", x], run: [/opt/tool, -v]}");

    assertThat(terminal.run(Loopback.runFrom(inventory, loopback.compliant()))).isEqualTo(4);
    assertThat(terminal.out()).contains("\"/opt/tool -v agent\"");
  }

  @Test
  void anAgentThatCannotBeHadCostsItsOwnChecks() throws Exception {
    String inventory = loopback.inventory("local");
    Files.writeString(
        Path.of(inventory),
        Files.readString(Path.of(inventory))
            + "- {name: far, zones: [external], agent: {command: [/no/such/tool]}}\n");

    assertThat(terminal.run(Loopback.runFrom(inventory, loopback.compliant()))).isEqualTo(3);
    assertThat(terminal.out()).contains("/no/such/tool");
    assertThat(new Terminal().run(Loopback.runFrom(inventory, loopback.exposed()))).isEqualTo(1);
  }

  @Test
  void whateverAgentsDoCostsTheirOwnChecksAndALineEach() throws Exception {
    Map<String, String> scripts =
        Map.of(
            "gone", "exit 7",
            "garbled", "cat /dev/urandom",
            "endless", "head -c 1000000000 /dev/zero | tr '\\0' x",
            "nested", "head -c 10000 /dev/zero | tr '\\0' '['; echo; sleep 1000",
            "talking", "yes '{\"id\":0,\"body\":{\"type\":\"Beat\"}}'",
            "torn", "printf '{\"id\":0,\"bo'");
    String inventory = loopback.inventory("local");
    StringBuilder places = new StringBuilder(Files.readString(Path.of(inventory)));
    scripts.forEach((name, script) ->
        places.append(
            "- {name: %s, zones: [external], agent: {command: [sh, -c, '%s']}}\n"
                .formatted(name, script.replace("'", "''"))));
    Files.writeString(Path.of(inventory), places);
    Path json = loopback.file("bad.json");

    int exit =
        terminal.run(Loopback.runFrom(inventory, loopback.compliant(), "-o", "json=" + json));

    assertThat(exit).as(terminal.out()).isEqualTo(3);
    AuditResult result = ResultsJson.read("bad.json", Files.readAllBytes(json));
    assertThat(result.places())
        .filteredOn(place -> scripts.containsKey(place.report().vantage()))
        .hasSize(scripts.size())
        .allSatisfy(place ->
            assertThat(place.report().failure().orElseThrow().raw())
                .startsWith("the agent ")
                .hasLineCount(1));
    assertThat(result.assessments())
        .filteredOn(a -> scripts.containsKey(a.check().flow().vantage()))
        .flatExtracting(Assessment::judgements)
        .isNotEmpty()
        .allMatch(j -> j.verdict() instanceof Unverified || j.verdict() instanceof NotJudged);
    assertThat(new Terminal().run(Loopback.runFrom(inventory, loopback.exposed()))).isEqualTo(1);
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  @Test
  void agentsEndWithARunThatIsTerminated() throws Exception {
    Process audit = audit();
    List<ProcessHandle> agents = agents(audit);

    audit.destroy();

    assertThat(audit.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(audit.exitValue()).isEqualTo(143);
    assertThat(agents).noneMatch(ProcessHandle::isAlive);
  }

  @Test
  void agentsEndByThemselvesWhenTheirAuditIsKilled() throws Exception {
    Process audit = audit();
    List<ProcessHandle> agents = agents(audit);

    audit.destroyForcibly();

    for (ProcessHandle agent : agents) {
      agent.onExit().get(2, TimeUnit.MINUTES);
    }
  }

  /// One that takes minutes.
  private Process audit() throws Exception {
    String matrix =
        Files.writeString(
                directory.resolve("long.yaml"),
                """
                matrix: long
                version: 1
                rules:
                - {id: a, to: worker, protocol: tcp, ports: 20000-40000, from: [external], expect: required, purpose: p, reference: r}
                """)
            .toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(
        List.of(
            Loopback.runFrom(loopback.inventory("{command: [env]}"), matrix, "--pace", "polite")));
    Process audit =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    started.add(audit.toHandle());
    return audit;
  }

  /// When they are there.
  private List<ProcessHandle> agents(Process audit) throws Exception {
    List<ProcessHandle> agents = audit.descendants().toList();
    while (agents.stream().noneMatch(AgentRunIT::isProbing)) {
      assertThat(audit.isAlive()).as(Files.readString(directory.resolve("out"))).isTrue();
      Thread.sleep(Duration.ofMillis(100));
      agents = audit.descendants().toList();
    }
    started.addAll(agents);
    return agents;
  }

  /// Has begun to make sockets: it polls some.
  private static boolean isProbing(ProcessHandle process) {
    try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return files.anyMatch(AgentRunIT::polls);
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean polls(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().contains("eventpoll");
    } catch (IOException _) {
      return false;
    }
  }
}
