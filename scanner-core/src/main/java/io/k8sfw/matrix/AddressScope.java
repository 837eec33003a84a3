package io.k8sfw.matrix;

import io.k8sfw.model.AddressClass;
import java.util.Locale;

/// Which of a node's addresses a rule speaks of.
public enum AddressScope {
  /// Nothing was written: internal for `required` and `path` (external for sources outside, where
  /// the node has such an address), any for the rest.
  DEFAULT,
  INTERNAL,
  EXTERNAL,
  OVERLAY,
  POD,
  ANY;

  /// Whether `type` is named in so many words; never true of [#DEFAULT].
  public boolean names(AddressClass type) {
    return this == ANY || name().equals(type.name());
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
