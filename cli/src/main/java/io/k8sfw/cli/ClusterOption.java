package io.k8sfw.cli;

import io.k8sfw.kubernetes.ClusterChoice;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `--kubeconfig`, `--context` and `--in-cluster`: a live cluster.
final class ClusterOption {
  @Option(
      names = "--kubeconfig",
      paramLabel = "FILE",
      description = "A live cluster, by the kubeconfig's current context.")
  @Nullable String kubeconfig;

  @Option(
      names = "--context",
      paramLabel = "NAME",
      description =
          "A live cluster, by this context of --kubeconfig, else of $KUBECONFIG, else of"
              + " ~/.kube/config.")
  @Nullable String context;

  @Option(names = "--in-cluster", description = "The live cluster that this process is a pod of.")
  boolean inCluster;

  /// Empty where nothing names a cluster. `$KUBECONFIG` alone does not: nobody should probe the
  /// cluster of the day by leaving out an option.
  Optional<ClusterChoice> choice() throws Refusal {
    return kubeconfig == null && context == null && !inCluster
        ? Optional.empty()
        : Optional.of(choiceOrDefault());
  }

  /// For commands that send nothing: what `kubectl` would talk to where nothing is named.
  ClusterChoice choiceOrDefault() throws Refusal {
    if (inCluster && (kubeconfig != null || context != null)) {
      throw Refusal.usage("--in-cluster goes without --kubeconfig and --context");
    }
    return new ClusterChoice(
        kubeconfig == null ? Optional.empty() : Optional.of(Inputs.path(kubeconfig)),
        Optional.ofNullable(context),
        inCluster);
  }
}
