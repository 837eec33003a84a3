package io.k8sfw.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodListBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// As much of an API server as pods need, on loopback.
final class FakeApiServer implements AutoCloseable {
  /// Answers in place of the server.
  record Answer(int code, String body) {
    /// The connection ends without one.
    static final Answer NONE = new Answer(0, "");

    static Answer status(int code, String reason, String message) {
      return new Answer(
          code,
          Serialization.asJson(
              new StatusBuilder()
                  .withStatus("Failure")
                  .withCode(code)
                  .withReason(reason)
                  .withMessage(message)
                  .build()));
    }
  }

  private static final Set<String> KINDS =
      Set.of("configmaps", "serviceaccounts", "roles", "rolebindings");

  final Map<String, Pod> pods = new ConcurrentHashMap<>();

  /// Everything else that somebody made, in JSON, by its path.
  final Map<String, String> others = new ConcurrentHashMap<>();

  final List<String> asked = new CopyOnWriteArrayList<>();

  /// By method and path; null to answer as a server does.
  volatile Function<String, @Nullable Answer> instead = _ -> null;

  /// What the cluster makes of a pod that was created.
  volatile Function<Pod, Pod> starting = pod -> pod;

  /// What the cluster makes of a pod that is to end; null where it is gone at once.
  volatile Function<Pod, @Nullable Pod> ending = _ -> null;

  private final HttpServer server;

  FakeApiServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder(io.fabric8.kubernetes.client.Config.empty())
                .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/")
                .withRequestRetryBackoffLimit(0)
                .build())
        .build();
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String question = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    asked.add(question);
    Answer answer = instead.apply(question);
    if (answer == null) {
      answer = answer(exchange.getRequestMethod(), exchange.getRequestURI().getPath(), body);
    }
    if (answer.equals(Answer.NONE)) {
      exchange.close();
      return;
    }
    byte[] said = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(answer.code(), said.length);
    exchange.getResponseBody().write(said);
    exchange.close();
  }

  private Answer answer(String method, String path, byte[] body) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    boolean all = path.endsWith("/pods");
    if (method.equals("POST") && all) {
      Pod pod = Serialization.unmarshal(new String(body, StandardCharsets.UTF_8), Pod.class);
      Pod made = starting.apply(pod);
      pods.put(pod.getMetadata().getName(), made);
      return new Answer(201, Serialization.asJson(made));
    }
    if (method.equals("GET") && all) {
      return new Answer(
          200,
          Serialization.asJson(new PodListBuilder().withItems(List.copyOf(pods.values())).build()));
    }
    Pod pod = pods.get(name);
    if (pod != null && method.equals("DELETE")) {
      delete(name, pod, body);
    }
    return pod != null && (method.equals("GET") || method.equals("DELETE"))
        ? new Answer(200, Serialization.asJson(pod))
        : other(method, path, body);
  }

  private void delete(String name, Pod pod, byte[] body) {
    String options = new String(body, StandardCharsets.UTF_8);
    boolean patient =
        Serialization.unmarshal(options, DeleteOptions.class).getGracePeriodSeconds() == null;
    Pod left = patient ? ending.apply(pod) : null;
    if (left == null) {
      pods.remove(name);
    } else {
      pods.put(name, left);
    }
  }

  private Answer other(String method, String path, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    if (KINDS.contains(path.substring(path.lastIndexOf('/') + 1))) {
      if (method.equals("POST")) {
        HasMetadata made = Serialization.unmarshal(text, GenericKubernetesResource.class);
        others.put(path + "/" + made.getMetadata().getName(), text);
        return new Answer(201, text);
      }
      String items =
          others.entrySet().stream()
              .filter(each -> each.getKey().startsWith(path + "/"))
              .map(Map.Entry::getValue)
              .collect(Collectors.joining(","));
      return new Answer(200, "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[" + items + "]}");
    }
    String found = method.equals("DELETE") ? others.remove(path) : others.get(path);
    if (found != null) {
      return new Answer(200, found);
    }
    String name = path.substring(path.lastIndexOf('/') + 1);
    return Answer.status(404, "NotFound", "\"" + name + "\" not found");
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
