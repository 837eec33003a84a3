package io.k8sfw.inventory;

import io.k8sfw.model.AddressClass;

/// Something that this audit leaves out on purpose. Always shown, with its reason.
public sealed interface Scope {
  String reason();

  /// Leaves out what one rule asks, and the denials on ports that no other rule names.
  record OfRule(String rule, String reason) implements Scope {}

  /// Leaves out everything from or to a zone.
  record OfZone(String zone, String reason) implements Scope {}

  /// Leaves out everything to addresses of one class.
  record OfAddress(AddressClass type, String reason) implements Scope {}
}
