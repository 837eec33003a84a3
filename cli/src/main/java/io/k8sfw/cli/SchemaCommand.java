package io.k8sfw.cli;

import io.k8sfw.reporters.ResultsJson;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `schema`.
@Command(name = "schema", description = "Print the JSON Schema of what -o json writes.")
final class SchemaCommand extends Subcommand {
  @Parameters(paramLabel = "WHICH", description = "results")
  String which = "";

  SchemaCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal, IOException {
    if (!which.equals("results")) {
      throw Refusal.usage("{}: there is no such schema; there is: results", which);
    }
    streams().out().print(ResultsJson.schema());
    streams().requirePrinted();
    return ExitCodes.COMPLIANT;
  }
}
