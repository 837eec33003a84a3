package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.k8sfw.model.Untrusted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What an API server's refusal means, in one line that says what to do.
final class ApiFailure {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  /// What an API server says of its own request to a kubelet, before what came of it (net/url,
  /// Error).
  private static final String REQUEST = "^[A-Z][a-z]+ \"[^\"]*\": ";

  private ApiFailure() {}

  /// Why a pod cannot be created.
  static String ofCreating(KubernetesClientException e, String namespace) {
    String said = words(e);
    if (e.getCode() == NOT_FOUND) {
      return "there is no namespace "
          + namespace
          + " in the cluster; make it first (docs/pods.md), or name another by --namespace";
    }
    if (e.getCode() != FORBIDDEN) {
      return "its pod cannot be made: " + of(e);
    }
    if (said.contains("exceeded quota")) {
      return "a quota of namespace " + namespace + " refuses its pod: " + said;
    }
    if (said.contains("violates PodSecurity") || said.contains("unable to validate against any")) {
      return "the pod security of namespace "
          + namespace
          + " refuses its pod (agents of nodes share the node's network, which takes"
          + " pod-security.kubernetes.io/enforce=privileged): "
          + said;
    }
    return "its pod cannot be made: " + of(e);
  }

  /// Any failure.
  static String of(KubernetesClientException e) {
    String said = words(e);
    if (e.getCode() <= 0) {
      return "the API server does not answer: " + said;
    }
    return switch (e.getCode()) {
      case UNAUTHORIZED -> "the API server does not know who asks: " + said;
      case FORBIDDEN -> "not allowed: " + said + "; see k8sfw-audit cluster rbac";
      default -> "the API server said " + e.getCode() + ": " + said;
    };
  }

  /// The server's own words where there are any; else of the innermost cause.
  static String words(KubernetesClientException e) {
    String words =
        Optional.ofNullable(e.getStatus())
            .map(Status::getMessage)
            .filter(m -> !m.isBlank())
            .orElseGet(() -> innermost(e));
    return Untrusted.of(words.replaceFirst(REQUEST, "")).visible();
  }

  /// The innermost message of those that caused each other.
  static String innermost(@Nullable Throwable e) {
    String said = "it is not known why";
    for (Throwable cause : causes(e)) {
      said = cause.getMessage() == null ? said : cause.getMessage();
    }
    return Untrusted.of(said).visible();
  }

  /// Those that caused each other, outermost first. The client's may go in circles.
  static List<Throwable> causes(@Nullable Throwable e) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable cause = e; cause != null && !causes.contains(cause); cause = cause.getCause()) {
      causes.add(cause);
    }
    return causes;
  }
}
