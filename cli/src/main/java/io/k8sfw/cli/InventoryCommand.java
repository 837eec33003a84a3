package io.k8sfw.cli;

import io.k8sfw.kubernetes.Discovered;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `inventory`: what exists.
@Command(name = "inventory", description = "Write inventories. Probes nothing.")
final class InventoryCommand extends Subcommand {
  @SuppressWarnings("NullAway.Init")
  @Spec
  CommandSpec spec;

  InventoryCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() {
    throw new Main.NoCommandException(spec.commandLine());
  }

  /// `inventory discover`.
  @Command(
      name = "discover",
      description = {
        "Write the inventory of a live cluster, to be reviewed, edited and audited with.",
        "Only reads: the API server is asked for nodes, Services and what the CNI left there."
      },
      footer = {
        "",
        "Example: k8sfw-audit inventory discover --context prod --vantage laptop=cluster-admin:local"
            + " -o prod.yaml"
      })
  static final class DiscoverCommand extends Subcommand {
    @Mixin ClusterOption cluster = new ClusterOption();
    @Mixin DiscoveryOption discovery = new DiscoveryOption();

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        description = "Where to: a file, or - for standard output (default).")
    @Nullable String output;

    DiscoverCommand(Streams streams) {
      super(streams);
    }

    @Override
    public Integer call() throws Refusal, IOException {
      boolean toFile = output != null && !output.equals(Inputs.STDIN);
      if (toFile && cluster.kubeconfig != null) {
        Outputs.requireNoInput(output, Inputs.path(output), List.of(cluster.kubeconfig));
      }
      AtomicFile file = toFile ? AtomicFile.at(Inputs.path(output)) : null;
      Discovered found =
          LiveInventory.discover(cluster.choiceOrDefault(), discovery.options(), streams());
      found.notes().forEach(note -> streams().say("{}", note));
      byte[] text = found.text().getBytes(StandardCharsets.UTF_8);
      if (file == null) {
        streams().out().writeBytes(text);
        streams().requirePrinted();
      } else {
        file.write(text);
        streams().say("wrote {}: review it, then audit with -i", file.path());
      }
      return ExitCodes.COMPLIANT;
    }
  }
}
