package io.k8sfw.matrix;

import io.k8sfw.input.YamlValue;
import io.k8sfw.model.Zone;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Reading and writing sets of zones.
public final class Zones {
  /// Places outside the cluster's nodes, which nothing is sent to.
  static final Set<Zone> OUTSIDE =
      Set.of(Zone.END_USER, Zone.API_CLIENT, Zone.CLUSTER_ADMIN, Zone.POD, Zone.EXTERNAL);

  /// The built-in roles of nodes.
  static final Set<Zone> ROLES = Set.of(Zone.CONTROL_PLANE, Zone.WORKER, Zone.ETCD, Zone.INGRESS);

  private Zones() {}

  static SortedSet<Zone> of(Zone... zones) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(Set.of(zones)));
  }

  /// The zones that a word or a list of words stands for; empty when something is wrong with it,
  /// which has been told.
  public static SortedSet<Zone> read(YamlValue value, ZoneWords words) {
    SortedSet<Zone> zones = new TreeSet<>();
    for (YamlValue item : value.oneOrMore()) {
      Optional<String> word = item.text();
      Optional<SortedSet<Zone>> meant = word.flatMap(words::zones);
      if (word.isPresent() && meant.isEmpty()) {
        item.rejectWord(word.get(), "a zone", words.words().keySet());
      }
      zones.addAll(meant.orElse(Collections.emptySortedSet()));
    }
    return Collections.unmodifiableSortedSet(zones);
  }

  /// `control-plane and worker`.
  static String list(SortedSet<Zone> zones) {
    String all = zones.stream().map(Zone::name).collect(Collectors.joining(", "));
    int last = all.lastIndexOf(", ");
    return last < 0 ? all : all.substring(0, last) + " and " + all.substring(last + 2);
  }
}
