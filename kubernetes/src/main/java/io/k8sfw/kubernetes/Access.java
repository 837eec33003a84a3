package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Where the API server is, and who we are to it: from kubeconfig files as `kubectl` finds them, or
/// from what a pod is given. Sends nothing; runs the credentials plugin that a kubeconfig names.
///
/// @param name of the context, or `in-cluster`
/// @param origin what to look at when it does not work, such as `/root/.kube/config`
record Access(String name, String origin, Config config) {
  /// What a pod finds of its service account (Kubernetes, "Accessing the Kubernetes API from a
  /// Pod").
  private static final Path SERVICE_ACCOUNT =
      Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private static final String IN_CLUSTER = "in-cluster";

  static Access find(ClusterChoice choice, Map<String, String> environment)
      throws ClusterUnavailable {
    return find(choice, environment, SERVICE_ACCOUNT);
  }

  static Access find(ClusterChoice choice, Map<String, String> environment, Path account)
      throws ClusterUnavailable {
    List<Path> files = choice.inCluster() ? List.of() : files(choice, environment);
    if (!files.isEmpty()) {
      return ofFiles(files, choice.context(), environment);
    }
    Optional<String> host = variable(environment, "KUBERNETES_SERVICE_HOST");
    if (host.isEmpty() || !Files.isReadable(account.resolve("token"))) {
      throw new ClusterUnavailable(
          choice.inCluster()
              ? "this is no pod of a cluster: there is no " + account.resolve("token")
              : "there is no kubeconfig: name one by --kubeconfig or $KUBECONFIG, or make"
                  + " ~/.kube/config");
    }
    return ofPod(host.get(), environment, account);
  }

  /// Those that are to be merged; none where there is no default one.
  private static List<Path> files(ClusterChoice choice, Map<String, String> environment)
      throws ClusterUnavailable {
    if (choice.kubeconfig().isPresent()) {
      return List.of(readable(choice.kubeconfig().get(), "--kubeconfig"));
    }
    Optional<String> variable = variable(environment, "KUBECONFIG");
    if (variable.isPresent()) {
      List<Path> named =
          Arrays.stream(variable.get().split(File.pathSeparator))
              .filter(word -> !word.isEmpty())
              .map(Path::of)
              .toList();
      List<Path> there = named.stream().filter(Files::exists).toList();
      if (there.isEmpty()) {
        throw new ClusterUnavailable("$KUBECONFIG: there is no file " + variable.get());
      }
      for (Path file : there) {
        readable(file, "$KUBECONFIG");
      }
      return there;
    }
    Path usual =
        Path.of(variable(environment, "HOME").orElse(System.getProperty("user.home")))
            .resolve(".kube/config");
    return Files.exists(usual) ? List.of(readable(usual, "kubeconfig")) : List.of();
  }

  private static Path readable(Path file, String named) throws ClusterUnavailable {
    if (!Files.exists(file)) {
      throw new ClusterUnavailable(named + " " + file + ": there is no such file");
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new ClusterUnavailable(named + " " + file + ": is not a file that can be read");
    }
    return file;
  }

