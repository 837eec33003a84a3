package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.k8sfw.kubernetes.Rbac;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// What is in `deploy/`: that it is what it says, and means what the program does.
class DeployTests {
  private static final Path DEPLOY = Path.of("..", "deploy");
  private static final Path CLUSTER = DEPLOY.resolve("cluster");
  private static final Path CI = DEPLOY.resolve("ci");

  static List<Path> yamlFiles() throws IOException {
    try (Stream<Path> all = Files.walk(DEPLOY)) {
      return all.filter(f -> f.toString().matches(".*\\.ya?ml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("yamlFiles")
  void everyFileIsYamlWithoutDuplicateKeys(Path file) throws IOException {
    assertThat(documents(file)).isNotEmpty().doesNotContainNull();
  }

  /// The model is generated from Kubernetes' own API description: a field that is not in it is kept
  /// apart, and no server would take it.
  @Test
  void kubernetesKnowsEveryField() throws Exception {
    List<HasMetadata> resources = resources();
    assertThat(resources)
        .extracting(HasMetadata::getKind)
        .contains("Namespace", "ServiceAccount", "ClusterRole", "CronJob", "PersistentVolumeClaim");
    for (HasMetadata resource : resources) {
      assertThat(unknown(resource, resource.getKind())).isEmpty();
    }
    CronJob misspelt = cronJob();
    misspelt.getSpec().setAdditionalProperty("concurencyPolicy", "Forbid");
    assertThat(unknown(misspelt, "CronJob"))
        .containsExactly("CronJob.Spec: {concurencyPolicy=Forbid}");
  }

  @Test
  void everyResourceIsInItsNamespaceAndInTheKustomization() throws Exception {
    Map<?, ?> kustomization =
        (Map<?, ?>) documents(CLUSTER.resolve("kustomization.yaml")).getFirst();
    List<String> files = new ArrayList<>();
    try (Stream<Path> all = Files.list(CLUSTER)) {
      all.map(f -> f.getFileName().toString())
          .filter(f -> !f.equals("kustomization.yaml") && !f.equals("scope.yaml"))
          .forEach(files::add);
    }
    assertThat(list(kustomization.get("resources")))
        .map(Object::toString)
        .containsExactlyInAnyOrderElementsOf(files);
    for (HasMetadata resource : resources()) {
      if (!List.of("Namespace", "ClusterRole", "ClusterRoleBinding").contains(resource.getKind())) {
        assertThat(resource.getMetadata().getNamespace()).isEqualTo("k8sfw-audit");
      }
    }
  }

  @Test
  void theRightsAreThoseThatTheProgramPrints() throws Exception {
    assertThat(CLUSTER.resolve("rbac.yaml")).hasContent(Rbac.manifest(Rbac.NAMESPACE));
  }

  @Test
  void theAuditIsTriedAgainOnlyWhereItCouldNotRun() throws Exception {
    CronJob cron = cronJob();
    assertThat(cron.getApiVersion()).isEqualTo("batch/v1");
    assertThat(cron.getSpec().getConcurrencyPolicy()).isEqualTo("Forbid");
    JobSpec job = cron.getSpec().getJobTemplate().getSpec();
    assertThat(job.getTemplate().getSpec().getRestartPolicy()).isEqualTo("Never");
    assertThat(job.getActiveDeadlineSeconds()).isPositive();
    Map<Integer, String> actions = new HashMap<>();
    for (PodFailurePolicyRule rule : job.getPodFailurePolicy().getRules()) {
      if (rule.getOnExitCodes() != null) {
        assertThat(rule.getOnExitCodes().getOperator()).isEqualTo("In");
        assertThat(rule.getOnExitCodes().getContainerName()).isEqualTo(container().getName());
        rule.getOnExitCodes().getValues().forEach(code -> actions.put(code, rule.getAction()));
      }
    }
    assertThat(actions)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                ExitCodes.FINDINGS, "FailJob",
                ExitCodes.USAGE, "FailJob",
                ExitCodes.NOT_PROVEN, "FailJob",
                ExitCodes.CANNOT_RUN, "Count"));
  }

  /// Servers default it, but their schema demands it (`PodFailurePolicyOnPodConditionsPattern` in
  /// `api/openapi-spec/swagger.json`), and so does whoever validates by it.
  @Test
  void conditionsOfTheFailurePolicySayWhichStatus() throws Exception {
    JobSpec job = cronJob().getSpec().getJobTemplate().getSpec();
    assertThat(job.getPodFailurePolicy().getRules())
        .flatExtracting(PodFailurePolicyRule::getOnPodConditions)
        .singleElement()
        .satisfies(condition -> {
          assertThat(condition.getType()).isEqualTo("DisruptionTarget");
          assertThat(condition.getStatus()).isEqualTo("True");
        });
  }

  @Test
  void theAuditsPodHasNoRightsOfItsOwn() throws Exception {
    PodSpec pod = cronJob().getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(65532);
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getHostNetwork()).isNull();
    assertThat(pod.getHostPID()).isNull();
    assertThat(container().getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container().getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container().getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(container().getResources().getLimits()).containsKey("memory");
  }

  @Test
  void theCiTemplatesStartTheSameAudit() throws Exception {
    for (String file : List.of("github-actions.yaml", "gitlab-ci.yml", "Jenkinsfile")) {
      assertThat(Files.readString(CI.resolve(file)))
          .as(file)
          .contains("run --kubeconfig /kubeconfig", "--agent-image", "-o junit=/audit/junit.xml")
          .contains("--read-only");
    }
  }

  @Test
  void theGithubWorkflowFailsAfterTheReports() throws Exception {
    Map<?, ?> workflow = (Map<?, ?>) documents(CI.resolve("github-actions.yaml")).getFirst();
    assertThat(workflow.keySet().stream().map(Object::toString))
        .contains("name", "on", "permissions", "jobs");
    Map<?, ?> audit = map(map(workflow.get("jobs")).get("audit"));
    assertThat(audit.get("timeout-minutes")).isNotNull();
    List<?> steps = list(audit.get("steps"));
    Map<?, ?> run =
        steps.stream()
            .map(DeployTests::map)
            .filter(s -> "audit".equals(s.get("id")))
            .findFirst()
            .orElseThrow();
    assertThat(String.valueOf(run.get("run"))).contains("|| code=$?", "exit \"$code\"");
    assertThat(run.get("shell")).isEqualTo("bash");
    Map<?, ?> upload =
        steps.stream()
            .map(DeployTests::map)
            .filter(s -> String.valueOf(s.get("uses")).startsWith("actions/upload-artifact@"))
            .findFirst()
            .orElseThrow();
    assertThat(String.valueOf(upload.get("if"))).startsWith("always()");
  }

  @Test
  void theGitlabJobKeepsItsReportsAndForgivesMissingEvidenceOnly() throws Exception {
    Map<?, ?> job =
        map(map(documents(CI.resolve("gitlab-ci.yml")).getFirst()).get("firewall-audit"));
    assertThat(list(map(job.get("allow_failure")).get("exit_codes")))
        .isEqualTo(List.of(ExitCodes.NOT_PROVEN));
    assertThat(list(map(job.get("retry")).get("exit_codes")))
        .isEqualTo(List.of(ExitCodes.CANNOT_RUN));
    Map<?, ?> artifacts = map(job.get("artifacts"));
    assertThat(artifacts.get("when")).isEqualTo("always");
    assertThat(map(artifacts.get("reports")).get("junit")).isEqualTo("audit/junit.xml");
  }

  /// No parser of Groovy is at hand: the structure of a declarative pipeline (Jenkins, "Pipeline
  /// Syntax"), by its blocks.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pipeline/agent",
        "pipeline/options",
        "pipeline/triggers",
        "pipeline/stages/stage('Audit')/steps",
        "pipeline/post/always"
      })
  void theJenkinsfileHasTheBlocksOfAPipeline(String path) throws Exception {
    assertThat(blocks(Files.readString(CI.resolve("Jenkinsfile")))).contains(path);
  }

