package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HostPathVolumeSource;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.k8sfw.cli.LiveOracle.Denial;
import io.k8sfw.cli.LiveOracle.Profile;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.Zone;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The job of `deploy/cluster`, run in a real cluster from the image that `-Pimage` built. Needs
/// Linux, root, and the folder of the `live-cluster` script in `K8SFW_LIVE_CLUSTER`.
///
/// That cluster knows no `batch/v1` CronJob, no failure policy and no storage class: the CronJob's
/// template is run as a Job, without trying again, on a directory of a node.
class CronJobIT {
  private static final Path IMAGE = Path.of("target", "k8sfw-audit-image.tar").toAbsolutePath();
  private static final String IMAGE_NAME = "localhost/k8sfw-audit:0.1.0";
  private static final Path DEPLOY = Path.of("..", "deploy", "cluster").toAbsolutePath();
  private static final String NAMESPACE = "k8sfw-audit";
  private static final String NODE = "worker-1";
  private static final String RESULTS = "/var/lib/k8sfw-audit";
  private static final int WAITING_SECONDS = 300;

  /// A few ports: how a job ends is looked at here, not what it finds.
  private static final String MATRIX =
      """
      matrix: cronjob
      version: 1
      rules:
      - id: kubelet
        to: worker
        protocol: tcp
        ports: 10250
        from: [control-plane, worker]
        expect: required
        purpose: Kubelet API
      - id: api
        to: control-plane
        protocol: tcp
        ports: 6443
        from: [worker, pod]
        expect: required
        purpose: Kubernetes API
      """;

  private static @Nullable LiveCluster cluster;

  @TempDir Path directory = Path.of("");

  @BeforeAll
  static void bringTheClusterUp() throws Exception {
    assumeThat(LiveCluster.missing()).as("needs the live cluster").isEmpty();
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    assumeThat(IMAGE).as("needs the image: ./mvnw -Pimage builds one").exists();
    cluster = LiveCluster.up("lcj");
    cluster.firewall(Profile.KUBEADM, Denial.DROP);
    cluster.load(IMAGE);
  }

  @AfterAll
  static void takeItDown() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void theJobAuditsItsClusterAndLeavesResultsAndMetrics() throws Exception {
    LiveCluster live = Objects.requireNonNull(cluster);
    live.at(NODE, "install", "-d", "-o", "65532", "-g", "65532", RESULTS);
    live.kubectl("apply", "-f", DEPLOY.resolve("rbac.yaml").toString());
    live.kubectl(
        "-n",
        NAMESPACE,
        "create",
        "configmap",
        "k8sfw-audit",
        "--from-file=" + DEPLOY.resolve("scope.yaml"),
        "--from-file=" + Files.writeString(directory.resolve("matrix.yaml"), MATRIX));

    String first = run(live, "audit-1");
    String second = run(live, "audit-2");

    List<String> files = live.at(NODE, "ls", RESULTS).lines().toList();
    assertThat(files.stream().filter(f -> f.matches("audit-[0-9]{8}T[0-9]{6}Z\\.json")))
        .as(first + second)
        .hasSize(2);
    assertThat(files.stream().filter(f -> f.matches("audit-[0-9]{8}T[0-9]{6}Z\\.html"))).hasSize(2);
    for (String file : files) {
      if (file.endsWith(".json")) {
        AuditResult result = read(live, file);
        assertThat(result.complete()).isTrue();
        assertThat(result.nodes()).hasSize(3);
        assertThat(detected(result)).containsEntry("cni", "flannel").containsKey("backend");
        assertThat(result.nodes())
            .filteredOn(node -> node.zones().contains(Zone.CONTROL_PLANE))
            .hasSize(1);
        assertThat(result.assessments()).isNotEmpty();
        assertThat(result.exclusions()).isNotEmpty();
        assertThat(result.places())
            .isNotEmpty()
            .allSatisfy(place ->
                assertThat(place.report().failure()).as(place.vantagePoint().name()).isEmpty());
      }
    }
    assertThat(live.at(NODE, "cat", RESULTS + "/k8sfw-audit.prom"))
        .contains("k8sfw_audit_last_run_timestamp_seconds{", "k8sfw_audit_nodes{")
        .contains("k8sfw_audit_complete{");
    assertThat(first).contains("checks");
    assertThat(
            live.kubectl(
                "-n",
                NAMESPACE,
                "get",
                "pods",
                "-l",
                "app.kubernetes.io/component=agent",
                "-o",
                "name"))
        .isBlank();
  }

  /// @return what the job's pod said
  private String run(LiveCluster live, String name) throws Exception {
    Path file =
        Files.writeString(
            directory.resolve(name + ".json"), new KubernetesSerialization().asJson(job(name)));
    live.kubectl("create", "--validate=false", "-f", file.toString());
    for (int i = 0; i < WAITING_SECONDS; i++) {
      String ended =
          live.kubectl(
              "-n",
              NAMESPACE,
              "get",
              "pods",
              "-l",
              "job-name=" + name,
              "-o",
              "jsonpath={.items[*].status.containerStatuses[*].state.terminated.exitCode}");
      if (!ended.isBlank()) {
        String log = live.kubectl("-n", NAMESPACE, "logs", "job/" + name);
        assertThat(ended.strip()).as(log).isIn("0", "1", "3");
        return log;
      }
      Thread.sleep(1000);
    }
    throw new AssertionError(
        "the job does not end: " + live.kubectl("-n", NAMESPACE, "describe", "pods"));
  }

  private static Job job(String name) throws IOException {
    CronJob cron =
        Objects.requireNonNull(
            new KubernetesSerialization()
                .unmarshal(Files.readString(DEPLOY.resolve("cronjob.yaml")), CronJob.class));
    JobSpec spec = cron.getSpec().getJobTemplate().getSpec();
    spec.setBackoffLimit(0);
    PodSpec pod = spec.getTemplate().getSpec();
    pod.setNodeName(NODE);
    Container container = pod.getContainers().getFirst();
    container.setImage(IMAGE_NAME);
    container.setArgs(
        Stream.concat(
                container.getArgs().stream(), Stream.of("--matrix=/etc/k8sfw-audit/matrix.yaml"))
            .toList());
    for (EnvVar variable : container.getEnv()) {
      if (variable.getName().equals("K8SFW_AGENT_IMAGE")) {
        variable.setValue(IMAGE_NAME);
      }
    }
    for (Volume volume : pod.getVolumes()) {
      if (volume.getName().equals("results")) {
        volume.setPersistentVolumeClaim(null);
        volume.setHostPath(new HostPathVolumeSource(RESULTS, "Directory"));
      }
    }
    return new JobBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(NAMESPACE)
        .endMetadata()
        .withSpec(spec)
        .build();
  }

  /// What the job's pod found out of the cluster by itself.
  private static Map<String, String> detected(AuditResult result) {
    return result.facts().values().entrySet().stream()
        .filter(fact -> fact.getValue().provenance() == Facts.Provenance.DETECTED)
        .collect(Collectors.toMap(Map.Entry::getKey, fact -> fact.getValue().value()));
  }

  private AuditResult read(LiveCluster live, String file) throws Exception {
    Path copy =
        Files.writeString(directory.resolve(file), live.at(NODE, "cat", RESULTS + "/" + file));
    return ResultsJson.read(file, Files.readAllBytes(copy));
  }
}
