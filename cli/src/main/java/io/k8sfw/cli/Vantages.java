package io.k8sfw.cli;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.probes.NetnsVantage;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The places of an inventory, opened. One that cannot be opened is there all the same, and says
/// why: it costs its own checks, never the run.
final class Vantages implements AutoCloseable {
  private final List<Vantage> opened = new ArrayList<>();

  Vantages(Collection<VantagePoint> points) {
    for (VantagePoint point : points) {
      opened.add(open(point));
    }
  }

  List<Vantage> all() {
    return List.copyOf(opened);
  }

  /// The connection tracking tables that can be read, by the name of the place. Asks no other
  /// machine.
  Map<String, Tracking> tracking() {
    Map<String, Tracking> tables = new LinkedHashMap<>();
    for (Vantage vantage : opened) {
      vantage.tracking().ifPresent(tracking -> tables.put(vantage.name(), tracking));
    }
    return tables;
  }

  /// The names of those that could not be opened.
  List<String> unopened() {
    return opened.stream().filter(v -> v instanceof Unopened).map(Vantage::name).toList();
  }

  private static Vantage open(VantagePoint point) {
    try {
      return switch (point.agent()) {
        case Agent.Local _ -> LocalVantage.open(point.name());
        case Agent.Netns netns -> NetnsVantage.open(point.name(), Path.of(netns.path()));
      };
    } catch (IOException e) {
      return new Unopened(point.name(), point.agent().toString(), e);
    }
  }

  @Override
  public void close() {
    opened.forEach(Vantage::close);
  }

  /// A place that could not be had.
  private record Unopened(String name, String transport, IOException cause) implements Vantage {
    @Override
    public Set<Capability> capabilities() {
      return Set.of();
    }

    @Override
    public VantageReading probe(ProbeOrder order, Progress progress) throws IOException {
      throw cannot();
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
      throw cannot();
    }

    @Override
    public Optional<String> askWitness(
        Protocol protocol, InetAddress address, int port, String token, int timeoutMillis)
        throws IOException {
      throw cannot();
    }

    @Override
    public Optional<Arrivals> watchArrivals() throws IOException {
      throw cannot();
    }

    private IOException cannot() {
      return new IOException(String.valueOf(cause.getMessage()), cause);
    }

    @Override
    public void close() {}
  }
}
