package io.k8sfw.kubernetes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// The rights that discovery and agents need, and no more.
public final class Rbac {
  /// Where agents run unless told otherwise.
  public static final String NAMESPACE = "k8sfw-audit";

  private static final String RESOURCE = "rbac.yaml";

  private Rbac() {}

  /// RFC 1123 section 2.1, as Kubernetes has it for namespaces.
  public static boolean isNamespace(String text) {
    return text.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  }

  /// For `kubectl apply`: namespace, service account, roles and their bindings, with comments.
  ///
  /// @param namespace as [#isNamespace] takes it
  public static String manifest(String namespace) {
    if (!isNamespace(namespace)) {
      throw new IllegalArgumentException("not a namespace: " + namespace);
    }
    try (InputStream in = Rbac.class.getResourceAsStream(RESOURCE)) {
      String text =
          new String(Objects.requireNonNull(in, RESOURCE).readAllBytes(), StandardCharsets.UTF_8);
      return text.replace("NAMESPACE", namespace);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
