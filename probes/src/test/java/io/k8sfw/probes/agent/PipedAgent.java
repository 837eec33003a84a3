package io.k8sfw.probes.agent;

import io.k8sfw.vantage.Vantage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.Set;

/// An agent on threads of this process.
final class PipedAgent implements AgentEnd, AutoCloseable {
  private final InputStream in;
  private final OutputStream out;
  private final Thread serving;

  PipedAgent(Vantage vantage) throws IOException {
    Pipe requests = Pipe.open();
    Pipe replies = Pipe.open();
    out = Channels.newOutputStream(requests.sink());
    in = Channels.newInputStream(replies.source());
    serving =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try (InputStream asked = Channels.newInputStream(requests.source());
                  OutputStream answered = Channels.newOutputStream(replies.sink())) {
                new AgentServer(vantage, Set.of(), asked, answered).serve();
              } catch (IOException | InterruptedException _) {
                // Ended.
              }
            });
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public String epitaph() {
    return "";
  }

  @Override
  public void kill() {
    serving.interrupt();
  }

  @Override
  public void bury() {
    try {
      serving.join(60_000);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  boolean hasEnded() {
    return !serving.isAlive();
  }

  @Override
  public void close() {
    kill();
  }
}
