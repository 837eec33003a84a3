package io.k8sfw.cli;

import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `report`: the end of the line, from a finished audit.
@Command(
    name = "report",
    customSynopsis = "k8sfw-audit report --from FILE [-o FORMAT[=PATH]]... [options]",
    description = "Render a finished audit again, in any format. Sends nothing.",
    footer = {"", "Example: k8sfw-audit report --from results.json -o html=report.html"})
final class ReportCommand extends Subcommand {
  @Option(
      names = "--from",
      required = true,
      paramLabel = "FILE",
      description = "What -o json wrote: a file, or - for standard input.")
  String from = "";

  @Mixin OutputOption output = new OutputOption();
  @Mixin BarOptions bar = new BarOptions();
  @Mixin QuietOption quiet = new QuietOption();

  ReportCommand(Streams streams) {
    super(streams);
  }

  /// The exit code is that of the audit, as `run` with the same options would have given it.
  @Override
  public Integer call() throws Refusal {
    Auditing auditing =
        new Auditing(streams(), quiet.quiet(environment()), ProgressMeter.Style.NONE);
    ExitCodes.Bar limits = bar.bar(environment());
    byte[] bytes = new Inputs(streams()).bytes(from);
    AuditResult result = Inputs.parsed(() -> ResultsJson.read(Inputs.source(from), bytes));
    Outputs outputs = Outputs.of(output.words(environment()), List.of(from), streams());
    try (var _ = streams().stop().orderly()) {
      return auditing.deliver(result, outputs, limits);
    }
  }
}
