package io.k8sfw.cli;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.probes.NetnsVantage;
import io.k8sfw.probes.agent.Limits;
import io.k8sfw.probes.agent.ProcessVantage;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/// The places of an inventory, opened all at once. One that cannot be opened is there all the same,
/// and says why: it costs its own checks, never the run.
final class Vantages implements AutoCloseable {
  private final List<Vantage> opened;

  /// @param inventory its nodes' addresses are all that an agent may ever ask
  Vantages(Inventory inventory) {
    this(inventory.vantagePoints(), Limits.to(addresses(inventory)));
  }

  private Vantages(List<VantagePoint> points, Limits limits) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      opened =
          points.stream().map(point -> threads.submit(() -> open(point, limits))).toList().stream()
              .map(Vantages::result)
              .toList();
    }
  }

  /// Only those that are in this very process; nobody else is started or asked.
  static Vantages here(Inventory inventory) {
    return new Vantages(
        inventory.vantagePoints().stream()
            .filter(point -> !(point.agent() instanceof Agent.Command))
            .toList(),
        Limits.to(Set.of()));
  }

  private static Set<InetAddress> addresses(Inventory inventory) {
    return inventory.nodes().stream()
        .flatMap(node -> node.addresses().stream())
        .map(NodeAddress::address)
        .collect(Collectors.toSet());
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this", e);
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

  private static Vantage open(VantagePoint point, Limits limits) {
    try {
      return switch (point.agent()) {
        case Agent.Local _ -> LocalVantage.open(point.name());
        case Agent.Netns netns -> NetnsVantage.open(point.name(), Path.of(netns.path()));
        case Agent.Command command ->
            ProcessVantage.start(
                point.name(), command.toString(), AgentCommand.line(command), limits);
      };
    } catch (IOException e) {
      return new Unopened(point.name(), point.agent().toString(), e);
    }
  }

  /// Agents take a moment to end: all of them at the same time.
  @Override
  public void close() {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      opened.stream()
          .map(vantage -> threads.submit(vantage::close))
          .toList()
          .forEach(Vantages::result);
    }
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
    public Optional<Witness> holdWitness(InetAddress address, int port) throws IOException {
      throw cannot();
    }

    @Override
    public Optional<String> askWitness(InetAddress address, int port, int timeoutMillis)
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
