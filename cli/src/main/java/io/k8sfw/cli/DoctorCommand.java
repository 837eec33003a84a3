package io.k8sfw.cli;

import io.k8sfw.fixtures.lab.Lab;
import io.k8sfw.probes.SelfCheck;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

  /// Where administrators' programs are, beside `PATH`.
  private static final String SYSTEM = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";

  /// Programs, and what is lost without each.
  private static final Map<String, String> TOOLS =
      new TreeMap<>(
          Map.of(
              "ip", "the demo's cluster, and named network namespaces",
              "nft", "the demo's firewalls",
              "unshare", "the demo's cluster"));

  DoctorCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Table table = new Table();
    int java = Runtime.version().feature();
    boolean fit = java >= JAVA;
    table.row(mark(fit), "Java " + JAVA + " or newer", Runtime.version());
    for (SelfCheck.Line line : SelfCheck.run()) {
      fit &= line.ok();
      table.row(mark(line.ok()), line.what(), line.detail());
    }
    Optional<String> missing = Lab.missing();
    table.row(
        missing.isEmpty() ? "ok" : "--", "the demo's cluster", missing.orElse("can be built"));
    TOOLS.forEach((tool, loss) -> {
      Optional<Path> found = find(tool);
      table.row(
          found.isPresent() ? "ok" : "--",
          tool,
          found.map(Path::toString).orElse("not found; without it: no " + loss));
    });
    streams().print(table.lines(""));
    streams()
        .print(
            List.of(fit ? "This machine can probe." : "This machine cannot be trusted to probe."));
    return fit ? ExitCodes.COMPLIANT : ExitCodes.CANNOT_RUN;
  }

  private static String mark(boolean ok) {
    return ok ? "ok" : "FAILS";
  }

  private Optional<Path> find(String tool) {
    String path = streams().environment().getOrDefault("PATH", "") + File.pathSeparator + SYSTEM;
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, tool))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
