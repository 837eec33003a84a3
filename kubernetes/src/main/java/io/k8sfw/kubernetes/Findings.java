package io.k8sfw.kubernetes;

import io.k8sfw.matrix.Facts;
import io.k8sfw.model.Network;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What was found out so far. A fact that two sources tell differently is none.
final class Findings {
  private final Reads reads;
  private final SortedMap<String, FoundFact> facts = new TreeMap<>();
  private final SortedMap<String, String> unproven = new TreeMap<>();
  private final Map<Network, String> networks = new LinkedHashMap<>();

  Findings(Reads reads) {
    this.reads = reads;
  }

  /// @param from what proves it
  void prove(String name, String value, String from) {
    FoundFact other = facts.get(name);
    if (unproven.containsKey(name)) {
      return;
    }
    if (other == null) {
      facts.put(name, new FoundFact(name, value, from));
    } else if (!other.value().equals(value)) {
      facts.remove(name);
      unproven(name, other.from() + ": " + other.value() + "; " + from + ": " + value);
    }
  }

  /// @param why for people
  void unproven(String name, String why) {
    if (!facts.containsKey(name) && unproven.putIfAbsent(name, why) == null) {
      reads.note("fact " + name + " is not proven: " + why);
    }
  }

  Optional<String> value(String name) {
    return Optional.ofNullable(facts.get(name)).map(FoundFact::value);
  }

  List<FoundFact> facts() {
    return List.copyOf(facts.values());
  }

  /// As conditions of rules ask for them.
  Facts detected() {
    SortedMap<String, Facts.Fact> values = new TreeMap<>();
    facts.forEach(
        (name, fact) -> values.put(name, new Facts.Fact(fact.value(), Facts.Provenance.DETECTED)));
    return new Facts(values);
  }

  /// Why each fact that was looked for is missing.
  SortedMap<String, String> unproven() {
    return unproven;
  }

  /// A network of pods or Services; what is no network is noted.
  void network(String text, String from) {
    Optional<Network> network = Network.parse(text);
    network.ifPresentOrElse(
        n -> networks.putIfAbsent(n, from),
        () -> reads.note(from + ": " + text + " is no network, and is left out"));
  }

  /// Those that are in no wider one, in the order of their discovery.
  Map<Network, String> networks() {
    Map<Network, String> widest = new LinkedHashMap<>();
    List<Network> all = new ArrayList<>(networks.keySet());
    networks.forEach((network, from) -> {
      boolean covered =
          all.stream().anyMatch(o -> o.bits() < network.bits() && o.contains(network.address()));
      if (!covered) {
        widest.put(network, from);
      }
    });
    return widest;
  }
}
