package io.k8sfw.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// The command without a command.
@Command(
    name = Version.NAME,
    description = {
      "Checks that the ports of a Kubernetes cluster are reachable from where they must be, and from"
          + " nowhere else."
    },
    footer = {
      "",
      "Options can be given in the environment: --min-coverage 90 as K8SFW_MIN_COVERAGE=90.",
      "Start here: k8sfw-audit demo"
    })
final class Root implements Runnable {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a bug.")
  boolean debug;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the versions of this program and of its Java.")
  boolean version;

  @SuppressWarnings("NullAway.Init")
  @Spec
  CommandSpec spec;

  @Override
  public void run() {
    throw new Main.NoCommandException(spec.commandLine());
  }

  /// Every command there is.
  static CommandLine commandLine(Streams streams) {
    CommandLine matrix =
        new CommandLine(new MatrixCommand(streams))
            .addSubcommand(new MatrixCommand.ListCommand(streams))
            .addSubcommand(new MatrixCommand.ShowCommand(streams))
            .addSubcommand(new MatrixCommand.LintCommand(streams));
    return new CommandLine(new Root())
        .addSubcommand(new DemoCommand(streams))
        .addSubcommand(new RunCommand(streams))
        .addSubcommand(new PlanCommand(streams))
        .addSubcommand(matrix)
        .addSubcommand(new ReportCommand(streams))
        .addSubcommand(new DoctorCommand(streams))
        .addSubcommand(new SchemaCommand(streams))
        .addSubcommand(new CompletionCommand(streams))
        .addSubcommand(new VersionCommand(streams));
  }
}
