package io.k8sfw.matrix;

import io.k8sfw.model.Zone;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// The whole policy, as a file or built-in states it, or several of them together.
///
/// @param source the file as the user named it, or `builtin:NAME`; several joined by ` + `
/// @param sha256 of the file's bytes, 64 hex digits: it says which policy was audited, and seeds
///   samples. Of several, that of their own, a line each
/// @param rules in the order of the files; never empty
/// @param watch ports that are looked at from every vantage point, forbidden unless a rule says
///   otherwise
/// @param aliases every word for zones that this matrix knows: the built-in ones, with its own on
///   top
/// @param parts what it was read from, in order; never empty
/// @param chosen why it was chosen, where the user named none
public record Matrix(
    String name,
    int version,
    String source,
    String sha256,
    List<Rule> rules,
    Policy policy,
    List<ProtocolPorts> watch,
    ZoneWords aliases,
    List<Part> parts,
    Optional<String> chosen) {
  /// One of the files that a matrix was read from.
  ///
  /// @param source as the user named it, or `builtin:NAME`
  /// @param sha256 of its bytes, 64 hex digits
  public record Part(String name, String source, String sha256) {}

  /// Of one file.
  public Matrix(
      String name,
      int version,
      String source,
      String sha256,
      List<Rule> rules,
      Policy policy,
      List<ProtocolPorts> watch,
      ZoneWords aliases) {
    this(
        name,
        version,
        source,
        sha256,
        rules,
        policy,
        watch,
        aliases,
        List.of(new Part(name, source, sha256)),
        Optional.empty());
  }

  public Matrix {
    rules = List.copyOf(rules);
    watch = List.copyOf(watch);
    parts = List.copyOf(parts);
  }

  /// The same, chosen for a reason.
  public Matrix chosen(String because) {
    return new Matrix(
        name, version, source, sha256, rules, policy, watch, aliases, parts, Optional.of(because));
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
