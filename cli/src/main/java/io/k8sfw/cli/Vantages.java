package io.k8sfw.cli;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.kubernetes.PodAgents;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.probes.NetnsVantage;
import io.k8sfw.probes.agent.Limits;
import io.k8sfw.probes.agent.ProcessVantage;
import io.k8sfw.probes.ssh.AgentArchive;
import io.k8sfw.probes.ssh.SshClient;
import io.k8sfw.probes.ssh.SshPlace;
import io.k8sfw.probes.ssh.SshVantage;
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
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The places of an inventory, opened all at once. One that cannot be opened is there all the same,
/// and says why: it costs its own checks, never the run.
final class Vantages implements AutoCloseable {
  private final List<Vantage> opened;
  private final Optional<PodAgents> pods;
  private final Ways ways;

  /// The ways to those that are not in this very process.
  ///
  /// @param pods empty where no agent is a pod
  /// @param stop ends the wait for those that are still on their way
  /// @param complaints hears, in one line each, what could not be cleaned up
  record Ways(
      SshClient ssh, Optional<PodCluster> pods, BooleanSupplier stop, Consumer<String> complaints) {
    static Ways of(SshClient ssh, Optional<PodCluster> pods, Streams streams) {
      return new Ways(
          ssh, pods, () -> streams.stop().requested().isPresent(), line -> streams.say("{}", line));
    }
  }

  /// @param inventory its nodes' addresses are all that an agent may ever ask
  /// @param observed places that need not be opened: what they saw is here already
  Vantages(Inventory inventory, Ways ways, Set<String> observed) {
    this(
        inventory.vantagePoints().stream()
            .filter(point -> !observed.contains(point.name()))
            .toList(),
        Limits.to(addresses(inventory)),
        ways);
  }

  private Vantages(List<VantagePoint> points, Limits limits, Ways ways) {
    this.ways = ways;
    boolean anyPods = points.stream().anyMatch(point -> point.agent() instanceof Agent.Pod);
    pods = anyPods ? ways.pods().map(p -> p.start(points, ways.stop())) : Optional.empty();
    AgentArchive.Source archives = AgentArchives.own();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      opened =
          points.stream()
              .map(point -> threads.submit(() -> open(point, limits, archives)))
              .toList()
              .stream()
              .map(Vantages::result)
              .toList();
    } catch (RuntimeException | Error e) {
      removePods();
      throw e;
    }
  }

  private void removePods() {
    pods.flatMap(PodAgents::remove).ifPresent(ways.complaints());
  }

  /// Only those that are in this very process; nobody else is started or asked.
  static Vantages here(Inventory inventory) {
    return new Vantages(
        inventory.vantagePoints().stream().filter(point -> isHere(point.agent())).toList(),
        Limits.to(Set.of()),
        new Ways(SshClient.with(List.of()), Optional.empty(), () -> false, _ -> {}));
  }

  /// For a look at the places themselves, but those that nobody gets to: agents may ask nothing but
  /// their own loopback.
  static Vantages alone(Inventory inventory, Ways ways) {
    return new Vantages(
        inventory.vantagePoints().stream()
            .filter(point -> !(point.agent() instanceof Agent.Offline))
            .toList(),
        Limits.to(Set.of(PlaceCheck.LOOPBACK)),
        ways);
  }

  private static boolean isHere(Agent agent) {
    return switch (agent) {
      case Agent.Local _, Agent.Netns _ -> true;
      case Agent.Command _, Agent.Ssh _, Agent.Pod _, Agent.Offline _ -> false;
    };
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

  /// Why `vantage` could not be opened; empty where it could.
  static Optional<String> cause(Vantage vantage) {
    return vantage instanceof Unopened unopened
        ? Optional.of(String.valueOf(unopened.cause().getMessage()))
        : Optional.empty();
  }

  private Vantage open(VantagePoint point, Limits limits, AgentArchive.Source archives) {
    try {
      return switch (point.agent()) {
        case Agent.Local _ -> LocalVantage.open(point.name());
        case Agent.Netns netns -> NetnsVantage.open(point.name(), Path.of(netns.path()));
        case Agent.Offline _ -> throw new IOException(offline(point.name()));
        case Agent.Pod _ ->
            pods.orElseThrow(() -> new IOException("it is a pod, and no cluster was named"))
                .open(point.name(), limits);
        case Agent.Command command ->
            ProcessVantage.start(
                point.name(), command.toString(), AgentCommand.line(command), limits);
        case Agent.Ssh(String destination, Optional<String> java, Optional<String> cache) ->
            SshVantage.open(
                point.name(), new SshPlace(destination, java, cache), ways.ssh(), archives, limits);
      };
    } catch (IOException e) {
      return new Unopened(
          point.name(), point.agent().toString(), pods.flatMap(p -> p.exec(point.name())), e);
    }
  }

  private static String offline(String place) {
    return "it is offline, and no --observations of it were given: carry there what plan --for "
        + place
        + " -o plan=FILE writes, and bring back what agent --plan FILE prints there";
  }

  /// Does something with all of them at the same time.
  ///
  /// @return what came of it, in their order
  <T> List<T> each(Function<Vantage, T> work) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return opened.stream()
          .map(vantage -> threads.submit(() -> work.apply(vantage)))
          .toList()
          .stream()
          .map(Vantages::result)
          .toList();
    }
  }

  /// Agents take a moment to end: all of them at the same time. Then their pods.
  @Override
  public void close() {
    try {
      each(vantage -> {
        vantage.close();
        return vantage;
      });
    } finally {
      removePods();
    }
  }

  /// A place that could not be had.
  private record Unopened(
      String name, String transport, Optional<ExecReport> exec, IOException cause)
      implements Vantage {
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
