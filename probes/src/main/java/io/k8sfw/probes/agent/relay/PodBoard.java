package io.k8sfw.probes.agent.relay;

import io.k8sfw.model.Untrusted;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// The ConfigMaps of an agent in a pod, by way of the pod's own service account: it gets
/// `NAME-orders` and patches `NAME-results`, and needs no other right.
public final class PodBoard implements Board {
  /// What comes before is the same for both, and of one pod only.
  public static final String ORDERS = "-orders";

  public static final String RESULTS = "-results";

  /// Where every pod finds its account (Kubernetes, "Accessing the Kubernetes API from a Pod").
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  /// A ConfigMap and what the cluster says of it.
  private static final int MOST_BYTES = 2 << 20;

  private static final int MOST_SAID = 200;
  private static final int OK = 200;
  private static final JsonFactory JSON = new JsonFactory();

  private final HttpClient client;
  private final URI configMaps;
  private final String name;
  private final Path token;

  /// @param configMaps where those of the namespace are
  /// @param token a file; read for every request, as the kubelet replaces it
  PodBoard(HttpClient client, URI configMaps, String name, Path token) {
    this.client = client;
    this.configMaps = configMaps;
    this.name = name;
    this.token = token;
  }

  /// That of the pod that this process is in.
  ///
  /// @param variables the environment: every container is told the API server's address
  /// @throws IOException where the pod has no account, or is not in a cluster
  public static PodBoard ofThisPod(Map<String, String> variables, String name) throws IOException {
    String host = variables.getOrDefault("KUBERNETES_SERVICE_HOST", "");
    String port = variables.getOrDefault("KUBERNETES_SERVICE_PORT", "");
    if (host.isEmpty() || port.isEmpty()) {
      throw new IOException("this is no pod: nobody says where the API server is");
    }
    String namespace = Files.readString(ACCOUNT.resolve("namespace")).strip();
    String authority = host.contains(":") ? "[" + host + "]" : host;
    return new PodBoard(
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .sslContext(trusting(ACCOUNT.resolve("ca.crt")))
            .build(),
        URI.create(
            "https://"
                + authority
                + ":"
                + port
                + "/api/v1/namespaces/"
                + namespace
                + "/configmaps/"),
        name,
        ACCOUNT.resolve("token"));
  }

  private static SSLContext trusting(Path authorities) throws IOException {
    try (InputStream in = Files.newInputStream(authorities)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("authority-" + trusted.size(), each);
      }
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("the cluster's authority cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public Parcel read() throws IOException {
    return Parcel.of(data(ask(request(name + ORDERS).GET())));
  }

  @Override
  public void write(Parcel parcel) throws IOException {
    String data =
        parcel.data().entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
            .collect(Collectors.joining(","));
    ask(
        request(name + RESULTS)
            .header("Content-Type", "application/merge-patch+json")
            .method("PATCH", HttpRequest.BodyPublishers.ofString("{\"data\":{" + data + "}}")));
  }

  private HttpRequest.Builder request(String configMap) throws IOException {
    return HttpRequest.newBuilder(configMaps.resolve(configMap))
        .timeout(ANSWER)
        .header("Accept", "application/json")
        .header("Authorization", "Bearer " + Files.readString(token).strip());
  }

  private byte[] ask(HttpRequest.Builder request) throws IOException {
    String server = "the API server at " + configMaps.getAuthority();
    HttpResponse<InputStream> answer;
    byte[] body;
    try {
      answer = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream in = answer.body()) {
        body = in.readNBytes(MOST_BYTES);
      }
    } catch (IOException e) {
      throw new IOException(server + " cannot be reached: " + said(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (answer.statusCode() != OK) {
      String said = new String(body, StandardCharsets.UTF_8);
      throw new IOException(
          server + " said " + answer.statusCode() + ": " + Untrusted.of(said).visible(MOST_SAID));
    }
    return body;
  }

  /// Some of the JDK's own have no message.
  private static String said(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /// The strings of an object's `data`.
  static Map<String, String> data(byte[] object) throws IOException {
    Map<String, String> data = new HashMap<>();
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), object)) {
      in.nextToken();
      for (String field = in.nextName(); field != null; field = in.nextName()) {
        boolean isObject = in.nextToken() == JsonToken.START_OBJECT;
        if (!field.equals("data") || !isObject) {
          in.skipChildren();
          continue;
        }
        for (String key = in.nextName(); key != null; key = in.nextName()) {
          if (in.nextToken() == JsonToken.VALUE_STRING) {
            data.put(key, in.getString());
          } else {
            in.skipChildren();
          }
        }
      }
      return data;
    } catch (JacksonException e) {
      throw new IOException("the API server sent no JSON", e);
    }
  }
}
