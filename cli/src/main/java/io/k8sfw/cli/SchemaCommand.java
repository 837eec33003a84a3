package io.k8sfw.cli;

import io.k8sfw.reporters.ResultsJson;
import java.io.IOException;
import java.io.InputStream;
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
    try (InputStream schema = ResultsJson.class.getResourceAsStream("results.schema.json")) {
      if (schema == null) {
        throw new IllegalStateException("the module reporters carries results.schema.json");
      }
      schema.transferTo(streams().out());
    }
    streams().requirePrinted();
    return ExitCodes.COMPLIANT;
  }
}
