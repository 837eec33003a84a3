package io.k8sfw.probes.simulation;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixReader;
import io.k8sfw.model.PortSet;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.probes.simulation.World.Host;
import io.k8sfw.vantage.Pace;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// A scenario by hand: nodes that must answer a client on some TCP ports.
final class ScenarioOf {
  private static final long ROUND_TRIP = 2_000_000;

  private final String ports;
  private final Map<InetAddress, Host> hosts = new LinkedHashMap<>();
  private final List<Trouble> troubles = new ArrayList<>();
  private Pace pace = Pace.FAST;
  private int trackedAtMost = Integer.MAX_VALUE;

  /// @param ports of every node, as in a matrix
  ScenarioOf(String ports) {
    this.ports = ports;
  }

  /// @param truth of any port, ordered or not
  ScenarioOf host(String address, IntFunction<Truth> truth) {
    return host(address, ROUND_TRIP, truth);
  }

  /// @param truth of any port, ordered or not
  ScenarioOf host(String address, long roundTripNanos, IntFunction<Truth> truth) {
    InetAddress ip = InetAddress.ofLiteral(address);
    hosts.put(
        ip, new Host(ip, (vantage, protocol, port) -> truth.apply(port), roundTripNanos, false, 4));
    return this;
  }

  ScenarioOf with(Trouble... more) {
    troubles.addAll(List.of(more));
    return this;
  }

  ScenarioOf pace(Pace other) {
    pace = other;
    return this;
  }

  ScenarioOf trackedAtMost(int entries) {
    trackedAtMost = entries;
    return this;
  }

  Scenario build() {
    try {
      Matrix matrix = MatrixReader.read("by hand", bytes(matrix()));
      Inventory inventory = InventoryReader.read("by hand", bytes(inventory()), matrix);
      return new Scenario(
          matrix,
          inventory,
          new PlanOptions(pace, false, false, trackedAtMost),
          new World(1, hosts, List.copyOf(troubles)),
          true,
          8192,
          List.of());
    } catch (InvalidInputException e) {
      throw new AssertionError("refused", e);
    }
  }

  private String matrix() {
    StringBuilder text = new StringBuilder("matrix: by hand\nversion: 1\nrules:\n");
    PortSet.parse(ports)
        .ranges()
        .forEach(range ->
            text.append("- {id: r-")
                .append(range.first())
                .append(", to: worker, protocol: tcp, ports: ")
                .append(range)
                .append(", from: external, expect: required}\n"));
    return text.toString();
  }

  private String inventory() {
    StringBuilder text = new StringBuilder("inventory: by hand\nnodes:\n");
    int number = 0;
    for (InetAddress address : hosts.keySet()) {
      text.append("- {name: node-").append(++number);
      text.append(", zones: worker, addresses: [\"").append(address.getHostAddress());
      text.append("\"]}\n");
    }
    return text + "vantage:\n- {name: client, zones: external, agent: local}\n";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
