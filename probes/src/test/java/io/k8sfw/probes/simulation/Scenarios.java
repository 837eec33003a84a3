package io.k8sfw.probes.simulation;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.inventory.Node;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixReader;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.vantage.Pace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Makes up a whole scenario from a seed: a matrix and an inventory as text, for the real readers,
/// and a world that knows nothing of either.
final class Scenarios {
  private static final String[] ROLES = {"control-plane", "worker", "etcd", "ingress"};
  private static final String[] PLACES = {"external", "end-user", "cluster-admin", "pod"};
  private static final List<Integer> KNOWN =
      List.of(22, 80, 179, 443, 2379, 2380, 6443, 8080, 9100, 10250, 10255, 10256);
  private static final List<Integer> KNOWN_UDP = List.of(53, 4789, 8285, 8472, 51820);

  /// Flows of one scenario, about.
  private static final int FLOWS = 4000;

  /// A node that has more is taken to have no agent.
  private static final int MOST_LISTENERS = 200;

  private final long seed;
  private final Chance chance;

  private Scenarios(long seed) {
    this.seed = seed;
    this.chance = Chance.of(seed, "scenario");
  }

  static Scenario ofSeed(long seed) {
    try {
      return new Scenarios(seed).make();
    } catch (InvalidInputException e) {
      throw new AssertionError("seed " + seed + " makes a matrix or inventory that is refused", e);
    }
  }

  private Scenario make() throws InvalidInputException {
    int addresses = chance.magnitude(1, 8);
    int places = chance.hits(0.2) ? 2 : 1;
    boolean builtin = chance.hits(0.05);
    Matrix matrix =
        builtin
            ? BuiltinMatrices.find("seed").orElseThrow()
            : MatrixReader.read("simulated", bytes(matrix(FLOWS / addresses / places)));
    Inventory inventory =
        InventoryReader.read(
            "simulated", bytes(inventory(builtin ? 1 : addresses, builtin ? 1 : places)), matrix);
    PlanOptions options =
        new PlanOptions(
            chance.any(Pace.FAST, Pace.FAST, Pace.FAST, Pace.NORMAL, Pace.POLITE),
            chance.hits(0.3),
            false,
            chance.hits(0.2) ? chance.magnitude(200, 20_000) : Integer.MAX_VALUE);
    Worlds worlds = new Worlds(seed, inventory);
    return new Scenario(
        matrix,
        inventory,
        options,
        worlds.world(),
        !chance.hits(0.1),
        chance.hits(0.2) ? chance.magnitude(16, 500) : 8192,
        chance.hits(0.15) ? evidence(matrix, inventory, worlds) : List.of());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Rules never name the same port twice, so that none contradicts another.
  private String matrix(int ports) {
    StringBuilder text = new StringBuilder("matrix: simulated\nversion: 1\nrules:\n");
    for (int i = 0; i < KNOWN.size(); i++) {
      if (i == 3 || chance.hits(0.3)) {
        rule(text, "known-" + i, "tcp", String.valueOf(KNOWN.get(i)));
      }
    }
    if (chance.hits(0.7)) {
      int first = chance.between(11_000, 60_000);
      int size = chance.magnitude(2, Math.min(3000, Math.max(2, ports)));
      rule(text, "wide", "tcp", first + "-" + (first + size - 1));
    }
    if (chance.hits(0.2)) {
      for (int port : KNOWN_UDP) {
        if (chance.hits(0.5)) {
          rule(text, "udp-" + port, "udp", String.valueOf(port));
        }
      }
    }
    return text.toString();
  }

  private void rule(StringBuilder text, String id, String protocol, String ports) {
    text.append("- {id: ").append(id);
    text.append(", to: ").append(chance.any(ROLES));
    text.append(", protocol: ").append(protocol);
    text.append(", ports: ").append(ports);
    text.append(", from: [").append(chance.any(PLACES)).append(", ").append(chance.any(ROLES));
    text.append("], expect: ").append(chance.any("required", "path", "permitted", "forbidden"));
    text.append("}\n");
  }

  private String inventory(int addresses, int places) {
    StringBuilder text = new StringBuilder("inventory: simulated\nnodes:\n");
    boolean twoPrefixes = chance.hits(0.4);
    boolean six = chance.hits(0.2);
    for (int i = 1; i <= addresses; i++) {
      String address = "10.20." + (twoPrefixes && i % 2 == 0 ? 2 : 1) + "." + i;
      text.append("- {name: node-").append(i);
      text.append(", zones: ").append(chance.any(ROLES));
      text.append(", addresses: [").append(address);
      if (six && ++i <= addresses) {
        text.append(", \"fd00:20::").append(i).append('"');
      }
      text.append("]}\n");
    }
    text.append("vantage:\n");
    for (int i = 1; i <= places; i++) {
      text.append("- {name: place-").append(i);
      text.append(", zones: ").append(chance.any(PLACES)).append(", agent: local}\n");
    }
    return text.toString();
  }

  /// What agents on all nodes would tell of the ports that rules name: overflows wherever something
  /// can hang.
  private static List<TargetEvidence> evidence(Matrix matrix, Inventory inventory, Worlds worlds) {
    PortSet named = PortSet.NONE;
    for (Rule rule : matrix.rules()) {
      named = rule.ports().isAll() ? named : named.union(rule.ports());
    }
    int[] ports = named.stream().toArray();
    List<TargetEvidence> evidence = new ArrayList<>();
    boolean hung = worlds.world().has(Trouble.HungListeners.class);
    for (Node node : inventory.nodes()) {
      List<Listener> listeners = new ArrayList<>();
      for (NodeAddress address : node.addresses()) {
        IntStream.of(ports)
            .filter(port -> worlds.listens(address.address(), Protocol.TCP, port))
            .forEach(
                port -> listeners.add(new Listener(Protocol.TCP, address.address(), port, false)));
      }
      if (listeners.size() > MOST_LISTENERS) {
        continue;
      }
      evidence.add(
          new TargetEvidence(
              node.name(),
              new SocketTable(listeners, 0),
              new SocketTable(listeners, hung ? 1 : 0)));
    }
    return evidence;
  }
}
