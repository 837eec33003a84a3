package io.k8sfw.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// An API server on loopback that has the objects a test gives it, answers 404 for everything else,
/// and refuses what it is told to refuse.
final class FakeApi implements AutoCloseable {
  private record Refusal(int code, String message) {}

  private final HttpServer server;
  private final Map<String, String> objects = new ConcurrentHashMap<>();
  private final Map<String, Refusal> refusals = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();

  FakeApi() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    has("/version", "{\"major\":\"1\",\"minor\":\"34\",\"gitVersion\":\"v1.34.1\"}");
  }

  /// One object, or anything else in JSON.
  FakeApi has(String path, String json) {
    objects.put(path, json);
    return this;
  }

  /// All objects of a kind.
  FakeApi lists(String path, String apiVersion, String kind, String... items) {
    return has(
        path,
        "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{},\"items\":[%s]}"
            .formatted(apiVersion, kind, String.join(",", items)));
  }

  FakeApi nodes(String... items) {
    return lists("/api/v1/nodes", "v1", "NodeList", items);
  }

  FakeApi services(String... items) {
    return lists("/api/v1/services", "v1", "ServiceList", items);
  }

  FakeApi slices(String... items) {
    return lists(
        "/apis/discovery.k8s.io/v1/endpointslices",
        "discovery.k8s.io/v1",
        "EndpointSliceList",
        items);
  }

  FakeApi configMap(String namespace, String name, String key, String value) {
    return has(
        "/api/v1/namespaces/" + namespace + "/configmaps/" + name,
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\"},\"data\":{%s:%s}}"
            .formatted(name, quoted(key), quoted(value)));
  }

  FakeApi configMap(String namespace, String name, Map<String, String> data) {
    StringBuilder pairs = new StringBuilder();
    data.forEach((key, value) ->
        pairs
            .append(pairs.isEmpty() ? "" : ",")
            .append(quoted(key))
            .append(':')
            .append(quoted(value)));
    return has(
        "/api/v1/namespaces/" + namespace + "/configmaps/" + name,
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{},\"data\":{" + pairs + "}}");
  }

  FakeApi daemonSet(String namespace, String name, String env) {
    return has(
        "/apis/apps/v1/namespaces/" + namespace + "/daemonsets/" + name,
        """
        {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"%s"},
         "spec":{"template":{"spec":{"containers":[{"name":"c","env":[%s]}]}}}}
        """
            .formatted(name, env));
  }

  /// Every path below `prefix` is refused.
  FakeApi refuses(String prefix, int code, String message) {
    refusals.put(prefix, new Refusal(code, message));
    return this;
  }

  /// Paths, in the order in which they were asked for.
  List<String> asked() {
    return asked;
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// A kubeconfig whose context `test` leads here.
  Path kubeconfig(Path directory) throws IOException {
    return Files.writeString(directory.resolve("config"), kubeconfig(url(), "token: secret"));
  }

  static String kubeconfig(String server, String user) {
    return """
    apiVersion: v1
    kind: Config
    current-context: test
    contexts:
    - {name: test, context: {cluster: c, user: u}}
    - {name: other, context: {cluster: c, user: u}}
    clusters:
    - {name: c, cluster: {server: "%s"}}
    users:
    - {name: u, user: {%s}}
    """
        .formatted(server, user);
  }

  ClusterConnection open(Path directory) throws IOException, ClusterUnavailable {
    return ClusterConnection.open(
        new ClusterChoice(Optional.of(kubeconfig(directory)), Optional.empty(), false), Map.of());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    asked.add(path);
    Optional<Refusal> refusal =
        refusals.entrySet().stream()
            .filter(each -> path.startsWith(each.getKey()))
            .map(Map.Entry::getValue)
            .findFirst();
    int code = refusal.map(Refusal::code).orElse(objects.containsKey(path) ? 200 : 404);
    String body =
        code == 200
            ? String.valueOf(objects.get(path))
            : """
            {"apiVersion":"v1","kind":"Status","status":"Failure","code":%d,"message":%s}
            """
                .formatted(code, quoted(refusal.map(Refusal::message).orElse("not found")));
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, bytes.length);
    try (var out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }

  /// As JSON.
  static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.chars()
        .forEach(c -> {
          if (c == '"' || c == '\\') {
            out.append('\\').append((char) c);
          } else if (c < 0x20) {
            out.append("\\u%04x".formatted(c));
          } else {
            out.append((char) c);
          }
        });
    return out.append('"').toString();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
