package io.k8sfw.kubernetes;

import java.nio.file.Path;
import java.util.Optional;

/// Which cluster is meant.
///
/// @param kubeconfig empty for what `$KUBECONFIG` names, else `~/.kube/config`, else the cluster
///   that this process is a pod of
/// @param context one of the kubeconfig's; empty for its current one
/// @param inCluster the cluster that this process is a pod of, whatever files there are
public record ClusterChoice(
    Optional<Path> kubeconfig, Optional<String> context, boolean inCluster) {
  /// What `kubectl` without options would talk to.
  public static final ClusterChoice DEFAULT =
      new ClusterChoice(Optional.empty(), Optional.empty(), false);
}
