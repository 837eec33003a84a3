package io.k8sfw.matrix;

import io.k8sfw.input.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/// The matrices that come with the program, as `builtin:NAME`.
public final class BuiltinMatrices {
  private static final List<String> NAMES = List.of("seed", "seed-corrected", "kubeadm", "flannel");

  private BuiltinMatrices() {}

  /// In the order to show them.
  public static List<String> names() {
    return NAMES;
  }

  public static Optional<Matrix> find(String name) {
    return text(name).map(bytes -> read(name, bytes));
  }

  private static Matrix read(String name, byte[] bytes) {
    try {
      return MatrixReader.read("builtin:" + name, bytes);
    } catch (InvalidInputException e) {
      throw new IllegalStateException("a built-in matrix can be read", e);
    }
  }

  /// The file itself, for who wants to start from it.
  public static Optional<byte[]> text(String name) {
    return NAMES.contains(name) ? Optional.of(resource(name + ".yaml")) : Optional.empty();
  }

  private static byte[] resource(String file) {
    try (InputStream in = BuiltinMatrices.class.getResourceAsStream("builtin/" + file)) {
      if (in == null) {
        throw new IllegalStateException("a built-in matrix is in the jar: " + file);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
