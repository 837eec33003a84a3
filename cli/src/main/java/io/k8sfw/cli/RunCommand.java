package io.k8sfw.cli;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.probes.agent.CarriedObservations;
import io.k8sfw.probes.ssh.SshClient;
import io.k8sfw.result.AuditResult;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `run`: the whole line from a matrix to reports.
@Command(
    name = "run",
    customSynopsis = "k8sfw-audit run -m MATRIX... -i FILE [-o FORMAT[=PATH]]... [options]",
    description = "Probe what the matrix says from where it says, and judge it.",
    footer = {
      "",
      "Example: k8sfw-audit run -m builtin:seed -i prod.yaml -o text -o junit=audit.xml",
      "See first what it would send: k8sfw-audit plan -m builtin:seed -i prod.yaml"
    })
final class RunCommand extends Subcommand {
  @Mixin MatrixOption matrix = new MatrixOption();
  @Mixin InventoryOption inventory = new InventoryOption();
  @Mixin OutputOption output = new OutputOption();
  @Mixin KeepOption keep = new KeepOption();
  @Mixin BarOptions bar = new BarOptions();
  @Mixin ProbeOptions probe = new ProbeOptions();
  @Mixin SshOption ssh = new SshOption();
  @Mixin PodOptions pods = new PodOptions();
  @Mixin QuietOption quiet = new QuietOption();
  @Mixin ProgressOption progress = new ProgressOption();

  @Mixin ObservationsOption observations = new ObservationsOption();

  @Option(
      names = "--strict",
      negatable = true,
      description = "Count closed ports whose path is unproven as unverified.")
  @Nullable Boolean strict;

  @Option(
      names = "--overlay-inject",
      negatable = true,
      description =
          "Prove overlay ports (UDP 8472 and its kin) of nodes without an agent too: send a packet"
              + " to a random high port of the node inside its overlay, as the inventory declares it"
              + " ({overlay: ADDRESS, vni: N, mac: ADDRESS}), though nobody there can say that the"
              + " port is free.")
  @Nullable Boolean overlayInject;

  RunCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal {
    boolean silent = quiet.quiet(environment());
    SshClient client = ssh.client();
    ExitCodes.Bar limits = bar.bar(environment());
    PlanOptions options = probe.planOptions(environment());
    boolean inject = environment().flag(overlayInject, "--overlay-inject");
    boolean strictly = environment().flag(strict, "--strict");
    Inputs inputs = new Inputs(streams());
    InventorySource source = inventory.source(inputs, streams(), silent);
    Matrix policy = inputs.matrix(matrix.words(environment()), source.facts());
    Inventory places = source.read(policy);
    List<CarriedObservations> observed =
        observations.read(inputs, policy, places, options, Instant.now());
    List<String> read =
        Stream.of(matrix.words(environment()), source.files(), observations.files)
            .flatMap(List::stream)
            .toList();
    Outputs outputs = keep.limit(Outputs.of(output.words(environment()), read, streams()));
    try (var _ = streams().stop().orderly();
        PodCluster live =
            pods.open(places, inventory.cluster.choice(), environment()).orElse(null)) {
      Auditing auditing =
          new Auditing(
              streams(),
              silent,
              progress.style(streams(), silent),
              client,
              Optional.ofNullable(live));
      AuditResult result =
          auditing.audit(policy, places, options, strictly, true, inject, observed);
      return auditing.deliver(result, outputs, limits);
    }
  }
}
