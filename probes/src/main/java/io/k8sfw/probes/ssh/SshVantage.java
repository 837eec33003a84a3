package io.k8sfw.probes.ssh;

import io.k8sfw.probes.agent.Limits;
import io.k8sfw.probes.agent.ProcessVantage;
import io.k8sfw.probes.agent.RemoteVantage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Probes leave from a machine that the system's `ssh` reaches: its configuration, known hosts,
/// jumps and keys count, and host keys are checked as the user has it.
///
/// One connection does it all: it looks for the agent in a cache directory there, takes the archive
/// where it is not there or no longer whole, and becomes the agent.
public final class SshVantage {
  private SshVantage() {}

  /// @param archives where the agent comes from, when it is known which is needed
  /// @throws IOException with a cause in one line that says what to do; nothing runs there then
  public static RemoteVantage open(
      String name, SshPlace place, SshClient client, AgentArchive.Source archives, Limits limits)
      throws IOException {
    String program = client.program().getFirst();
    if (!isThere(program)) {
      throw new IOException(
          "there is no " + program + " on this machine's PATH; install openssh-client");
    }
    AgentArchive archive =
        place.java().isPresent() ? archives.withoutRuntime() : archives.withRuntime();
    SshOpening opening = new SshOpening(place, archive, limits.start());
    List<String> command = client.command(place.destination(), opening.remoteCommand());
    return ProcessVantage.start(name, place.transport(), command, opening, limits);
  }

  private static boolean isThere(String program) {
    if (program.contains(File.separator)) {
      return Files.isExecutable(Path.of(program));
    }
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .filter(directory -> !directory.isEmpty())
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
