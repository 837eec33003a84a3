package io.k8sfw.matrix;

import io.k8sfw.input.YamlValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// Reads `{cni: [flannel, canal], backend: vxlan, not: {proxy: ipvs}}`.
final class ConditionReader {
  private ConditionReader() {}

  static Condition read(YamlValue value) {
    List<Condition.Clause> clauses = new ArrayList<>();
    value
        .entries()
        .forEach((key, v) -> {
          if (key.equals("not")) {
            v.entries().forEach((k, nv) -> clause(k, nv, true).ifPresent(clauses::add));
          } else {
            clause(key, v, false).ifPresent(clauses::add);
          }
        });
    return new Condition(clauses);
  }

  private static Optional<Condition.Clause> clause(String fact, YamlValue value, boolean negated) {
    if (!isFactName(fact)) {
      value.reject(
          YamlValue.quote(fact)
              + " is not the name of a fact; write letters, digits and dashes, such as cni");
      return Optional.empty();
    }
    SortedSet<String> values = new TreeSet<>();
    for (YamlValue item : value.oneOrMore()) {
      item.text().ifPresent(t -> values.add(t.toLowerCase(Locale.ROOT)));
    }
    return values.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Condition.Clause(fact, Collections.unmodifiableSortedSet(values), negated));
  }

  private static boolean isFactName(String text) {
    return Facts.isName(text) && !text.equals("not");
  }
}
