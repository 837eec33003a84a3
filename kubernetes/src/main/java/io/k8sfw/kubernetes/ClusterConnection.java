package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.VersionInfo;
import java.util.Map;
import java.util.Optional;

/// A way to the API server of one cluster that has answered once. May be used by several threads.
public final class ClusterConnection implements AutoCloseable {
  /// How long a connection may take: more than any path that is worth an audit.
  private static final int CONNECT_MILLIS = 5_000;

  /// How long an answer may take: 500 large nodes from a slow API server.
  private static final int ANSWER_MILLIS = 30_000;

  /// An API server that restarts is asked again, after 0.1 and 0.2 seconds.
  private static final int RETRIES = 2;

  private final String name;
  private final String server;
  private final Optional<String> version;
  private final KubernetesClient client;

  private ClusterConnection(
      String name, String server, Optional<String> version, KubernetesClient client) {
    this.name = name;
    this.server = server;
    this.version = version;
    this.client = client;
  }

  /// @param environment the variables of the process: `KUBECONFIG`, `HOME`, those of a pod, and of
  ///   proxies
  /// @throws ClusterUnavailable where there is no such cluster, it cannot be reached, or it does
  ///   not take us for anybody
  public static ClusterConnection open(ClusterChoice choice, Map<String, String> environment)
      throws ClusterUnavailable {
    Access access = Access.find(choice, environment);
    Config config = access.config();
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setRequestTimeout(ANSWER_MILLIS);
    config.setRequestRetryBackoffLimit(RETRIES);
    config.setUserAgent("k8sfw-audit");
    KubernetesClient client;
    try {
      client = new KubernetesClientBuilder().withConfig(config).build();
    } catch (RuntimeException e) {
      throw new ClusterUnavailable(
          access.origin() + ": its credentials or certificates cannot be used: " + Failures.line(e),
          e);
    }
    try {
      return new ClusterConnection(
          access.name(), config.getMasterUrl(), version(client, access), client);
    } catch (ClusterUnavailable e) {
      client.close();
      throw e;
    }
  }

  /// Empty where `/version` is not for everybody, or not there, as behind some gateways.
  private static Optional<String> version(KubernetesClient client, Access access)
      throws ClusterUnavailable {
    try {
      return Optional.ofNullable(client.getKubernetesVersion()).map(VersionInfo::getGitVersion);
    } catch (KubernetesClientException e) {
      if (e.getCode() == Failures.FORBIDDEN && !Failures.isAnonymous(e)) {
        return Optional.empty();
      }
      throw Failures.of(e, access.config().getMasterUrl(), access.origin());
    }
  }

  /// The kubeconfig's context, or `in-cluster`.
  public String name() {
    return name;
  }

  /// The API server's URL.
  public String server() {
    return server;
  }

  /// Of the API server, such as `v1.20.2`; empty where it does not tell.
  public Optional<String> version() {
    return version;
  }

  KubernetesClient client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
  }
}
