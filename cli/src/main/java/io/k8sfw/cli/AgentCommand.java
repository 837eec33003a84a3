package io.k8sfw.cli;

import io.k8sfw.inventory.Agent;
import io.k8sfw.probes.agent.AgentMain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `agent`: serves a controller elsewhere with what can be probed from here. Nobody types it: an
/// audit starts it at its vantage points.
@Command(
    name = "agent",
    hidden = true,
    description = {
      "Serve an audit elsewhere with what can be probed from here, on standard input and output.",
      "Started by that audit; ends with it."
    })
final class AgentCommand extends Subcommand {
  /// Small, as it runs on other people's nodes; compiled quickly, as it lives for seconds; and
  /// without a file in /tmp, which would stay behind when it is killed.
  static final List<String> JAVA_OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:-UsePerfData",
          "-XX:+ExitOnOutOfMemoryError",
          "-Xmx64m",
          "-Xmn6m",
          "-Xss512k",
          "-XX:ReservedCodeCacheSize=16m",
          "-Xlog:disable",
          "-Xlog:all=warning,aot*=off,cds*=off:stderr");

  @Option(
      names = "--allow",
      paramLabel = "ADDRESS[,ADDRESS]...",
      split = ",",
      description = "Refuse every other address, whatever the audit says.")
  List<String> allow = List.of();

  @Option(
      names = "--plan",
      paramLabel = "FILE",
      description =
          "Instead, carry out the plan that `plan --for` wrote (a file, or - for standard input), and"
              + " print what came of it, for `run --observations`.")
  @Nullable String plan;

  @Option(
      names = "--wait",
      description =
          "Instead, only wait: the first process of a pod, beside which an audit starts its agents."
              + " Ends when none was there for five minutes.")
  boolean wait;

  @Mixin QuietOption quiet = new QuietOption();
  @Mixin ProgressOption progress = new ProgressOption();

  AgentCommand(Streams streams) {
    super(streams);
  }

  @Override
  public Integer call() throws Refusal, IOException, InterruptedException {
    if (plan != null) {
      boolean silent = quiet.quiet(environment());
      return new PlannedAgent(streams(), silent, progress.style(streams(), silent)).carryOut(plan);
    }
    if (wait) {
      return AgentMain.run(List.of("--wait"), streams().in(), streams().out(), streams().err());
    }
    List<String> args = allow.isEmpty() ? List.of() : List.of("--allow", String.join(",", allow));
    return AgentMain.run(args, streams().in(), streams().out(), streams().err());
  }

  /// The whole command line of an agent that a command starts. Without `run:` it is an agent of
  /// this very installation, with the Java that this process runs in.
  static List<String> line(Agent.Command command) {
    Stream<String> agent =
        command.run().isEmpty()
            ? here().stream()
            : Stream.concat(command.run().stream(), Stream.of("agent"));
    return Stream.concat(command.words().stream(), agent).toList();
  }

  private static List<String> here() {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(JAVA_OPTIONS);
    line.addAll(startUpCache());
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(AgentMain.class.getName());
    return line;
  }

  /// The one that the launcher gave this process, if it did: it fits the same jars and options.
  private static List<String> startUpCache() {
    return ProcessHandle.current().info().arguments().map(List::of).orElse(List.of()).stream()
        .filter(word -> word.startsWith("-XX:AOTCache="))
        .findFirst()
        .map(cache -> List.of(cache, "-XX:+VerifySharedSpaces"))
        .orElse(List.of());
  }
}
