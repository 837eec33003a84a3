package io.k8sfw.cli;

import io.k8sfw.kubernetes.ClusterChoice;
import io.k8sfw.kubernetes.ClusterConnection;
import io.k8sfw.kubernetes.PodCleanup;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `cluster cleanup`: removes what audits left in a cluster.
@Command(
    name = "cleanup",
    description = {
      "Remove the pods of audits that were killed before they could do it themselves.",
      "Those of an audit that still goes on are removed too, unless --older-than spares them."
    },
    footer = {"", "Example: k8sfw-audit cluster cleanup --kubeconfig prod.yaml --older-than 2h"})
final class CleanupCommand extends Subcommand {
  @Mixin ClusterOption cluster = new ClusterOption();
  @Mixin NamespaceOption namespace = new NamespaceOption();

  @Option(
      names = "--older-than",
      paramLabel = "AGE",
      converter = ObservationsOption.Age.class,
      description = "Leave audits alone that made pods within that time, such as 30m or 2h.")
  Duration olderThan = Duration.ZERO;

  CleanupCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal, IOException {
    ClusterChoice choice =
        cluster
            .choice()
            .orElseThrow(() ->
                Refusal.usage(
                    "which cluster? name it by --kubeconfig FILE, --context NAME or --in-cluster"));
    PodCleanup.Outcome outcome;
    try (ClusterConnection connection = PodOptions.connect(choice, environment())) {
      outcome = PodCleanup.of(connection, namespace.namespace, Instant.now().minus(olderThan));
    }
    for (PodCleanup.Remains remains : outcome.removed()) {
      streams()
          .print(
              List.of(
                  Visible.line(
                      "removed {} of audit {}, begun at {}",
                      remains.what(),
                      remains.run(),
                      remains.since())));
    }
    if (outcome.failure().isPresent()) {
      throw Refusal.cannotRun("namespace {}: {}", namespace.namespace, outcome.failure().get());
    }
    if (outcome.removed().isEmpty()) {
      streams().print(List.of(Visible.line("nothing to remove in {}", namespace.namespace)));
    }
    return ExitCodes.COMPLIANT;
  }
}
