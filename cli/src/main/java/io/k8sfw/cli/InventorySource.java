package io.k8sfw.cli;

import io.k8sfw.input.Sha256;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.inventory.Scope;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Matrix;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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

  /// The same, without what a file says.
  ///
  /// @param word that names the file
  /// @param bytes what is in it
  InventorySource leavingOut(String word, byte[] bytes) {
    Reading all =
        matrix -> {
          List<Scope> scopes =
              Inputs.parsed(() -> InventoryReader.readScope(Inputs.source(word), bytes, matrix));
          Inventory whole = reading.read(matrix);
          return whole.leavingOut(scopes, Sha256.of(whole.sha256() + Sha256.of(bytes)));
        };
    return new InventorySource(all, facts, Stream.concat(files.stream(), Stream.of(word)).toList());
  }
}
