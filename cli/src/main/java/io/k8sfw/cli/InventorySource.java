package io.k8sfw.cli;

import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Matrix;
import java.util.List;
import java.util.Optional;

/// Where an inventory comes from; it can be read when there is a matrix whose words it uses.
///
/// @param facts what a live cluster told of itself; empty for a file
/// @param files what the user named, which no output may overwrite
record InventorySource(Reading reading, Optional<Facts> facts, List<String> files) {
  /// Reads it.
  interface Reading {
    Inventory read(Matrix matrix) throws Refusal;
  }

  Inventory read(Matrix matrix) throws Refusal {
    return reading.read(matrix);
  }
}
