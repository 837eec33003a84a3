package io.k8sfw.cli;

import io.k8sfw.fixtures.lab.Lab;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.probes.SelfCheck;
import io.k8sfw.probes.ssh.SshClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `doctor`: what this machine can and cannot do for an audit.
@Command(
    name = "doctor",
    description = {
      "Check that this machine can probe, and say what it lacks; with -i or a live cluster, every vantage point too.",
      "Sends nothing beyond loopback, but starts the inventory's agents. Exits 4 when an essential"
          + " check fails here, 3 when a vantage point cannot be used."
    })
final class DoctorCommand extends Subcommand {
  private static final int JAVA = 25;

  /// The lines of [SelfCheck] without which no probe can be believed; the others cost evidence or
  /// comfort.
  static final Set<String> ESSENTIAL =
      Set.of("Netty", "loopback", "an open port on loopback", "a closed port on loopback");

  @Mixin InventoryOption inventory = new InventoryOption();

  @Option(
      names = {"-m", "--matrix"},
      paramLabel = "MATRIX",
      description =
          "Whose zones and rules the inventory names; may be repeated. Default: builtin:seed.")
  List<String> matrices = new ArrayList<>();

  @Mixin SshOption ssh = new SshOption();
  @Mixin PodOptions pods = new PodOptions();

  DoctorCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal, IOException, InterruptedException {
    SshClient client = ssh.client();
    Optional<Inventory> places = inventory();
    Table table = new Table();
    boolean fit = Runtime.version().feature() >= JAVA;
    table.row(mark(fit, true), "Java " + JAVA + " or newer", Runtime.version());
    for (SelfCheck.Line line : SelfCheck.run()) {
      boolean essential = ESSENTIAL.contains(line.what());
      fit &= line.ok() || !essential;
      table.row(mark(line.ok(), essential), line.what(), line.detail());
    }
    Optional<String> missing = Lab.missing();
    table.row(mark(missing.isEmpty(), false), "the demo's cluster", missing.orElse("can be built"));
    streams().print(table.lines(""));
    streams()
        .print(
            List.of(fit ? "This machine can probe." : "This machine cannot be trusted to probe."));
    boolean reached = places.isEmpty() || look(places.get(), client);
    return fit ? reached ? ExitCodes.COMPLIANT : ExitCodes.NOT_PROVEN : ExitCodes.CANNOT_RUN;
  }

  private Optional<Inventory> inventory() throws Refusal {
    if (!inventory.given()) {
      return Optional.empty();
    }
    Inputs inputs = new Inputs(streams());
    InventorySource source = inventory.source(inputs, streams(), false);
    return Optional.of(source.read(inputs.anyMatrix(matrix())));
  }

  private List<String> matrix() {
    List<String> words = MatrixOption.words(matrices, environment());
    return words.isEmpty() ? List.of("builtin:seed") : words;
  }

  /// @return whether every vantage point can be used
  private boolean look(Inventory places, SshClient client) throws Refusal, IOException {
    List<PlaceCheck> checks;
    try (var _ = streams().stop().orderly();
        PodCluster live =
            pods.open(places, inventory.cluster.choice(), environment()).orElse(null);
        Vantages vantages =
            Vantages.alone(
                places, Vantages.Ways.of(client, Optional.ofNullable(live), streams()))) {
      checks = vantages.each(PlaceCheck::of);
    }
    Table table = new Table();
    for (PlaceCheck check : checks) {
      table.row(
          mark(check.fit(), true),
          check.name(),
          check.transport(),
          String.join("; ", check.says()));
    }
    streams().print(List.of(""));
    streams().print(table.lines(""));
    streams().print(pods.lines(places, environment()));
    long fit = checks.stream().filter(PlaceCheck::fit).count();
    streams().print(List.of("%d of %d vantage points can be used.".formatted(fit, checks.size())));
    return fit == checks.size();
  }

  private static String mark(boolean ok, boolean essential) {
    return ok ? "ok" : essential ? "FAILS" : "--";
  }
}
