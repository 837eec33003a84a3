package io.k8sfw.cli;

import static java.util.stream.Collectors.joining;

import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Capability;
import io.k8sfw.fixtures.lab.FirewallRuleset;
import io.k8sfw.fixtures.lab.FirewallRuleset.Chain;
import io.k8sfw.fixtures.lab.FirewallRuleset.Extra;
import io.k8sfw.fixtures.lab.FirewallRuleset.Sources;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.model.Zone;
import io.k8sfw.probes.agent.AgentMain;
import io.k8sfw.probes.ssh.AgentArchive;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.lifecycle.Startables;

/// A cluster of containers on a Docker network of its own: each node with a real nftables firewall
/// that does what the matrix says, a listener on each port that it asks for, and the agent's own
/// runtime, which `docker exec` starts.
///
/// The nodes' image is made of [#BASE], any Debian that can be had.
final class ContainerCluster implements AutoCloseable {
  /// `-Dk8sfw.node.image`: by default what `test-fixtures/docker/engine` makes.
  static final String BASE = System.getProperty("k8sfw.node.image", "localhost/k8sfw-node-base:1");

  private static final String HOME = "/opt/k8sfw";
  private static final String LISTENERS = NodeListeners.class.getSimpleName() + ".class";
  private static final String LAUNCHER = HOME + "/k8sfw-audit";

  @SuppressWarnings("ImmutableEnumChecker") // the sets and lists are unmodifiable
  enum Place {
    CP_1("cp-1", Set.of(Zone.CONTROL_PLANE), 2379, 6443),
    WORKER_1("worker-1", Set.of(Zone.WORKER), 80, 443, 10250),
    WORKER_2("worker-2", Set.of(Zone.WORKER), 80, 443, 10250),
    INTERNET("internet", Set.of(Zone.EXTERNAL));

    private final String label;
    private final Set<Zone> zones;
    private final List<Integer> ports;

    Place(String label, Set<Zone> zones, Integer... ports) {
      this.label = label;
      this.zones = zones;
      this.ports = List.of(ports);
    }

    String label() {
      return label;
    }

    private boolean isNode() {
      return !ports.isEmpty();
    }
  }

  /// Something wrong, planted on purpose.
  ///
  /// @param from whose packets to `port` of `node` meet `verdict` (a statement of nft(8)) before
  ///   anything that the matrix says; empty where nobody listens on that port instead
  record Fault(Place node, int port, String verdict, Optional<Place> from) {
    static Fault decides(Place node, int port, String verdict, Place from) {
      return new Fault(node, port, verdict, Optional.of(from));
    }

    static Fault down(Place node, int port) {
      return new Fault(node, port, "", Optional.empty());
    }
  }

  private final Matrix matrix;
  private final List<Fault> faults;
  private final Network network = Network.newNetwork();
  private final Map<Place, GenericContainer<?>> containers = new EnumMap<>(Place.class);

  private ContainerCluster(Matrix matrix, List<Fault> faults) {
    this.matrix = matrix;
    this.faults = faults;
  }

