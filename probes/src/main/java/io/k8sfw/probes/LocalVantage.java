package io.k8sfw.probes;

import io.k8sfw.probes.wire.Transport;
import java.util.concurrent.ThreadFactory;

/// Probes leave from this very process.
public final class LocalVantage extends SocketVantage {
  private LocalVantage(String name, Transport transport, ThreadFactory threads) {
    super(name, transport, threads);
  }

  public static LocalVantage open(String name) {
    return open(name, Transport.best());
  }

  static LocalVantage open(String name, Transport transport) {
    return new LocalVantage(
        name, transport, Thread.ofPlatform().daemon().name("probe-" + name + "-", 0).factory());
  }

  @Override
  public String transport() {
    return "local";
  }
}
