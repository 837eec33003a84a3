package io.k8sfw.matrix;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What is known of the cluster: `cni: flannel`, `backend: vxlan`. Conditions of rules ask for it.
public record Facts(SortedMap<String, Fact> values) {
  public static final Facts NONE = new Facts(new TreeMap<>());

  /// @param value in lower case
  /// @param provenance how it is known
  public record Fact(String value, Provenance provenance) {}

  /// How a fact is known.
  public enum Provenance {
    DECLARED,
    DETECTED
  }

  public Facts {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  /// Whether `text` can name a fact: letters, digits and dashes, a letter first, at most 63.
  public static boolean isName(String text) {
    return text.matches("[A-Za-z][A-Za-z0-9-]{0,62}");
  }

  public static Facts declared(Map<String, String> values) {
    SortedMap<String, Fact> facts = new TreeMap<>();
    values.forEach((k, v) -> facts.put(k, new Fact(v, Provenance.DECLARED)));
    return new Facts(facts);
  }

  public Optional<String> value(String key) {
    return Optional.ofNullable(values.get(key)).map(Fact::value);
  }
}
