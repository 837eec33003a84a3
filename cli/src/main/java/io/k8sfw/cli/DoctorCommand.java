package io.k8sfw.cli;

import io.k8sfw.fixtures.lab.Lab;
import io.k8sfw.probes.SelfCheck;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;

/// `doctor`: what this machine can and cannot do for an audit.
@Command(
    name = "doctor",
    description = {
      "Check that this machine can probe, and say what it lacks.",
      "Sends nothing beyond loopback. Exits 4 when an essential check fails."
    })
final class DoctorCommand extends Subcommand {
  private static final int JAVA = 25;

  /// The lines of [SelfCheck] without which no probe can be believed; the others cost evidence or
  /// comfort.
  static final Set<String> ESSENTIAL =
      Set.of("Netty", "loopback", "an open port on loopback", "a closed port on loopback");

  DoctorCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
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
    return fit ? ExitCodes.COMPLIANT : ExitCodes.CANNOT_RUN;
  }

  private static String mark(boolean ok, boolean essential) {
    return ok ? "ok" : essential ? "FAILS" : "--";
  }
}
