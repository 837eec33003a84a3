package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodStateTests {
  @Test
  void aPodRunsWhenItsContainerDoes() {
    Pod pod = with(new ContainerStateBuilder().withNewRunning().endRunning().build(), "Running");

    assertThat(PodState.of(pod)).isEqualTo(new PodState.Running("worker-1", "10.0.0.21"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "CrashLoopBackOff"
      })
  void aContainerThatWillNeverStartIsNotWaitedFor(String reason) {
    Pod pod = with(waiting(reason, "no such\nimage"), "Pending");

    assertThat(PodState.of(pod))
        .isInstanceOfSatisfying(
            PodState.Lost.class,
            lost ->
                assertThat(lost.cause()).contains(reason).contains("image").doesNotContain("\n"));
  }

  @Test
  void aContainerThatIsBeingMadeIsWaitedFor() {
    assertThat(PodState.of(with(waiting("ContainerCreating", null), "Pending")))
        .isEqualTo(new PodState.Starting(true, "ContainerCreating"));
  }

  @Test
  void aPodThatNoKubeletHasSeenIsNotTaken() {
    Pod pod = pod().withStatus(new PodStatusBuilder().withPhase("Pending").build()).build();

    assertThat(PodState.of(pod))
        .isInstanceOfSatisfying(
            PodState.Starting.class, starting -> assertThat(starting.taken()).isFalse());
  }

  @Test
  void aPodThatFitsNowhereSaysSo() {
    Pod pod =
        pod()
            .withStatus(
                new PodStatusBuilder()
                    .withPhase("Pending")
                    .addNewCondition()
                    .withType("PodScheduled")
                    .withStatus("False")
                    .withReason("Unschedulable")
                    .withMessage("0/3 nodes are available")
                    .endCondition()
                    .build())
            .build();

    assertThat(PodState.of(pod))
        .isEqualTo(new PodState.Starting(false, "Unschedulable: 0/3 nodes are available"));
  }

  @Test
  void aPodThatTheKubeletRefusedSaysWhy() {
    Pod pod =
        pod()
            .withStatus(
                new PodStatusBuilder()
                    .withPhase("Failed")
                    .withReason("OutOfcpu")
                    .withMessage("Node didn't have enough resource: cpu")
                    .build())
            .build();

    assertThat(PodState.of(pod))
        .isEqualTo(
            new PodState.Lost("its pod ended: OutOfcpu: Node didn't have enough resource: cpu"));
  }

  @Test
  void aPodWhoseProcessEndedSaysHow() {
    ContainerState ended =
        new ContainerStateBuilder()
            .withNewTerminated()
            .withReason("Error")
            .withMessage("no token\n")
            .withExitCode(2)
            .endTerminated()
            .build();

    assertThat(PodState.of(with(ended, "Failed")))
        .isEqualTo(new PodState.Lost("its pod ended: Error: no token (exit code 2)"));
  }

  @Test
  void aPodThatSomebodyRemovesIsLost() {
    Pod pod = with(new ContainerStateBuilder().withNewRunning().endRunning().build(), "Running");
    pod.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

    assertThat(PodState.of(pod)).isInstanceOf(PodState.Lost.class);
  }

  private static ContainerState waiting(String reason, @Nullable String message) {
    return new ContainerStateBuilder()
        .withNewWaiting()
        .withReason(reason)
        .withMessage(message)
        .endWaiting()
        .build();
  }

  private static Pod with(ContainerState state, String phase) {
    return pod()
        .withNewStatus()
        .withPhase(phase)
        .withStartTime("2026-01-01T00:00:00Z")
        .withHostIP("10.0.0.21")
        .addNewContainerStatus()
        .withName("agent")
        .withState(state)
        .endContainerStatus()
        .endStatus()
        .build();
  }

  private static PodBuilder pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("p")
        .endMetadata()
        .withNewSpec()
        .withNodeName("worker-1")
        .endSpec();
  }
}