  /// The paths of all blocks in braces, outside of strings and comments.
  private static List<String> blocks(String groovy) {
    String code =
        groovy
            .replaceAll("(?s)'''.*?'''", "''")
            .replaceAll("(?m)^\\s*//.*$", "")
            .replaceAll("\"[^\"\\n]*\"", "\"\"");
    List<String> open = new ArrayList<>();
    List<String> found = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < code.length(); i++) {
      char c = code.charAt(i);
      switch (c) {
        case '{' -> {
          open.add(word.toString().strip());
          found.add(String.join("/", open));
          word.setLength(0);
        }
        case '}' -> {
          assertThat(open).as("a brace too many").isNotEmpty();
          open.removeLast();
          word.setLength(0);
        }
        case '\n', ';' -> word.setLength(0);
        default -> word.append(c);
      }
    }
    assertThat(open).as("blocks that do not end").isEmpty();
    return found;
  }

  private static List<HasMetadata> resources() throws IOException {
    KubernetesSerialization reader = new KubernetesSerialization();
    List<HasMetadata> resources = new ArrayList<>();
    for (String file : List.of("rbac.yaml", "results.yaml", "cronjob.yaml")) {
      for (String document : Files.readString(CLUSTER.resolve(file)).split("(?m)^---$", -1)) {
        resources.add((HasMetadata) Objects.requireNonNull(reader.unmarshal(document)));
      }
    }
    return resources;
  }

  private static CronJob cronJob() throws IOException {
    return resources().stream()
        .filter(CronJob.class::isInstance)
        .map(CronJob.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static Container container() throws IOException {
    return cronJob()
        .getSpec()
        .getJobTemplate()
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst();
  }

  /// What the model does not know, with its place, at every depth.
  private static List<String> unknown(Object value, String place) throws Exception {
    List<String> found = new ArrayList<>();
    switch (value) {
      case Collection<?> all -> {
        for (Object each : all) {
          found.addAll(unknown(each, place));
        }
      }
      case Map<?, ?> all -> {
        for (Object each : all.values()) {
          found.addAll(unknown(each, place));
        }
      }
      default -> {
        if (!value.getClass().getName().startsWith("io.fabric8.kubernetes.api.model.")) {
          return found;
        }
        for (Method method : value.getClass().getMethods()) {
          if (!method.getName().startsWith("get") || method.getParameterCount() > 0) {
            continue;
          }
          Object part = method.invoke(value);
          if (part != null && method.getName().equals("getAdditionalProperties")) {
            if (!((Map<?, ?>) part).isEmpty()) {
              found.add(place + ": " + part);
            }
          } else if (part != null && !(part instanceof Class<?>)) {
            found.addAll(unknown(part, place + "." + method.getName().substring(3)));
          }
        }
      }
    }
    return found;
  }

  private static List<Object> documents(Path file) throws IOException {
    LoadSettings strict =
        LoadSettings.builder().setAllowDuplicateKeys(false).setLabel(file.toString()).build();
    List<Object> documents = new ArrayList<>();
    new Load(strict).loadAllFromString(Files.readString(file)).forEach(documents::add);
    return documents;
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }
}
