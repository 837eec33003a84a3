package io.k8sfw.cli;

import java.util.List;
import java.util.function.Function;
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

  /// A command that is made when it is used: picocli reads a command's annotations by reflection,
  /// which takes milliseconds each in a fresh process.
  private record Lazy(String name, Function<Streams, Object> maker, List<Lazy> below) {
    Lazy(String name, Function<Streams, Object> maker) {
      this(name, maker, List.of());
    }

    /// @param args what was typed after this command's name
    CommandLine make(Streams streams, List<String> args) {
      CommandLine made = new CommandLine(maker.apply(streams));
      for (Lazy command : used(args)) {
        made.addSubcommand(
            command.make(streams, args.isEmpty() ? args : args.subList(1, args.size())));
      }
      return made;
    }

    /// The one that was named; all, for the help and the suggestions, where none was.
    private List<Lazy> used(List<String> args) {
      List<Lazy> named =
          below.stream().filter(c -> !args.isEmpty() && c.name.equals(args.getFirst())).toList();
      return named.isEmpty() ? below : named;
    }
  }

  private static final Lazy ALL =
      new Lazy(
          Version.NAME,
          _ -> new Root(),
          List.of(
              new Lazy("demo", DemoCommand::new),
              new Lazy("run", RunCommand::new),
              new Lazy("plan", PlanCommand::new),
              new Lazy(
                  "matrix",
                  MatrixCommand::new,
                  List.of(
                      new Lazy("list", MatrixCommand.ListCommand::new),
                      new Lazy("show", MatrixCommand.ShowCommand::new),
                      new Lazy("lint", MatrixCommand.LintCommand::new))),
              new Lazy(
                  "inventory",
                  InventoryCommand::new,
                  List.of(new Lazy("discover", InventoryCommand.DiscoverCommand::new))),
              new Lazy(
                  "cluster",
                  ClusterCommand::new,
                  List.of(
                      new Lazy("rbac", ClusterCommand.RbacCommand::new),
                      new Lazy("cleanup", CleanupCommand::new))),
              new Lazy("report", ReportCommand::new),
              new Lazy("merge", MergeCommand::new),
              new Lazy("doctor", DoctorCommand::new),
              new Lazy("agent", AgentCommand::new),
              new Lazy("schema", SchemaCommand::new),
              new Lazy("completion", CompletionCommand::new),
              new Lazy("version", VersionCommand::new)));

  /// Every command there is.
  static CommandLine commandLine(Streams streams) {
    return ALL.make(streams, List.of());
  }

  /// As much of [#commandLine(Streams)] as `args` can use.
  static CommandLine commandLine(Streams streams, List<String> args) {
    return ALL.make(streams, args);
  }
}
