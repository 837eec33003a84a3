package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodRemovalTests {
  private static final String DELETE = "DELETE /api/v1/namespaces/audits/pods/p";
  private static final Duration NEVER = Duration.ofDays(1);

  private final FakeApiServer server = new FakeApiServer();
  private final KubernetesClient client = server.client();

  PodRemovalTests() throws IOException {
    server.pods.put("p", pod("Running"));
  }

  @AfterEach
  void end() {
    client.close();
    server.close();
  }

  /// It would remove the pod as well, some seconds later.
  @ParameterizedTest
  @ValueSource(strings = {"Succeeded", "Failed"})
  void aKubeletThatSaysThatAPodHasEndedIsTakenAtItsWord(String phase) {
    server.ending = pod -> ending(pod, phase);

    assertThat(remove(NEVER)).isEmpty();

    assertThat(server.pods).isEmpty();
    assertThat(server.asked).filteredOn(DELETE::equals).hasSize(2);
  }

  @Test
  void aKubeletThatSaysNothingIsNotWaitedForForEver() {
    server.ending = pod -> ending(pod, "Running");

    assertThat(remove(Duration.ofMillis(1))).isEmpty();

    assertThat(server.pods).isEmpty();
  }

  /// Its kubelet may be about to end it.
  @Test
  void whatEndsIsNotToldTwice() {
    server.ending = pod -> ending(pod, "Running");
    server.instead =
        question -> {
          if (question.startsWith("GET") && server.asked.size() > 6) {
            server.pods.clear();
          }
          return null;
        };

    assertThat(remove(NEVER)).isEmpty();

    assertThat(server.asked).filteredOn(DELETE::equals).hasSize(1);
  }

  private Optional<String> remove(Duration patience) {
    return new PodRemoval(client, "audits", patience)
        .remove(() -> List.copyOf(client.pods().inNamespace("audits").list().getItems()));
  }

  private static Pod pod(String phase) {
    return new PodBuilder()
        .withNewMetadata()
        .withName("p")
        .withNamespace("audits")
        .endMetadata()
        .withNewStatus()
        .withPhase(phase)
        .endStatus()
        .build();
  }

  private static Pod ending(Pod pod, String phase) {
    return new PodBuilder(pod)
        .editMetadata()
        .withDeletionTimestamp("2026-05-01T12:00:00Z")
        .endMetadata()
        .editStatus()
        .withPhase(phase)
        .endStatus()
        .build();
  }
}
