package io.k8sfw.cli;

import io.k8sfw.probes.agent.AgentMain;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/// Where the program begins, and the only place where exceptions become exit codes.
public final class Main {
  private static final int HELP_COLUMNS = 100;

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    if (isAgentAlone(args)) {
      // Without the command line's classes, which take as long to load as all of an agent.
      AgentMain.main(Arrays.copyOfRange(args, 1, args.length));
    }
    System.exit(run(args, streams()));
  }

  /// `agent` with nothing that an agent as such does not know.
  private static boolean isAgentAlone(String[] args) {
    return args.length > 0
        && args[0].equals("agent")
        && (args.length == 1
            || (args.length == 2 && args[1].equals("--wait"))
            || (args.length == 3 && args[1].equals("--allow")));
  }

  /// Those of this process.
  static Streams streams() {
    return new Streams(
        System.in,
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        System.getenv(),
        isTerminal(1),
        isTerminal(2),
        Stop.ofProcess());
  }

  /// Reports are UTF-8 whatever the locale says: a CronJob's is often C.
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /// Whether a terminal is behind a descriptor, by what `/proc` says it is (proc(5)); without
  /// `/proc`, whether the whole process has one.
  @SuppressWarnings("SystemConsoleNull") // null again since JDK 25 where there is no terminal
  private static boolean isTerminal(int descriptor) {
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return device.startsWith("/dev/pts/")
          || device.startsWith("/dev/tty")
          || device.equals("/dev/console");
    } catch (IOException _) {
      Console console = System.console();
      return console != null && console.isTerminal();
    }
  }

  /// Runs one command, in a way that tests can repeat in one process: with no input, no
  /// environment, no terminal and no signals.
  ///
  /// @return the exit code
  public static int run(String[] args, PrintStream out, PrintStream err) {
    return run(
        args,
        new Streams(InputStream.nullInputStream(), out, err, Map.of(), false, false, Stop.never()));
  }

  static int run(String[] args, Streams streams) {
    CommandLine commands = Root.commandLine(streams, List.of(args));
    prepare(commands, streams);
    int code;
    try {
      code = commands.execute(args);
    } catch (Error e) {
      code = bug(e, List.of(args).contains("--debug"), streams);
    }
    if (streams.out().checkError() && code < ExitCodes.CANNOT_RUN) {
      streams.say("standard output cannot be written: closed or full");
      return ExitCodes.CANNOT_RUN;
    }
    return code;
  }

  private static void prepare(CommandLine commands, Streams streams) {
    arrangeHelp(commands);
    commands
        .setOut(new PrintWriter(streams.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(streams.err(), true, StandardCharsets.UTF_8))
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                streams.outIsTerminal() && !streams.noColor() ? Ansi.ON : Ansi.OFF))
        .setExpandAtFiles(false)
        .setUsageHelpWidth(HELP_COLUMNS)
        .setDefaultValueProvider(new Environment(streams.environment()))
        .setParameterExceptionHandler((e, args) -> misused(e, args, streams))
        .setExecutionExceptionHandler((e, command, _) -> failed(e, command, streams));
    commands.getCommandSpec().versionProvider(() -> VersionCommand.lines().toArray(String[]::new));
  }

  private static void arrangeHelp(CommandLine command) {
    command
        .getCommandSpec()
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(
            ExitCodes.MEANINGS.stream()
                .collect(
                    Collectors.toMap(
                        m -> m.substring(0, m.indexOf(':')),
                        m -> m.substring(m.indexOf(':') + 1),
                        (a, _) -> a,
                        LinkedHashMap::new)));
    command.getCommandSpec().usageMessage().sortOptions(false);
    command.getSubcommands().values().forEach(Main::arrangeHelp);
  }

  private static int misused(ParameterException e, String[] args, Streams streams) {
    CommandLine command = e.getCommandLine();
    streams.say("{}: {}{}", Version.NAME, String.valueOf(e.getMessage()), origin(e, args));
    List<String> similar = suggestions(e);
    if (!similar.isEmpty()) {
      streams.say("did you mean {}?", String.join(" or ", similar));
    }
    if (e instanceof NoCommandException) {
      command.usage(streams.err(), Ansi.OFF);
    } else {
      streams.say("for what is accepted: {} --help", command.getCommandSpec().qualifiedName());
    }
    return ExitCodes.USAGE;
  }

  /// The user named a command that only stands for others, and none of those.
  static final class NoCommandException extends ParameterException {
    private static final long serialVersionUID = 1L;

    NoCommandException(CommandLine command) {
      super(command, "no command was named");
    }
  }

  /// Says so where it was not the command line that the bad value came from.
  private static String origin(ParameterException e, String[] args) {
    ArgSpec arg = e.getArgSpec();
    if (!(arg instanceof OptionSpec option)) {
      return "";
    }
    boolean given =
        List.of(args).stream()
            .anyMatch(a -> List.of(option.names()).stream().anyMatch(a::startsWith));
    return given ? "" : " (from " + Environment.name(option.longestName()) + ")";
  }

  private static List<String> suggestions(ParameterException e) {
    return e instanceof CommandLine.UnmatchedArgumentException u ? u.getSuggestions() : List.of();
  }

  private static int failed(Exception e, CommandLine command, Streams streams) {
    return switch (e) {
      case Refusal refusal -> {
        refusal.lines().forEach(streams.err()::println);
        yield refusal.exitCode();
      }
      case IOException io -> {
        streams.say("{}: {}", Version.NAME, String.valueOf(io.getMessage()));
        yield ExitCodes.CANNOT_RUN;
      }
      case InterruptedException _ -> {
        streams.say("{}: interrupted", Version.NAME);
        yield ExitCodes.CANNOT_RUN;
      }
      default -> bug(e, debug(command.getCommandSpec()), streams);
    };
  }

  private static boolean debug(CommandSpec spec) {
    return spec.root().userObject() instanceof Root root && root.debug;
  }

  private static int bug(Throwable e, boolean debug, Streams streams) {
    streams.say(
        "{}: {}: this is a bug of k8sfw-audit{}",
        Version.NAME,
        e.toString(),
        debug ? "" : " (--debug shows where)");
    if (debug) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      trace.toString().lines().forEach(line -> streams.say("{}", line));
    }
    return ExitCodes.CANNOT_RUN;
  }
}
