package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.k8sfw.model.Untrusted;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How far a pod is on its way to its first process.
///
/// Everything that a cluster says of it is foreign text, made harmless here.
sealed interface PodState {
  /// Its first process runs.
  ///
  /// @param node the node that it is on
  /// @param host the address of that node's kubelet, as the cluster knows it; empty if it does not
  record Running(String node, String host) implements PodState {}

  /// It is on its way.
  ///
  /// @param taken whether a kubelet has begun with it
  /// @param why what it waits for, in one line
  record Starting(boolean taken, String why) implements PodState {}

  /// It will never run.
  ///
  /// @param cause in one line
  record Lost(String cause) implements PodState {}

  /// What a kubelet says of a container that it will not start however long one waits, or only
  /// after somebody has helped (pkg/kubelet/images/types.go, pkg/kubelet/container/sync_result.go,
  /// pkg/kubelet/kuberuntime/kuberuntime_container.go).
  Set<String> HOPELESS =
      Set.of(
          "ErrImagePull",
          "ImagePullBackOff",
          "ErrImageNeverPull",
          "InvalidImageName",
          "ImageInspectError",
          "RegistryUnavailable",
          "SignatureValidationFailed",
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError",
          "StartError",
          "CrashLoopBackOff");

  static PodState of(Pod pod) {
    PodStatus status = pod.getStatus();
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return new Lost("its pod is being deleted, not by this audit");
    }
    if (status == null) {
      return new Starting(false, "no kubelet has taken its pod");
    }
    String phase = Objects.requireNonNullElse(status.getPhase(), "");
    List<ContainerStatus> containers = status.getContainerStatuses();
    if (phase.equals("Failed") || phase.equals("Succeeded")) {
      return new Lost("its pod ended: " + end(status));
    }
    for (ContainerStatus container : containers) {
      if (container.getState() == null) {
        continue;
      }
      ContainerStateWaiting waiting = container.getState().getWaiting();
      if (waiting != null && HOPELESS.contains(text(waiting.getReason()))) {
        return new Lost("its pod cannot start: " + said(waiting.getReason(), waiting.getMessage()));
      }
      ContainerStateTerminated terminated = container.getState().getTerminated();
      if (terminated != null) {
        return new Lost("its pod ended: " + terminated(terminated));
      }
      if (container.getState().getRunning() != null) {
        return new Running(text(pod.getSpec().getNodeName()), text(status.getHostIP()));
      }
      if (waiting != null) {
        return new Starting(true, said(waiting.getReason(), waiting.getMessage()));
      }
    }
    return new Starting(status.getStartTime() != null, unscheduled(status));
  }

  private static String unscheduled(PodStatus status) {
    return status.getConditions().stream()
        .filter(c -> c.getType().equals("PodScheduled") && c.getStatus().equals("False"))
        .findFirst()
        .map((PodCondition c) -> said(c.getReason(), c.getMessage()))
        .orElse("no kubelet has taken its pod");
  }

  private static String end(PodStatus status) {
    String said = said(status.getReason(), status.getMessage());
    if (!said.isEmpty()) {
      return said;
    }
    return status.getContainerStatuses().stream()
        .map(c -> c.getState() == null ? null : c.getState().getTerminated())
        .filter(Objects::nonNull)
        .findFirst()
        .map(PodState::terminated)
        .orElse("the cluster does not say why");
  }

  private static String terminated(ContainerStateTerminated terminated) {
    return said(terminated.getReason(), terminated.getMessage())
        + " (exit code "
        + terminated.getExitCode()
        + ")";
  }

  /// `ErrImagePull: rpc error: …`, as much as there is of it.
  static String said(@Nullable String reason, @Nullable String message) {
    return Stream.of(Optional.ofNullable(reason), Optional.ofNullable(message))
        .flatMap(Optional::stream)
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .map(PodState::text)
        .collect(Collectors.joining(": "));
  }

  private static String text(@Nullable String foreign) {
    return foreign == null ? "" : Untrusted.of(foreign).visible();
  }
}
