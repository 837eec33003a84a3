package io.k8sfw.matrix;

import io.k8sfw.model.AddressClass;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// The flows that two rules both speak of, whatever their conditions.
record Overlap(SortedSet<Zone> to, Protocol protocol, PortSet ports, SortedSet<Zone> from) {
  static Optional<Overlap> between(Rule a, Rule b) {
    if (!a.ports().intersects(b.ports())
        || !a.protocol().equals(b.protocol())
        || Collections.disjoint(a.to(), b.to())
        || Collections.disjoint(a.from(), b.from())) {
      return Optional.empty();
    }
    SortedSet<Zone> from = new TreeSet<>(a.from());
    from.removeIf(f -> !b.from().contains(f) || Collections.disjoint(classes(a, f), classes(b, f)));
    if (from.isEmpty()) {
      return Optional.empty();
    }
    SortedSet<Zone> to = new TreeSet<>(a.to());
    to.retainAll(b.to());
    PortSet ports = a.ports().intersect(b.ports());
    return Optional.of(new Overlap(to, a.protocol(), ports, from));
  }

  /// Whether every flow of `narrow` is one of `wide`, whatever their conditions.
  static boolean covers(Rule wide, Rule narrow) {
    return wide.ports().intersects(narrow.ports())
        && wide.protocol().equals(narrow.protocol())
        && wide.to().containsAll(narrow.to())
        && wide.from().containsAll(narrow.from())
        && wide.ports().containsAll(narrow.ports())
        && narrow.from().stream().allMatch(f -> classes(wide, f).containsAll(classes(narrow, f)));
  }

  /// The classes of address that a rule can speak of for traffic from `from`. Where nothing was
  /// written and the source is outside, that is external or internal: it depends on the node.
  static Set<AddressClass> classes(Rule rule, Zone from) {
    return switch (rule.address()) {
      case INTERNAL -> EnumSet.of(AddressClass.INTERNAL);
      case EXTERNAL -> EnumSet.of(AddressClass.EXTERNAL);
      case OVERLAY -> EnumSet.of(AddressClass.OVERLAY);
      case POD -> EnumSet.of(AddressClass.POD);
      case ANY -> EnumSet.allOf(AddressClass.class);
      case DEFAULT ->
          switch (rule.expect()) {
            case FORBIDDEN, PERMITTED -> EnumSet.allOf(AddressClass.class);
            case PATH, REQUIRED ->
                Zones.ROLES.contains(from)
                    ? EnumSet.of(AddressClass.INTERNAL)
                    : EnumSet.of(AddressClass.INTERNAL, AddressClass.EXTERNAL);
          };
    };
  }

  /// `tcp 443 from end-user to worker`.
  @Override
  public String toString() {
    return protocol + " " + ports + " from " + Zones.list(from) + " to " + Zones.list(to);
  }
}
