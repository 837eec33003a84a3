package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.k8sfw.kubernetes.FakeApiServer.Answer;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PodCleanupTests {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");

  private final FakeApiServer server = new FakeApiServer();
  private final KubernetesClient client = server.client();

  PodCleanupTests() throws IOException {}

  @AfterEach
  void end() {
    client.close();
    server.close();
  }

  @Test
  void whatOldAuditsLeftIsRemovedAndNamed() {
    put("a-0", "aaa", "2026-05-01T10:00:00Z");
    put("a-1", "aaa", "2026-05-01T10:00:01Z");
    put("b-0", "bbb", "2026-05-01T11:59:00Z");

    PodCleanup.Outcome outcome = PodCleanup.of(client, "audits", NOW.minusSeconds(3600));

    assertThat(outcome.failure()).isEmpty();
    assertThat(outcome.removed())
        .containsExactly(
            new PodCleanup.Remains("aaa", "2 pods", Instant.parse("2026-05-01T10:00:00Z")));
    assertThat(server.pods).containsOnlyKeys("b-0");
  }

  @Test
  void whatAgentsWithoutAnExecLeftGoesToo() {
    put("a-0", "aaa", "2026-05-01T10:00:00Z");
    server.others.put(
        "/api/v1/namespaces/audits/configmaps/a-0-orders",
        """
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a-0-orders","namespace":"audits",
         "creationTimestamp":"2026-05-01T10:00:02Z",
         "labels":{"app.kubernetes.io/name":"k8sfw-audit","k8sfw.io/run":"aaa"}}}
        """);

    PodCleanup.Outcome outcome = PodCleanup.of(client, "audits", NOW.minusSeconds(3600));

    assertThat(outcome.removed())
        .extracting(PodCleanup.Remains::what)
        .containsExactly("1 pod and 1 other object");
    assertThat(server.others).isEmpty();
  }

  /// An audit that still makes pods is under way.
  @Test
  void anAuditIsAsOldAsItsYoungestPod() {
    put("a-0", "aaa", "2026-05-01T10:00:00Z");
    put("a-1", "aaa", "2026-05-01T11:59:00Z");

    assertThat(PodCleanup.of(client, "audits", NOW.minusSeconds(3600)).removed()).isEmpty();
    assertThat(server.pods).hasSize(2);
  }

  @Test
  void whoeverMayNotRemoveLearnsItAtOnce() {
    put("a-0", "aaa", "2026-05-01T10:00:00Z");
    server.instead =
        question ->
            question.startsWith("DELETE")
                ? Answer.status(403, "Forbidden", "cannot delete resource \"pods\"")
                : null;

    PodCleanup.Outcome outcome = PodCleanup.of(client, "audits", NOW);

    assertThat(outcome.removed()).isEmpty();
    assertThat(outcome.failure())
        .hasValueSatisfying(why ->
            assertThat(why)
                .startsWith("1 pod could not be removed")
                .contains("cannot delete resource \"pods\""));
  }

  @Test
  void whoeverMayNotLookLearnsIt() {
    server.instead = _ -> Answer.status(403, "Forbidden", "cannot list resource \"pods\"");

    assertThat(PodCleanup.of(client, "audits", NOW).failure())
        .hasValueSatisfying(why -> assertThat(why).contains("cannot list resource \"pods\""));
  }

  private void put(String name, String run, String made) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace("audits")
            .addToLabels("app.kubernetes.io/name", "k8sfw-audit")
            .addToLabels("k8sfw.io/run", run)
            .withCreationTimestamp(made)
            .endMetadata()
            .build();
    server.pods.put(name, pod);
  }
}
