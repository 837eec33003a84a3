package io.k8sfw.probes.simulation;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.Protocol;
import io.k8sfw.probes.simulation.World.Host;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes up a world for the addresses of an inventory. Nothing goes wrong in some; in some there is
/// a little loss; in the others each trouble is there with a chance of one in four (FoundationDB's
/// BUGGIFY).
final class Worlds {
  private static final double CALM = 0.15;
  private static final double LIGHT_LOSS = 0.15;
  private static final double BUGGIFY = 0.25;

  private final Chance chance;
  private final World world;
  private final Map<InetAddress, Style> styles = new LinkedHashMap<>();

  /// How the ports of an address are: so many listen, and a firewall does one thing, but for
  /// islands of `width` ports where it does another.
  private record Style(
      long seed, double listening, Truth firewall, Truth island, double islands, int width) {
    boolean listens(Protocol protocol, int port) {
      // Two random high ports are the negative control: few of them are in use anywhere.
      double share = port >= 49_152 ? Math.min(listening, 0.01) : listening;
      return Chance.lot(seed, protocol.toString().hashCode(), port) < share;
    }

    Truth at(String vantage, Protocol protocol, int port, boolean hangs) {
      int place = (vantage + protocol).hashCode();
      Truth rule = Chance.lot(seed + 1, place, port / width) < islands ? island : firewall;
      if (rule != Truth.OPEN) {
        return rule;
      }
      return listens(protocol, port) ? (hangs ? Truth.HUNG : Truth.OPEN) : Truth.CLOSED;
    }
  }

  Worlds(long seed, Inventory inventory) {
    this.chance = Chance.of(seed, "world");
    List<Trouble> troubles = troubles(inventory);
    double hung =
        troubles.stream()
            .filter(Trouble.HungListeners.class::isInstance)
            .mapToDouble(t -> ((Trouble.HungListeners) t).share())
            .sum();
    Map<InetAddress, Host> hosts = new LinkedHashMap<>();
    for (Node node : inventory.nodes()) {
      for (NodeAddress address : node.addresses()) {
        Style style = style();
        styles.put(address.address(), style);
        if (!chance.hits(0.04)) {
          hosts.put(address.address(), host(address.address(), style, hung));
        }
      }
    }
    this.world = new World(seed, hosts, troubles);
  }

  World world() {
    return world;
  }

  boolean listens(InetAddress address, Protocol protocol, int port) {
    Style style = styles.get(address);
    return style != null && world.hosts().containsKey(address) && style.listens(protocol, port);
  }

  /// "Open" stands for a firewall that lets everything through.
  private Style style() {
    Truth firewall =
        chance.any(
            Truth.OPEN,
            Truth.OPEN,
            Truth.OPEN,
            Truth.DROPPED,
            Truth.DROPPED,
            Truth.DROPPED,
            Truth.REJECTED_BY_ICMP,
            Truth.REJECTED_BY_RESET);
    return new Style(
        chance.number(),
        chance.any(0.01, 0.1, 0.5, 1.0),
        firewall,
        firewall == Truth.OPEN ? chance.any(Truth.DROPPED, Truth.REJECTED_BY_ICMP) : Truth.OPEN,
        chance.any(0.0, 0.02, 0.1, 0.5),
        chance.any(1, 16, 256));
  }

  private Host host(InetAddress address, Style style, double hung) {
    long own = chance.number();
    return new Host(
        address,
        (vantage, protocol, port) ->
            style.at(vantage, protocol, port, hung > 0 && Chance.lot(own, 0, port) < hung),
        chance.nanos(0.0001, chance.any(0.001, 0.02, 0.2)),
        chance.hits(0.5),
        chance.between(1, 8));
  }

  private List<Trouble> troubles(Inventory inventory) {
    double kind = chance.between(0.0, 1.0);
    if (kind < CALM) {
      return List.of();
    }
    if (kind < CALM + LIGHT_LOSS) {
      return List.of(new Trouble.Loss(chance.between(0, 0.1), chance.between(0, 0.1)));
    }
    List<Trouble> troubles = new ArrayList<>();
    for (Trouble trouble : all(inventory)) {
      if (chance.hits(BUGGIFY)) {
        troubles.add(trouble);
      }
    }
    return List.copyOf(troubles);
  }

  private List<Trouble> all(Inventory inventory) {
    long start = chance.nanos(0, 10);
    double rate = chance.any(20.0, 100.0, 500.0);
    return List.of(
        new Trouble.Loss(chance.between(0, 0.3), chance.between(0, 0.3)),
        new Trouble.Outages(0.2, chance.between(0.4, 3)),
        new Trouble.Policer(rate, rate / 5, chance.hits(0.5)),
        new Trouble.Ban(
            chance.magnitude(5, 100),
            chance.hits(0.5) ? Long.MAX_VALUE / 2 : chance.nanos(1, 60),
            chance.hits(0.3),
            false),
        new Trouble.Late(chance.any(0.01, 0.1, 1.0), 0, chance.between(0.05, 2.5)),
        new Trouble.Slower(start, chance.nanos(0.05, 0.9)),
        new Trouble.Lacking(chance.magnitude(20, 2000), chance.any(0.0, 0.01, 0.1)),
        new Trouble.NoRoute(start, start + chance.nanos(0.01, 5)),
        new Trouble.Stall(chance.nanos(0, 10), chance.nanos(0.3, 30), chance.hits(0.3)),
        new Trouble.Dead(start, chance.hits(0.5) ? Long.MAX_VALUE : start + chance.nanos(1, 20)),
        new Trouble.Proxy(
            chance.hits(0.5)
                ? Optional.empty()
                : Optional.of(chance.any(inventory.nodes()).addresses().getFirst().address())),
        new Trouble.HungListeners(chance.any(0.1, 0.5)),
        new Trouble.Cancelled(chance.nanos(0, 20)));
  }
}
