package io.k8sfw.probes;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A place that sends nothing and knows nothing; tests say what it does instead.
public abstract class MadeUpVantage implements Vantage {
  private final String name;
  private final Set<Capability> capabilities;

  protected MadeUpVantage(String name, Capability... capabilities) {
    this.name = name;
    this.capabilities = Set.of(capabilities);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final String transport() {
    return "made up";
  }

  @Override
  public final Set<Capability> capabilities() {
    return capabilities;
  }

  @Override
  public VantageReading probe(ProbeOrder order, Progress progress) throws IOException {
    return new VantageReading(List.of(), List.of(), List.of(), 0);
  }

  @Override
  public Optional<SocketTable> socketTable() throws IOException {
    return Optional.empty();
  }

  @Override
  public Optional<Tracking> tracking() {
    return Optional.empty();
  }

  @Override
  public Optional<Witness> holdWitness(
      Protocol protocol, InetAddress address, int port, Set<String> tokens) throws IOException {
    return Optional.empty();
  }

  @Override
  public Optional<String> askWitness(
      Protocol protocol, InetAddress address, int port, String token, int timeoutMillis)
      throws IOException {
    return Optional.empty();
  }

  @Override
  public Optional<Arrivals> watchArrivals() throws IOException {
    return Optional.empty();
  }

  @Override
  public void close() {}
}
