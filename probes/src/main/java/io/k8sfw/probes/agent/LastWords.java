package io.k8sfw.probes.agent;

import io.k8sfw.model.Untrusted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// The end of what a process said on its standard error: hostile text, and perhaps without end.
public final class LastWords {
  private static final int KEPT = 4096;

  private final InputStream in;
  private final byte[] kept = new byte[KEPT];
  private int length;
  private Thread reading = new Thread();

  public LastWords(InputStream in) {
    this.in = in;
  }

  /// Reads from now on, so that nobody there has to wait.
  ///
  /// @param name of the vantage point
  public void start(String name) {
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

  /// Until there is no more.
  public void await(Duration longest) {
    try {
      reading.join(longest);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// The last line that says something, so that it can be printed.
  public synchronized Optional<String> last() {
    return new String(kept, 0, length, StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .reduce((_, later) -> later)
        .map(line -> '"' + Untrusted.of(line).visible() + '"');
  }
}
