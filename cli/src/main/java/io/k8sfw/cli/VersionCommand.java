package io.k8sfw.cli;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;

/// `version`.
@Command(name = "version", description = "Print the versions of this program and of its Java.")
final class VersionCommand extends Subcommand {
  VersionCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws IOException {
    streams().print(lines());
    return ExitCodes.COMPLIANT;
  }

  static List<String> lines() {
    return List.of(
        Version.NAME + " " + Version.number(),
        Visible.line(
            "Java {} ({}), {} {}",
            Runtime.version(),
            System.getProperty("java.vendor", "unknown vendor"),
            System.getProperty("os.name", "unknown system"),
            System.getProperty("os.arch", "")));
  }
}
