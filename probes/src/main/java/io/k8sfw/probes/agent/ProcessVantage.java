package io.k8sfw.probes.agent;

import io.k8sfw.model.Untrusted;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Starts agents as child processes: any command that ends up as one, near or far.
public final class ProcessVantage implements AgentEnd {
  /// So long an agent that was told to end may take, and then one that was asked to by a signal.
  private static final Duration GOODBYE = Duration.ofSeconds(3);

  private static final Duration TERMINATION = Duration.ofSeconds(1);
  private static final Duration DEATH = Duration.ofSeconds(5);

  /// Runs a program in a session of its own (setsid(1)): Ctrl-C is for us, who end our agents when
  /// we have what they know; and nobody there can ask a terminal for a password.
  private static final List<Path> SETSID =
      List.of(Path.of("/usr/bin/setsid"), Path.of("/bin/setsid"));

  private final Process process;
  private final LastWords complaints;

  private ProcessVantage(Process process) {
    this.process = process;
    this.complaints = new LastWords(process.getErrorStream());
  }

  /// Starts a process that speaks the agent's language on its standard input and output, and waits
  /// for its hello.
  ///
  /// Closing the vantage point ends the process, and waits for it. So does every failure.
  ///
  /// @param transport for reports: `command ip netns exec blue`
  /// @param command the program, found by `PATH`, and its arguments
  /// @throws IOException with a cause in one line: no such program, no agent, another version, no
  ///   hello in time
  public static RemoteVantage start(
      String name, String transport, List<String> command, Limits limits) throws IOException {
    List<String> words = new ArrayList<>();
    SETSID.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toString)
        .ifPresent(words::add);
    words.addAll(command);
    Process process = new ProcessBuilder(words).start();
    ProcessVantage end = new ProcessVantage(process);
    end.complaints.start(name);
    return RemoteVantage.open(name, transport, end, limits);
  }

  @Override
  public InputStream in() {
    return process.getInputStream();
  }

  @Override
  public OutputStream out() {
    return process.getOutputStream();
  }

  @Override
  public String epitaph() {
    try {
      if (!process.waitFor(TERMINATION.toMillis(), TimeUnit.MILLISECONDS)) {
        return complaints.last().map(said -> ": " + said).orElse("");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return "";
    }
    complaints.await(TERMINATION);
    return " (exit code "
        + process.exitValue()
        + ")"
        + complaints.last().map(said -> ": " + said).orElse("");
  }

  @Override
  public void kill() {
    // Whoever put words in front of the agent may have put processes in front of it too.
    try (Stream<ProcessHandle> children = process.descendants()) {
      children.toList().forEach(ProcessHandle::destroyForcibly);
    }
    process.destroyForcibly();
  }

  @Override
  public void bury() {
    if (!hasEnded(GOODBYE)) {
      process.destroy();
      if (!hasEnded(TERMINATION)) {
        kill();
        hasEnded(DEATH);
      }
    }
    complaints.await(TERMINATION);
    for (AutoCloseable stream :
        List.of(process.getInputStream(), process.getErrorStream(), process.getOutputStream())) {
      try {
        stream.close();
      } catch (Exception _) {
        // Whatever it still had to say, nobody listens.
      }
    }
  }

  private boolean hasEnded(Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// The end of what a process said on its standard error: hostile text, and perhaps without end.
  private static final class LastWords {
    private static final int KEPT = 4096;

    private final InputStream in;
    private final byte[] kept = new byte[KEPT];
    private int length;
    private Thread reading = new Thread();

    LastWords(InputStream in) {
      this.in = in;
    }

    void start(String name) {
      reading = Thread.ofPlatform().daemon().name("agent-" + name + "-err").start(this::read);
    }

    private void read() {
      byte[] block = new byte[KEPT];
      try {
        for (int got = in.read(block); got >= 0; got = in.read(block)) {
          keep(block, got);
        }
      } catch (IOException _) {
        // Closed.
      }
    }

    private synchronized void keep(byte[] block, int got) {
      int from = Math.min(length, KEPT - got);
      System.arraycopy(kept, length - from, kept, 0, from);
      System.arraycopy(block, 0, kept, from, got);
      length = from + got;
    }

    void await(Duration longest) {
      try {
        reading.join(longest);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }

    /// The last line that says something, so that it can be printed.
    synchronized Optional<String> last() {
      return new String(kept, 0, length, java.nio.charset.StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .reduce((_, later) -> later)
          .map(line -> '"' + Untrusted.of(line).visible() + '"');
    }
  }
}