  private static Optional<String> variable(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  private static Access ofFiles(
      List<Path> files, Optional<String> context, Map<String, String> environment)
      throws ClusterUnavailable {
    String origin = files.stream().map(Path::toString).collect(Collectors.joining(", "));
    var parsed = new io.fabric8.kubernetes.api.model.Config[files.size()];
    for (int i = 0; i < parsed.length; i++) {
      parsed[i] = parsed(files.get(i));
    }
    List<String> names =
        Arrays.stream(parsed)
            .flatMap(c -> c.getContexts().stream())
            .map(NamedContext::getName)
            .distinct()
            .toList();
    String wanted = wanted(origin, context, parsed, names);
    if (!hasServer(wanted, parsed)) {
      throw new ClusterUnavailable(
          origin + ": context " + wanted + " names a cluster without a server");
    }
    Config config = Config.empty();
    try {
      // Not by Config.autoConfigure, which heeds system properties, variables and files that the
      // user did not name, and takes the current context where the one that was named is missing.
      KubeConfigUtils.merge(config, wanted, parsed);
    } catch (RuntimeException e) {
      throw new ClusterUnavailable(
          origin + ": context " + wanted + " cannot be used: " + Failures.line(e), e);
    }
    if (config.getHttpsProxy() == null) {
      proxied(config, environment);
    }
    requireValid(config, origin + ": context " + wanted);
    return new Access(wanted, origin + ", context " + wanted, config);
  }

  private static io.fabric8.kubernetes.api.model.Config parsed(Path file)
      throws ClusterUnavailable {
    io.fabric8.kubernetes.api.model.Config parsed;
    try {
      parsed = KubeConfigUtils.parseConfig(file.toFile());
    } catch (RuntimeException e) {
      // Without what the parser says: it quotes the file, and keys are in there.
      throw new ClusterUnavailable(file + ": is not a kubeconfig", e);
    }
    if (parsed == null || parsed.getContexts() == null || parsed.getContexts().isEmpty()) {
      throw new ClusterUnavailable(file + ": is not a kubeconfig with contexts");
    }
    return parsed;
  }

  private static String wanted(
      String origin,
      Optional<String> context,
      io.fabric8.kubernetes.api.model.Config[] parsed,
      List<String> names)
      throws ClusterUnavailable {
    String there = "; there are: " + String.join(", ", names);
    if (context.isPresent()) {
      if (!names.contains(context.get())) {
        throw new ClusterUnavailable(origin + ": there is no context " + context.get() + there);
      }
      return context.get();
    }
    String current =
        Arrays.stream(parsed)
            .map(io.fabric8.kubernetes.api.model.Config::getCurrentContext)
            .filter(c -> c != null && !c.isEmpty())
            .findFirst()
            .orElseThrow(() ->
                new ClusterUnavailable(
                    origin + ": has no current context: name one by --context" + there));
    if (!names.contains(current)) {
      throw new ClusterUnavailable(
          origin + ": its current context " + current + " is not in it" + there);
    }
    return current;
  }

  /// The client would go to `kubernetes.default.svc` without one.
  private static boolean hasServer(
      String context, io.fabric8.kubernetes.api.model.Config[] parsed) {
    Optional<String> cluster =
        Arrays.stream(parsed)
            .flatMap(c -> c.getContexts().stream())
            .filter(c -> context.equals(c.getName()) && c.getContext() != null)
            .findFirst()
            .map(c -> c.getContext().getCluster());
    return Arrays.stream(parsed)
        .flatMap(c -> c.getClusters().stream())
        .filter(c -> cluster.equals(Optional.ofNullable(c.getName())) && c.getCluster() != null)
        .anyMatch(c -> c.getCluster().getServer() != null && !c.getCluster().getServer().isEmpty());
  }

  /// As other programs have it: curl(1), ENVIRONMENT.
  private static void proxied(Config config, Map<String, String> environment) {
    variable(environment, "HTTPS_PROXY")
        .or(() -> variable(environment, "https_proxy"))
        .ifPresent(config::setHttpsProxy);
    variable(environment, "NO_PROXY")
        .or(() -> variable(environment, "no_proxy"))
        .ifPresent(hosts -> config.setNoProxy(hosts.split(",")));
  }

  /// Servers tell nobody why they refuse a certificate: its dates can be read here.
  private static void requireValid(Config config, String origin) throws ClusterUnavailable {
    Optional<byte[]> pem = certificate(config, origin);
    if (pem.isEmpty()) {
      return;
    }
    try (InputStream in = new ByteArrayInputStream(pem.get())) {
      var certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      Instant now = Instant.now();
      Instant from = certificate.getNotBefore().toInstant();
      Instant until = certificate.getNotAfter().toInstant();
      if (now.isAfter(until)) {
        throw new ClusterUnavailable(origin + ": the client certificate expired at " + until);
      }
      if (now.isBefore(from)) {
        throw new ClusterUnavailable(origin + ": the client certificate holds from " + from);
      }
    } catch (CertificateException | IOException e) {
      throw new ClusterUnavailable(origin + ": the client certificate cannot be read", e);
    }
  }

  private static Optional<byte[]> certificate(Config config, String origin)
      throws ClusterUnavailable {
    try {
      if (config.getClientCertData() != null) {
        return Optional.of(Base64.getMimeDecoder().decode(config.getClientCertData()));
      }
      if (config.getClientCertFile() != null) {
        return Optional.of(Files.readAllBytes(Path.of(config.getClientCertFile())));
      }
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      throw new ClusterUnavailable(origin + ": the client certificate cannot be read", e);
    }
  }

  private static Access ofPod(String host, Map<String, String> environment, Path account) {
    Config config = Config.empty();
    String port = variable(environment, "KUBERNETES_SERVICE_PORT").orElse("443");
    config.setMasterUrl(
        "https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/");
    Path token = account.resolve("token");
    // Read anew each time: the kubelet replaces it before it expires.
    config.setOauthTokenProvider(() -> read(token));
    Path authority = account.resolve("ca.crt");
    if (Files.isReadable(authority)) {
      config.setCaCertFile(authority.toString());
    }
    return new Access(IN_CLUSTER, token.toString(), config);
  }

  private static String read(Path token) {
    try {
      return Files.readString(token, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      return "";
    }
  }
}
