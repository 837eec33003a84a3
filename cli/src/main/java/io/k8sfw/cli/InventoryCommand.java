package io.k8sfw.cli;

import io.k8sfw.kubernetes.Discovered;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
    List<String> outputs = new ArrayList<>();

    DiscoverCommand(Streams streams) {
      super(streams);
    }

    @Override
    public Integer call() throws Refusal, IOException {
      Optional<AtomicFile> file = file();
      Discovered found =
          LiveInventory.discover(cluster.choiceOrDefault(), discovery.options(), streams());
      found.notes().forEach(note -> streams().say("{}", note));
      byte[] text = found.text().getBytes(StandardCharsets.UTF_8);
      if (file.isPresent()) {
        file.get().write(text);
        streams().say("wrote {}: review it, then audit with -i", file.get().path());
      } else {
        streams().out().writeBytes(text);
        streams().requirePrinted();
      }
      return ExitCodes.COMPLIANT;
    }

    /// Empty for standard output.
    private Optional<AtomicFile> file() throws Refusal {
      if (outputs.size() > 1) {
        throw Refusal.usage(
            "-o: is given {} times; the inventory goes to one file", outputs.size());
      }
      if (outputs.isEmpty() || outputs.getFirst().equals(Inputs.STDIN)) {
        return Optional.empty();
      }
      String name = outputs.getFirst();
      if (cluster.kubeconfig != null) {
        Outputs.requireNoInput(name, Inputs.path(name), List.of(cluster.kubeconfig));
      }
      return Optional.of(AtomicFile.at(Inputs.path(name)));
    }
  }
}
