package io.k8sfw;

import io.k8sfw.input.SourcePosition;
import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.inventory.Scope;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.inventory.VantagePoint.Fidelity;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Policy;
import io.k8sfw.matrix.ProtocolPorts;
import io.k8sfw.matrix.Rule;
import io.k8sfw.matrix.ZoneWords;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Network;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// Builds matrices and inventories in the words of the domain.
public final class Fixture {
  private Fixture() {}

  public static SortedSet<Zone> zones(String words) {
    TreeSet<Zone> zones = new TreeSet<>();
    Arrays.stream(words.split("[ ,]+")).map(Zone::new).forEach(zones::add);
    return zones;
  }

  public static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  /// A matrix whose rules can be changed one by one.
  public static final class MatrixOf {
    private final List<Rule> rules = new ArrayList<>();
    private Policy policy = new Policy(List.of(), Policy.Denial.ANY, Policy.DEFAULT.tls());
    private final List<ProtocolPorts> watch = new ArrayList<>();

    public MatrixOf rule(String id, String from, String to, String ports, Expectation expect) {
      return rule(id, from, to, ports, expect, Condition.ALWAYS, AddressScope.DEFAULT, null);
    }

    /// @param ports `tcp/443`
    public MatrixOf rule(
        String id,
        String from,
        String to,
        String ports,
        Expectation expect,
        Condition when,
        AddressScope address,
        @org.jspecify.annotations.Nullable String service) {
      String[] parts = ports.split("/", -1);
      rules.add(
          new Rule(
              id,
              new SourcePosition("test.yaml", rules.size() + 1, 1),
              zones(to),
              new Protocol(parts[0]),
              PortSet.parse(parts.length > 1 ? parts[1] : "ALL"),
              zones(from),
              expect,
              when,
              address,
              Optional.ofNullable(service),
              "",
              ""));
      return this;
    }

    public MatrixOf policy(Policy changed) {
      policy = changed;
      return this;
    }

    public MatrixOf watch(String protocol, String ports) {
      watch.add(new ProtocolPorts(new Protocol(protocol), PortSet.parse(ports)));
      return this;
    }

    public Matrix build() {
      return new Matrix(
          "test",
          1,
          "test.yaml",
          "0123456789abcdef".repeat(4),
          rules,
          policy,
          watch,
          ZoneWords.BUILT_IN);
    }
  }

  public static Condition when(String fact, String value) {
    return new Condition(List.of(new Condition.Clause(fact, new TreeSet<>(List.of(value)), false)));
  }

  /// An inventory whose nodes have agents unless said otherwise.
  public static final class InventoryOf {
    private final List<Node> nodes = new ArrayList<>();
    private final List<VantagePoint> vantagePoints = new ArrayList<>();
    private final List<NodePortService> services = new ArrayList<>();
    private final List<Scope> scopes = new ArrayList<>();
    private final List<Network> networks = new ArrayList<>();
    private Facts facts = Facts.NONE;

    public InventoryOf node(String name, String zones, String... addresses) {
      unseen(name, zones, addresses);
      vantagePoints.add(
          new VantagePoint(
              name, zones(zones), new Agent.Local(), Fidelity.EXACT, Optional.of(name)));
      return this;
    }

    /// A node without an agent. Addresses are `10.0.0.1` or `external:192.0.2.1`.
    public InventoryOf unseen(String name, String zones, String... addresses) {
      List<NodeAddress> list = new ArrayList<>();
      for (String address : addresses) {
        String[] parts = address.startsWith("external:") ? address.split(":", 2) : null;
        list.add(
            parts == null
                ? new NodeAddress(ip(address), AddressClass.INTERNAL)
                : new NodeAddress(ip(parts[1]), AddressClass.EXTERNAL));
      }
      nodes.add(new Node(name, zones(zones), list));
      return this;
    }

    public InventoryOf place(String name, String zones) {
      return place(name, zones, Fidelity.EXACT);
    }

    public InventoryOf place(String name, String zones, Fidelity fidelity) {
      vantagePoints.add(
          new VantagePoint(name, zones(zones), new Agent.Local(), fidelity, Optional.empty()));
      return this;
    }

    public InventoryOf fact(String key, String value) {
      facts = Facts.declared(Map.of(key, value));
      return this;
    }

    /// @param endpointNodes null where nobody said
    public InventoryOf service(
        int nodePort,
        NodePortService.TrafficPolicy policy,
        @org.jspecify.annotations.Nullable List<String> endpointNodes) {
      services.add(
          new NodePortService(
              "default/web",
              Protocol.TCP,
              nodePort,
              Optional.of(policy),
              Optional.ofNullable(endpointNodes)));
      return this;
    }

    public InventoryOf service(int nodePort) {
      services.add(new NodePortService("default/web", Protocol.TCP, nodePort));
      return this;
    }

    public InventoryOf clusterNetwork(String network) {
      networks.add(Network.parse(network).orElseThrow());
      return this;
    }

    public InventoryOf leavingOut(Scope scope) {
      scopes.add(scope);
      return this;
    }

    public Inventory build() {
      return new Inventory(
          "test",
          "inventory.yaml",
          "0".repeat(64),
          facts,
          nodes,
          vantagePoints,
          services,
          scopes,
          networks);
    }
  }
}
