package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.audit.Audit;
import io.k8sfw.cli.ContainerCluster.Fault;
import io.k8sfw.cli.ContainerCluster.Place;
import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.evaluate.Verdict.NotJudged;
import io.k8sfw.evaluate.Verdict.Unverified;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixReader;
import io.k8sfw.model.Flow;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.probes.LiveCampaign;
import io.k8sfw.probes.ssh.AgentArchive;
import io.k8sfw.probes.ssh.SshClient;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Outcome;
import io.k8sfw.result.Summary;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The product's own audit of a cluster of containers, by agents that `docker exec` starts. Needs a
/// Docker engine, `docker`, and an image: `test-fixtures/docker/engine` makes what is missing.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ContainerClusterIT {
  /// A row of each expectation; `wireguard` listens nowhere, and takes a witness to be proven.
  private static final String MATRIX =
      """
      matrix: containers
      version: 1
      rules:
      - {id: api, to: control-plane, protocol: tcp, ports: 6443, from: [worker, external], expect: required}
      - {id: etcd, to: control-plane, protocol: tcp, ports: 2379, from: [worker, external], expect: forbidden}
      - {id: web, to: worker, protocol: tcp, ports: "80, 443", from: external, expect: required}
      - {id: kubelet, to: worker, protocol: tcp, ports: 10250, from: control-plane, expect: required}
      - {id: wireguard, to: worker, protocol: udp, ports: 51820, from: worker, expect: path}
      - {id: node-ports, to: worker, protocol: tcp, ports: 30078-30082, from: external, expect: permitted}
      """;

  private static final Path JARS = Path.of("target", "dist", "lib").toAbsolutePath();

  /// Kept as long as `target` is, like the launcher's own.
  private static final Path KEPT = Path.of("target", "dist", "agent").toAbsolutePath();

  @TempDir Path directory = Path.of("");

  private Optional<ContainerCluster> cluster = Optional.empty();

  @BeforeAll
  static void needsDocker() {
    Optional<String> missing = ContainerCluster.missing();
    assumeTrue(missing.isEmpty(), () -> "no containers here: " + missing.orElse(""));
  }

  @AfterEach
  void end() {
    cluster.ifPresent(ContainerCluster::close);
  }

  private ContainerCluster start(Fault... faults) throws Exception {
    AgentArchive agent =
        new AgentArchives(JARS, KEPT, Path.of(System.getProperty("java.home"))).withRuntime();
    ContainerCluster started = ContainerCluster.start(matrix(), agent, List.of(faults));
    cluster = Optional.of(started);
    return started;
  }

  private static Matrix matrix() throws Exception {
    return MatrixReader.read("containers.yaml", MATRIX.getBytes(StandardCharsets.UTF_8));
  }

  /// By the command line, as a user would.
  private AuditResult audited(ContainerCluster cluster, int exit) throws Exception {
    Path matrix = Files.writeString(directory.resolve("matrix.yaml"), MATRIX);
    Path inventory =
        Files.writeString(directory.resolve("containers.yaml"), cluster.inventoryYaml());
    Path json = directory.resolve("results.json");
    Terminal terminal = new Terminal();
    int code =
        terminal.run(
            "run",
            "-m",
            matrix.toString(),
            "-i",
            inventory.toString(),
            "--pace",
            "fast",
            "-o",
            "text",
            "-o",
            "json=" + json);
    assertThat(code).as(terminal.out() + terminal.err()).isEqualTo(exit);
    return ResultsJson.read(json.toString(), Files.readAllBytes(json));
  }

  private static SortedSet<String> found(AuditResult result) {
    SortedSet<String> found = new TreeSet<>();
    for (Assessment assessment : result.assessments()) {
      Flow flow = assessment.check().flow();
      for (Judgement judgement : assessment.judgements()) {
        if (judgement.verdict() instanceof Finding finding) {
          found.add(
              String.join(
                  " ",
                  finding.deviation().map(Deviation::word).orElse(finding.kind().label()),
                  flow.vantage(),
                  "->",
                  flow.node(),
                  flow.protocol() + "/" + judgement.ports()));
        }
      }
    }
    return found;
  }

  @Test
  void aClusterWithoutFaultsIsCompliant() throws Exception {
    AuditResult result = audited(start(), ExitCodes.COMPLIANT);
    Summary summary = Summary.of(result);
    assertThat(found(result)).isEmpty();
    assertThat(summary.coveragePercent()).isEqualTo(100);
    assertThat(summary.planned()).isGreaterThan(20);
    assertThat(result.places())
        .hasSize(Place.values().length)
        .allSatisfy(place -> assertThat(place.report().transport()).contains("docker"));
  }

  @Test
  void eachFaultIsFoundAndNothingElseIs() throws Exception {
    ContainerCluster faulty =
        start(
            Fault.decides(Place.CP_1, 6443, "drop", Place.INTERNET),
            Fault.decides(Place.CP_1, 6443, "reject with tcp reset", Place.WORKER_2),
            Fault.decides(Place.CP_1, 2379, "reject with tcp reset", Place.WORKER_2),
            Fault.decides(Place.WORKER_1, 10250, "accept", Place.INTERNET),
            Fault.decides(Place.WORKER_2, 443, "reject", Place.INTERNET),
            Fault.down(Place.WORKER_2, 80));
    assertThat(found(audited(faulty, ExitCodes.FINDINGS)))
        .containsExactlyInAnyOrder(
            "MISSING internet -> cp-1 tcp/6443",
            "MISSING worker-2 -> cp-1 tcp/6443",
            "OVER-EXPOSED internet -> worker-1 tcp/10250",
            "MISSING internet -> worker-2 tcp/443",
            "service-down internet -> worker-2 tcp/80");
  }

  @Test
  void aContainerThatIsKilledInMidRunCostsItsOwnChecksAndNothingElse() throws Exception {
    ContainerCluster running = start();
    AtomicBoolean killed = new AtomicBoolean();
    Progress killing =
        new Progress() {
          @Override
          public void settled(String vantage, long ports) {
            if (vantage.equals(Place.INTERNET.label()) && killed.compareAndSet(false, true)) {
              var container = running.of(Place.INTERNET);
              container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
            }
          }

          @Override
          public boolean cancelled() {
            return false;
          }
        };
    Matrix matrix = matrix();
    var inventory =
        InventoryReader.read(
            "containers.yaml", running.inventoryYaml().getBytes(StandardCharsets.UTF_8), matrix);
    var ways = new Vantages.Ways(SshClient.with(List.of()), Optional.empty(), () -> false, _ -> {});
    try (Vantages vantages = new Vantages(inventory, ways, Set.of())) {
      AuditResult result =
          new Audit(new LiveCampaign(vantages.all()), Version.tool())
              .run(
                  matrix,
                  inventory,
                  new PlanOptions(Pace.POLITE, false, false, Integer.MAX_VALUE),
                  false,
                  killing);

      assertThat(killed).isTrue();
      assertThat(found(result)).isEmpty();
      assertThat(Summary.of(result).outcome()).isEqualTo(Outcome.NOT_PROVEN);
      assertThat(judgements(result, true))
          .isNotEmpty()
          .allMatch(j -> j.verdict() instanceof Unverified || j.verdict() instanceof NotJudged);
      assertThat(judgements(result, false)).noneMatch(j -> j.verdict() instanceof Unverified);
      assertThat(result.places())
          .filteredOn(place -> place.report().vantage().equals(Place.INTERNET.label()))
          .singleElement()
          .satisfies(
              place -> assertThat(place.report().failure().orElseThrow().raw()).contains("agent"));
    }
  }

  private static Stream<Judgement> judgements(AuditResult result, boolean ofTheKilled) {
    return result.assessments().stream()
        .filter(a -> a.check().flow().vantage().equals(Place.INTERNET.label()) == ofTheKilled)
        .flatMap(a -> a.judgements().stream());
  }
}
