package io.k8sfw.plan;

import io.k8sfw.input.Sha256;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.inventory.VantagePoint.Fidelity;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/// Decides which place looks at which node.
///
/// Usually every place looks at all nodes. Of many inside the cluster that stand for the same
/// zones, a few look at each node. They are chosen by consistent hashing with bounded loads (Karger
/// and others 1997; Mirrokni, Thorup, Zadimoghaddam 2018): places and nodes stand on a ring by a
/// hash of the seed and their name, and the next places after a node look at it, unless they have
/// enough to do. So a node that comes or goes changes little for the others, all places have about
/// as much to do, and the work grows with nodes and places, not with their pairs.
///
/// Places outside, and those that are only like their zones, look at all nodes: there are few, each
/// written down by hand.
final class PlaceChoice {
  /// A place may get a quarter more to do than the mean.
  private static final double SLACK = 1.25;

  private final Inventory inventory;
  private final Sampling sampling;
  private final long seed;
  private final Map<String, List<Node>> nodesOf = new LinkedHashMap<>();
  private final List<PlaceSample> samples = new ArrayList<>();

  private PlaceChoice(Inventory inventory, Sampling sampling, long seed) {
    this.inventory = inventory;
    this.sampling = sampling;
    this.seed = seed;
  }

  static PlaceChoice of(Inventory inventory, Sampling sampling, long seed) {
    PlaceChoice choice = new PlaceChoice(inventory, sampling, seed);
    Set<Zone> inside = inventory.zonesInside();
    Map<SortedSet<Zone>, List<VantagePoint>> alike = new LinkedHashMap<>();
    for (VantagePoint place : inventory.vantagePoints()) {
      if (place.fidelity() == Fidelity.EXACT && inside.containsAll(place.zones())) {
        alike.computeIfAbsent(place.zones(), _ -> new ArrayList<>()).add(place);
      }
    }
    alike.values().removeIf(places -> places.size() <= sampling.allUpTo());
    alike.forEach(choice::share);
    return choice;
  }

  /// The nodes that `place` looks at, in the order of the inventory; never its own.
  List<Node> nodes(VantagePoint place) {
    List<Node> shared = nodesOf.get(place.name());
    return shared != null
        ? shared
        : inventory.nodes().stream().filter(node -> !isOn(place, node)).toList();
  }

  /// What is not looked at by all, in the order of the inventory.
  List<PlaceSample> samples() {
    return List.copyOf(samples);
  }

  /// A node reaches itself over loopback, past every rule on its interfaces: that proves nothing.
  private static boolean isOn(VantagePoint place, Node node) {
    return place.node().equals(Optional.of(node.name()));
  }

  private void share(SortedSet<Zone> zones, List<VantagePoint> places) {
    List<Node> nodes = inventory.nodes();
    samples.add(new PlaceSample(zones, places.size(), sampling.perZone()));
    Ring ring = new Ring(places, (double) sampling.perZone() * nodes.size() / places.size());
    Map<String, List<VantagePoint>> lookers = new LinkedHashMap<>();
    record At(Node node, String position) {}
    nodes.stream()
        .map(node -> new At(node, position(node.name())))
        .sorted(Comparator.comparing(At::position))
        .forEach(at -> lookers.put(at.node().name(), ring.after(at.position(), at.node())));
    places.forEach(place -> nodesOf.put(place.name(), new ArrayList<>()));
    for (Node node : nodes) {
      for (VantagePoint place : lookers.getOrDefault(node.name(), List.of())) {
        nodesOf.computeIfAbsent(place.name(), _ -> new ArrayList<>()).add(node);
      }
    }
  }

  private String position(String name) {
    return Sha256.of(seed + " " + name);
  }

  /// Places in a circle, each of which takes so many nodes and no more.
  private final class Ring {
    private record Stand(VantagePoint place, String position) {}

    private final List<Stand> stands;
    private final int[] taken;
    private final int most;

    Ring(List<VantagePoint> places, double mean) {
      stands =
          places.stream()
              .map(place -> new Stand(place, position(place.name())))
              .sorted(Comparator.comparing(Stand::position))
              .toList();
      taken = new int[stands.size()];
      most = (int) Math.ceil(mean * SLACK);
    }

    List<VantagePoint> after(String position, Node node) {
      List<VantagePoint> chosen = new ArrayList<>();
      int first = firstAfter(position);
      // Few places may all be full but for those that look at the node already.
      for (int limit : new int[] {most, Integer.MAX_VALUE}) {
        for (int step = 0; step < taken.length && chosen.size() < sampling.perZone(); step++) {
          int at = (first + step) % taken.length;
          VantagePoint place = stands.get(at).place();
          if (taken[at] < limit && !isOn(place, node) && !chosen.contains(place)) {
            taken[at]++;
            chosen.add(place);
          }
        }
      }
      return chosen;
    }

    private int firstAfter(String position) {
      int low = 0;
      int high = stands.size();
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (stands.get(middle).position().compareTo(position) <= 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }
}
