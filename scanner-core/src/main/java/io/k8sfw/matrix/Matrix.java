package io.k8sfw.matrix;

import io.k8sfw.model.Zone;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/// The whole policy, as one file or built-in states it.
///
/// @param source the file as the user named it, or `builtin:NAME`
/// @param sha256 of the file's bytes, 64 hex digits: it says which policy was audited, and seeds
///   samples
/// @param rules in the order of the file; never empty
/// @param watch ports that are looked at from every vantage point, forbidden unless a rule says
///   otherwise
/// @param aliases every word for zones that this matrix knows: the built-in ones, with its own on
///   top
public record Matrix(
    String name,
    int version,
    String source,
    String sha256,
    List<Rule> rules,
    Policy policy,
    List<ProtocolPorts> watch,
    ZoneWords aliases) {
  public Matrix {
    rules = List.copyOf(rules);
    watch = List.copyOf(watch);
  }

  /// Every zone that any rule names, on either side.
  public SortedSet<Zone> zones() {
    SortedSet<Zone> zones = new TreeSet<>();
    for (Rule rule : rules) {
      zones.addAll(rule.to());
      zones.addAll(rule.from());
    }
    return zones;
  }
}
