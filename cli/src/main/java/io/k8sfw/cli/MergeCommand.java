package io.k8sfw.cli;

import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.merge.Merge;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `merge`: audits of one matrix from several places become one.
@Command(
    name = "merge",
    customSynopsis = "k8sfw-audit merge FILE FILE... [-o FORMAT[=PATH]]... [options]",
    description = {
      "Join results of one matrix that were taken at different places and times into one audit."
          + " Sends nothing.",
      "What one of them judged counts where another could not; where they contradict each other, the"
          + " worst counts, and both are shown."
    },
    footer = {"", "Example: k8sfw-audit merge inside.json outside.json -o html=report.html"})
final class MergeCommand extends Subcommand {
  @Parameters(
      arity = "2..*",
      paramLabel = "FILE",
      description = "What -o json wrote: a file, or - for standard input.")
  List<String> files = new ArrayList<>();

  @Mixin OutputOption output = new OutputOption();
  @Mixin BarOptions bar = new BarOptions();
  @Mixin QuietOption quiet = new QuietOption();

  @Option(
      names = "--strict",
      negatable = true,
      description =
          "Count closed ports whose path is unproven as unverified, as where one of the files does.")
  @Nullable Boolean strict;

  MergeCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal {
    Auditing auditing =
        new Auditing(streams(), quiet.quiet(environment()), ProgressMeter.Style.NONE);
    ExitCodes.Bar limits = bar.bar(environment());
    boolean strictly = environment().flag(strict, "--strict");
    Inputs inputs = new Inputs(streams());
    List<Merge.Input> parts = new ArrayList<>();
    for (String file : files) {
      byte[] bytes = inputs.bytes(file);
      AuditResult part = Inputs.parsed(() -> ResultsJson.read(Inputs.source(file), bytes));
      parts.add(new Merge.Input(Inputs.source(file), part));
    }
    AuditResult merged = Inputs.parsed(() -> Merge.of(parts, Version.tool(), strictly));
    Outputs outputs = Outputs.of(output.words(environment()), files, streams());
    try (var _ = streams().stop().orderly()) {
      return auditing.deliver(merged, outputs, limits);
    }
  }
}
