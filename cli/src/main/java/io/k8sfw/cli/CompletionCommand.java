package io.k8sfw.cli;

import java.io.IOException;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `completion`.
@Command(
    name = "completion",
    description = "Print a completion script.",
    footer = {"", "Example: source <(k8sfw-audit completion bash)"})
final class CompletionCommand extends Subcommand {
  @Parameters(paramLabel = "SHELL", description = "bash or zsh")
  String shell = "";

  CompletionCommand(Streams streams) {
    super(streams);
  }

  /// One script serves both: in zsh it loads the emulation of bash's completion by itself.
  @Override
  public Integer call() throws Refusal, IOException {
    if (!List.of("bash", "zsh").contains(shell)) {
      throw Refusal.usage("{}: there is no completion for this shell; there is: bash, zsh", shell);
    }
    streams().out().print(AutoComplete.bash(Version.NAME, Root.commandLine(streams())));
    streams().requirePrinted();
    return ExitCodes.COMPLIANT;
  }
}
