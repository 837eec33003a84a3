package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AgentPodTests {
  private static final PodPlace NODE = new PodPlace("worker-1", Optional.of("worker-1"), true);
  private static final PodPlace POD = new PodPlace("heapster", Optional.empty(), false);

  @Test
  void aPodMayDoNothingThatAnAgentNeedNotDo() {
    Pod pod = pod(NODE, settings(false, false));

    Container container = pod.getSpec().getContainers().getFirst();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(container.getSecurityContext().getCapabilities().getAdd()).isEmpty();
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getSecurityContext().getPrivileged()).isNull();
    assertThat(pod.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSpec().getSecurityContext().getRunAsUser()).isPositive();
    assertThat(pod.getSpec().getSecurityContext().getSeccompProfile().getType())
        .isEqualTo("RuntimeDefault");
    assertThat(pod.getSpec().getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getSpec().getHostPID()).isNull();
    assertThat(pod.getSpec().getHostIPC()).isNull();
    assertThat(pod.getSpec().getVolumes()).isEmpty();
    assertThat(container.getResources().getLimits()).containsKeys("cpu", "memory");
    assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
  }

  @Test
  void aPodEndsWhateverHappensAndNeverComesBack() {
    Pod pod = pod(NODE, settings(false, false));

    assertThat(pod.getSpec().getActiveDeadlineSeconds()).isBetween(600L, 86_400L);
    assertThat(pod.getSpec().getRestartPolicy()).isEqualTo("Never");
    assertThat(pod.getSpec().getTerminationGracePeriodSeconds()).isBetween(1L, 5L);
  }

  @Test
  void aPodOfANodeIsOnItWhateverItsTaintsAndSharesItsNetwork() {
    Pod pod = pod(NODE, settings(false, false));

    assertThat(pod.getSpec().getNodeName()).isEqualTo("worker-1");
    assertThat(pod.getSpec().getHostNetwork()).isTrue();
    assertThat(pod.getSpec().getTolerations())
        .singleElement()
        .satisfies(AgentPodTests::toleratesAll);
  }

  private static void toleratesAll(Toleration toleration) {
    assertThat(toleration.getOperator()).isEqualTo("Exists");
    assertThat(toleration.getKey()).isNull();
    assertThat(toleration.getEffect()).isNull();
  }

  @Test
  void aPodOnThePodNetworkIsWhereverTheSchedulerPutsIt() {
    Pod pod = pod(POD, settings(false, false));

    assertThat(pod.getSpec().getNodeName()).isNull();
    assertThat(pod.getSpec().getHostNetwork()).isNull();
    assertThat(pod.getSpec().getTolerations()).isEmpty();
  }

  @Test
  void noMeshPutsAProxyBesideIt() {
    Pod pod = pod(POD, settings(false, false));

    assertThat(pod.getMetadata().getAnnotations())
        .containsEntry("sidecar.istio.io/inject", "false")
        .containsEntry("linkerd.io/inject", "disabled");
    assertThat(pod.getMetadata().getLabels()).containsEntry("sidecar.istio.io/inject", "false");
  }

  @Test
  void aPodIsFoundByItsRun() {
    Pod pod = pod(POD, settings(false, false));

    assertThat(pod.getMetadata().getLabels())
        .containsEntry("app.kubernetes.io/name", "k8sfw-audit")
        .containsEntry("k8sfw.io/run", "abc");
    assertThat(pod.getMetadata().getAnnotations()).containsEntry("k8sfw.io/place", "heapster");
  }

  @Test
  void moreRightsAreThereOnlyWhenAskedFor() {
    Pod raw = pod(NODE, settings(true, false));
    assertThat(added(raw)).containsExactly("NET_RAW");
    assertThat(raw.getSpec().getHostPID()).isNull();
    assertThat(raw.getSpec().getSecurityContext().getRunAsUser()).isZero();

    Pod pid = pod(NODE, settings(false, true));
    assertThat(added(pid)).containsExactly("SYS_PTRACE");
    assertThat(pid.getSpec().getHostPID()).isTrue();
  }

  private static List<String> added(Pod pod) {
    return pod.getSpec().getContainers().getFirst().getSecurityContext().getCapabilities().getAdd();
  }

  @Test
  void aPodGoesWithThePodOfItsAudit() {
    PodSettings settings =
        new PodSettings(
            "ns", "image", false, false, Optional.of(new PodSettings.Owner("job-x", "uid-1")));

    assertThat(pod(NODE, settings).getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(owner -> {
          assertThat(owner.getKind()).isEqualTo("Pod");
          assertThat(owner.getName()).isEqualTo("job-x");
          assertThat(owner.getUid()).isEqualTo("uid-1");
        });
    assertThat(pod(NODE, settings(false, false)).getMetadata().getOwnerReferences()).isEmpty();
  }

  private static Pod pod(PodPlace place, PodSettings settings) {
    return AgentPod.of("k8sfw-audit-abc-0", "abc", place, settings);
  }

  private static PodSettings settings(boolean netRaw, boolean hostPid) {
    return new PodSettings("ns", "image", netRaw, hostPid, Optional.empty());
  }
}
