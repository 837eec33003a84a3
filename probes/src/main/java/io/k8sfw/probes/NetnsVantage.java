package io.k8sfw.probes;

import io.k8sfw.probes.linux.NetworkNamespace;
import io.k8sfw.probes.wire.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;

/// Probes leave from a network namespace of this machine.
public final class NetnsVantage extends SocketVantage {
  private final Path path;
  private final NetworkNamespace namespace;

  private NetnsVantage(
      String name,
      Path path,
      NetworkNamespace namespace,
      Transport transport,
      ThreadFactory threads) {
    super(name, transport, threads);
    this.path = path;
    this.namespace = namespace;
  }

  /// @param namespace such as `/run/netns/blue`
  /// @throws IOException where it cannot be opened or entered, naming the errno
  public static NetnsVantage open(String name, Path namespace) throws IOException {
    return open(name, namespace, Transport.best());
  }

  static NetnsVantage open(String name, Path path, Transport transport) throws IOException {
    NetworkNamespace namespace = NetworkNamespace.open(path);
    try {
      namespace.tryToEnter();
    } catch (IOException e) {
      namespace.close();
      throw e;
    }
    ThreadFactory threads = Thread.ofPlatform().daemon().name("probe-" + name + "-", 0).factory();
    return new NetnsVantage(
        name, path, namespace, transport, work -> threads.newThread(() -> inside(namespace, work)));
  }

  private static void inside(NetworkNamespace namespace, Runnable work) {
    try {
      namespace.enter();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    work.run();
  }

  @Override
  public String transport() {
    return "netns " + path;
  }

  @Override
  public void close() {
    super.close();
    namespace.close();
  }
}
