package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/// What went wrong between us and an API server, as one line.
final class Failures {
  static final int UNAUTHORIZED = 401;
  static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;

  private Failures() {}

  /// @param origin where the credentials are from
  static ClusterUnavailable of(KubernetesClientException e, String server, String origin) {
    String line =
        switch (e.getCode()) {
          case UNAUTHORIZED ->
              "does not know who we are (401): the credentials of " + origin + " are not valid";
          case FORBIDDEN ->
              isAnonymous(e)
                  ? "takes us for system:anonymous (403): there are no credentials in " + origin
                  : "refuses us (403): " + message(e);
          default -> e.getCode() > 0 ? "answers " + e.getCode() + ": " + message(e) : unreached(e);
        };
    return new ClusterUnavailable("the API server " + server + " " + line, e);
  }

  /// What the server calls whoever shows no credentials that it could read (Kubernetes,
  /// "Authenticating", Anonymous requests).
  static boolean isAnonymous(KubernetesClientException e) {
    return e.getCode() == FORBIDDEN && message(e).contains("system:anonymous");
  }

  /// The server's own words, or what there is.
  static String message(KubernetesClientException e) {
    return Optional.ofNullable(e.getStatus()).map(Status::getMessage).orElseGet(() -> line(e));
  }

  /// The innermost message, in one line.
  static String line(Throwable e) {
    List<Throwable> chain = chain(e);
    for (int i = chain.size() - 1; i >= 0; i--) {
      String message = chain.get(i).getMessage();
      if (message != null && !message.isBlank()) {
        return message.lines().findFirst().orElse("").strip();
      }
    }
    return chain.getLast().getClass().getSimpleName();
  }

  private static List<Throwable> chain(Throwable e) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable each = e; each != null && !chain.contains(each); each = each.getCause()) {
      chain.add(each);
    }
    return chain;
  }

  private static String unreached(Throwable e) {
    List<Throwable> chain = chain(e);
    Optional<String> certificate = chain.stream().flatMap(t -> certificate(t).stream()).findFirst();
    if (certificate.isPresent()) {
      return certificate.get();
    }
    for (Throwable each : chain.reversed()) {
      Optional<String> known =
          switch (each) {
            case UnknownHostException _, UnresolvedAddressException _ ->
                Optional.of("cannot be reached: its name has no address here");
            case NoRouteToHostException _ -> Optional.of("cannot be reached: " + line(each));
            case HttpTimeoutException _, TimeoutException _ ->
                Optional.of("does not answer in time");
            case ConnectException _ -> Optional.of("cannot be reached: " + line(each));
            case SSLException _ -> Optional.of(tls(line(each)));
            default -> Optional.empty();
          };
      if (known.isPresent()) {
        return known.get();
      }
    }
    return "gives no answer that can be read: " + line(e);
  }

  private static Optional<String> certificate(Throwable e) {
    String message = String.valueOf(e.getMessage());
    return switch (e) {
      case CertificateExpiredException _ -> Optional.of("shows an expired certificate: " + message);
      case CertificateNotYetValidException _ ->
          Optional.of("shows a certificate that does not hold yet: " + message);
      case CertPathValidatorException _ -> Optional.empty();
      default ->
          message.contains("valid certification path")
              ? Optional.of("shows a certificate that the kubeconfig's authority did not sign")
              : message.contains("subject alternative") || message.contains("No name matching")
                  ? Optional.of("shows a certificate for another name: " + message)
                  : Optional.empty();
    };
  }

  /// Alerts: RFC 8446 section 6.2, as the JDK words them.
  private static String tls(String message) {
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("not an ssl/tls record") || lower.contains("unrecognized ssl message")) {
      return "does not speak TLS there";
    }
    return lower.contains("fatal alert") && lower.contains("certificate")
        ? "refuses the client certificate: " + message
        : "fails at TLS: " + message;
  }
}
