package io.k8sfw.probes.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// Starts agents as child processes: any command that ends up as one, near or far.
public final class ProcessVantage implements AgentEnd {
  /// So long an agent may take that was told to end.
  private static final Duration GOODBYE = Duration.ofSeconds(3);

  /// How long the exit code and the last words are waited for of one that seems to have ended.
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
    ProcessVantage end = new ProcessVantage(started(command));
    end.complaints.start(name);
    return RemoteVantage.open(name, transport, end, limits);
  }

  /// The same for a process that has to be talked into being an agent first.
  ///
  /// @throws IOException as [Opening] explains it, where that fails or takes too long
  public static RemoteVantage start(
      String name, String transport, List<String> command, Opening opening, Limits limits)
      throws IOException {
    ProcessVantage end = new ProcessVantage(started(command));
    end.complaints.start(name);
    end.talk(opening);
    return RemoteVantage.open(name, transport, end, limits);
  }

  /// What is said to a process before there is an agent in it.
  public interface Opening {
    /// Returns when the next byte of `in` is the agent's.
    void speak(InputStream in, OutputStream out) throws IOException;

    /// How long [#speak] may take.
    Duration longest();

    /// The cause in one line.
    ///
    /// @param failure what [#speak] threw
    /// @param late whether it took too long
    /// @param exitCode of the process; empty where it did not end by itself
    /// @param said the last line of its standard error, safe to print
    IOException explain(
        IOException failure, boolean late, OptionalInt exitCode, Optional<String> said);
  }

  private void talk(Opening opening) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    Thread watch =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Thread.sleep(opening.longest());
                late.set(true);
                kill();
              } catch (InterruptedException _) {
                // It was quicker.
              }
            });
    try {
      opening.speak(in(), out());
    } catch (IOException e) {
      boolean ended = !late.get() && hasEnded(TERMINATION);
      if (ended) {
        complaints.await(TERMINATION);
      }
      OptionalInt code = ended ? OptionalInt.of(process.exitValue()) : OptionalInt.empty();
      kill();
      bury();
      throw opening.explain(e, late.get(), code, complaints.last());
    } finally {
      watch.interrupt();
    }
  }

  private static Process started(List<String> command) throws IOException {
    List<String> words = new ArrayList<>();
    SETSID.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toString)
        .ifPresent(words::add);
    words.addAll(command);
    return new ProcessBuilder(words).start();
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
      kill();
      hasEnded(DEATH);
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
}
