package io.k8sfw.matrix;

import java.util.SortedSet;
import java.util.TreeSet;

/// The values that a condition leaves to one fact.
///
/// @param excluded whether `values` are those it must not have, and not those it may have
record FactValues(boolean excluded, SortedSet<String> values) {
  static final FactValues ANY = new FactValues(true, new TreeSet<>());

  FactValues and(FactValues other) {
    SortedSet<String> both = new TreeSet<>(excluded ? other.values : values);
    if (excluded && other.excluded) {
      both.addAll(values);
    } else if (excluded) {
      both.removeAll(values);
    } else if (other.excluded) {
      both.removeAll(other.values);
    } else {
      both.retainAll(other.values);
    }
    return new FactValues(excluded && other.excluded, both);
  }

  boolean isNone() {
    return !excluded && values.isEmpty();
  }

  /// Whether each of these values is one of the others'. Of the open set of values that are not
  /// excluded, some always lie outside a list.
  boolean isWithin(FactValues other) {
    return and(other).equals(this);
  }
}