  /// Why there can be none here, for people; empty where there can be.
  static Optional<String> missing() {
    String remedy = "; sudo test-fixtures/docker/engine start makes one and says how to name it";
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return Optional.of("no Docker engine" + remedy);
    }
    if (BASE.startsWith("localhost/")) {
      try {
        var _ = DockerClientFactory.lazyClient().inspectImageCmd(BASE).exec();
      } catch (NotFoundException _) {
        return Optional.of("no image " + BASE + remedy + ", or name one: -Dk8sfw.node.image=…");
      }
    }
    return Optional.empty();
  }

  /// Returns when every listener answers and every firewall decides.
  static ContainerCluster start(Matrix matrix, AgentArchive agent, List<Fault> faults)
      throws IOException, InterruptedException {
    ContainerCluster cluster = new ContainerCluster(matrix, faults);
    try {
      ImageFromDockerfile image = image(agent);
      for (Place place : Place.values()) {
        cluster.containers.put(place, cluster.container(place, image));
      }
      Startables.deepStart(cluster.containers.values()).join();
      for (Place place : Place.values()) {
        if (place.isNode()) {
          cluster.protect(place);
        }
      }
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /// The base, the tools that make a firewall, the agent, and what listens. Docker keeps each
  /// layer.
  private static ImageFromDockerfile image(AgentArchive agent) {
    return new ImageFromDockerfile("localhost/k8sfw-node:1", false)
        .withFileFromPath("agent.tar.gz", agent.file())
        .withFileFromPath(LISTENERS, listeners())
        .withFileFromString("k8sfw-audit", launcher())
        .withFileFromString(
            "Dockerfile",
            """
            FROM %1$s
            RUN command -v nft && command -v ip \\
             || { apt-get update && apt-get install -y --no-install-recommends nftables iproute2; }
            COPY %3$s %2$s/listen/io/k8sfw/cli/
            ADD agent.tar.gz %2$s/
            COPY k8sfw-audit %2$s/
            """
                .formatted(BASE, HOME, LISTENERS));
  }

  private static Path listeners() {
    try {
      return Path.of(Objects.requireNonNull(NodeListeners.class.getResource(LISTENERS)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("a class has no place", e);
    }
  }

  /// As installed: knows the command `agent`.
  private static String launcher() {
    return """
    shift
    exec %1$s/bin/java --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \\
      -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xmx64m -Xlog:disable \\
      -Djava.library.path=%1$s/native -cp "%1$s/jars/*" %2$s "$@"
    """
        .formatted(HOME, AgentMain.class.getName());
  }

  private GenericContainer<?> container(Place place, ImageFromDockerfile image) {
    @SuppressWarnings("resource") // closed with the cluster
    GenericContainer<?> container =
        new GenericContainer<>(image)
            .withNetwork(network)
            .withCommand(command(place))
            .withStartupCheckStrategy(new IsRunningStartupCheckStrategy())
            .withCreateContainerCmdModifier(create ->
                Objects.requireNonNull(create.withHostName(place.label()).getHostConfig())
                    .withCapAdd(Capability.NET_ADMIN, Capability.NET_RAW)
                    .withInit(true));
    return place.isNode()
        ? container.waitingFor(Wait.forLogMessage(".*listening.*", 1))
        : container;
  }

  private String[] command(Place place) {
    Stream<String> listen =
        Stream.of(
            HOME + "/bin/java", "-Xmx32m", "-cp", HOME + "/listen", NodeListeners.class.getName());
    Stream<String> ports =
        place.ports.stream()
            .filter(port -> !faults.contains(Fault.down(place, port)))
            .map(String::valueOf);
    return place.isNode()
        ? Stream.concat(listen, ports).toArray(String[]::new)
        : new String[] {"sleep", "infinity"};
  }

  /// A table of our own: Docker has one for its name service.
  private void protect(Place node) throws IOException, InterruptedException {
    List<Extra> extras =
        faults.stream()
            .filter(fault -> fault.node() == node)
            .flatMap(fault -> fault.from().stream().map(from -> extra(fault, from)))
            .toList();
    String rules = new FirewallRuleset(matrix, Facts.NONE, sources()).node(node.zones, extras);
    GenericContainer<?> container = of(node);
    container.copyFileToContainer(
        Transferable.of(rules.getBytes(StandardCharsets.UTF_8)), "/etc/k8sfw.nft");
    var loaded = container.execInContainer("nft", "-f", "/etc/k8sfw.nft");
    if (loaded.getExitCode() != 0) {
      throw new IOException(node.label() + " has no firewall: " + loaded.getStderr());
    }
  }

  private Extra extra(Fault fault, Place from) {
    return new Extra(
        Chain.INPUT,
        "ip saddr %s tcp dport %d %s".formatted(address(from), fault.port(), fault.verdict()));
  }

  private Map<Zone, Sources> sources() {
    Map<Zone, Sources> sources = new HashMap<>();
    for (Zone zone : matrix.zones()) {
      List<String> addresses =
          Arrays.stream(Place.values())
              .filter(place -> place.zones.contains(zone))
              .map(this::address)
              .toList();
      sources.put(zone, new Sources(addresses, List.of()));
    }
    return sources;
  }

  GenericContainer<?> of(Place place) {
    return Objects.requireNonNull(containers.get(place));
  }

  String address(Place place) {
    return of(place).getContainerInfo().getNetworkSettings().getNetworks().values().stream()
        .map(n -> Objects.requireNonNull(n.getIpAddress()))
        .findFirst()
        .orElseThrow();
  }

  /// The cluster as an inventory file, with agents by `docker exec`.
  String inventoryYaml() {
    return """
    inventory: containers
    nodes:
    %s
    vantage:
    %s
    """
        .formatted(
            Arrays.stream(Place.values())
                .filter(Place::isNode)
                .map(p -> "- {%s, addresses: [%s]}".formatted(described(p), address(p)))
                .collect(joining("\n")),
            Arrays.stream(Place.values())
                .filter(p -> !p.isNode())
                .map(p -> "- {%s}".formatted(described(p)))
                .collect(joining("\n")));
  }

  private String described(Place place) {
    return "name: %s, zones: %s, agent: {command: [docker, -H, \"%s\", exec, -i, %s], run: [sh, %s]}"
        .formatted(
            place.label(),
            new TreeSet<>(place.zones),
            DockerClientFactory.instance().getTransportConfig().getDockerHost(),
            of(place).getContainerId().substring(0, 12),
            LAUNCHER);
  }

  @Override
  public void close() {
    containers.values().parallelStream().forEach(GenericContainer::stop);
    network.close();
  }
}
