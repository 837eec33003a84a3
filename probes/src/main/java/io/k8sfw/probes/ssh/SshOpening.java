package io.k8sfw.probes.ssh;

import io.k8sfw.probes.agent.ProcessVantage;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/// What is said over a connection before the agent speaks: the script that finds or installs it,
/// and the archive where the machine lacks it.
///
/// The remote command itself only reads the script, exactly as long as it is, and runs it: no login
/// shell gets anything to misread.
final class SshOpening implements ProcessVantage.Opening {
  /// Before each line of the script's own; what a login shell's start-up files print goes past.
  private static final String MARK = "k8sfw-audit ";

  private static final int LONGEST_LINE = 4096;
  private static final int MOST_NOISE = 1 << 16;

  /// Bytes a second that a way to a machine carries at the least, or nobody wants to wait for it.
  private static final long SLOWEST = 100_000;

  /// Small and quickly there: no second compiler, one thread to collect, a bounded heap. Leaves no
  /// file behind: no performance data, no crash reports. Netty's own library is loaded from the
  /// archive.
  private static final String OPTIONS =
      "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m -Xss512k -XX:ReservedCodeCacheSize=16m"
          + " -XX:-UsePerfData -XX:+DisableAttachMechanism -XX:-CreateCoredumpOnCrash"
          + " -XX:ErrorFile=/dev/null -XX:+ExitOnOutOfMemoryError -Xshare:auto -Xlog:disable"
          + " -Xlog:all=error:stderr --enable-native-access=ALL-UNNAMED"
          + " --sun-misc-unsafe-memory-access=allow";

  private final SshPlace place;
  private final AgentArchive archive;
  private final Duration patience;
  private final byte[] script;

  SshOpening(SshPlace place, AgentArchive archive, Duration patience) {
    this.place = place;
    this.archive = archive;
    this.patience = patience;
    this.script = (variables() + body()).getBytes(StandardCharsets.UTF_8);
  }

  String remoteCommand() {
    return "exec /bin/sh -c 'eval \"$(dd bs=1 count=" + script.length + " 2>/dev/null)\"'";
  }

  private String variables() {
    String machine = archive.machine().orElse("");
    long kib = (archive.bytes() + archive.unpackedBytes()) / 1024 + 1024;
    return "hash="
        + archive.sha256()
        + " size="
        + archive.bytes()
        + " manifest="
        + archive.manifestSha256()
        + " files="
        + archive.files()
        + " kib="
        + kib
        + "\nmachine="
        + quote(machine)
        + " loader="
        + quote(loader(machine))
        + " java="
        + quote(place.java().orElse(""))
        + " cache="
        + quote(place.cache().orElse(""))
        + " options="
        + quote(OPTIONS)
        + "\n";
  }

  /// ld.so(8) of the GNU C library, which the runtime asks for (System V ABI, AMD64 supplement; ELF
  /// for the Arm 64-bit architecture).
  private static String loader(String machine) {
    return machine.equals("aarch64") ? "/lib/ld-linux-aarch64.so.1" : "/lib64/ld-linux-x86-64.so.2";
  }

  /// sh(1), 2.2.2.
  private static String quote(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private static String body() {
    try (InputStream in = SshOpening.class.getResourceAsStream("start-agent.sh")) {
      return new String(
          Objects.requireNonNull(in, "start-agent.sh is in the jar").readAllBytes(),
          StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Returns when the agent is about to speak.
  ///
  /// @param in its next byte is the agent's first when this returns
  /// @throws Obstacle where the machine says why it cannot
  /// @throws IOException where the connection ends
  @Override
  public void speak(InputStream in, OutputStream out) throws IOException {
    tell(out, () -> out.write(script));
    while (true) {
      String[] words = next(in).split(" ", 3);
      switch (words[0]) {
        case "ready" -> {
          return;
        }
        case "need" -> tell(out, () -> Files.copy(archive.file(), out));
        case "cannot" ->
            throw new Obstacle(
                words.length > 1 ? words[1] : "", words.length > 2 ? words[2] : "", place);
        default -> {}
      }
    }
  }

  /// Until the machine has said what it needs nobody knows whether the archive must go there.
  @Override
  public Duration longest() {
    return patience.plusSeconds(archive.bytes() / SLOWEST);
  }

  @Override
  public IOException explain(
      IOException failure, boolean late, OptionalInt exitCode, Optional<String> said) {
    if (failure instanceof Obstacle) {
      return failure;
    }
    String otherwise =
        late
            ? "no agent within " + longest().toSeconds() + " s over ssh"
            : String.valueOf(failure.getMessage());
    return new IOException(SshFailure.explain(place, exitCode, said, otherwise), failure);
  }

  private interface Telling {
    void tell() throws IOException;
  }

  /// A machine that gives up reads no further, and says why: that is what counts, not the pipe.
  private static void tell(OutputStream out, Telling telling) {
    try {
      telling.tell();
      out.flush();
    } catch (IOException _) {
      // What it said is read next; where it said nothing, its end is.
    }
  }

  /// The rest of the next line of the script's own.
  private static String next(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int length = 0;
    for (int noise = 0; noise < MOST_NOISE; noise++) {
      int got = in.read();
      if (got < 0) {
        throw new EOFException("the connection ended before the agent spoke");
      }
      if (got != '\n') {
        if (length++ < LONGEST_LINE) {
          line.append((char) got);
        }
      } else if (line.indexOf(MARK) == 0) {
        return line.substring(MARK.length()).stripTrailing();
      } else {
        line.setLength(0);
        length = 0;
      }
    }
    throw new IOException("it says much, and nothing that an agent's start says");
  }
}
