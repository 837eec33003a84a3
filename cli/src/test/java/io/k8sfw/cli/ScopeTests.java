package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an audit of a live cluster leaves out, by `--scope`. The cluster is an API server on
/// loopback that has two workers and nothing else: as a managed one has it, no control plane.
class ScopeTests {
  private static final String NODES =
      """
      {"apiVersion":"v1","kind":"NodeList","metadata":{},"items":[%s,%s]}
      """
          .formatted(node("w1", "10.0.0.21"), node("w2", "10.0.0.22"));

  @TempDir Path directory = Path.of("");

  private final Terminal terminal = new Terminal();

  private final HttpServer server;

  ScopeTests() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    server.createContext("/", ScopeTests::answer);
  }

  @BeforeEach
  void write() throws IOException {
    server.start();
    Files.writeString(
        directory.resolve("config"),
        """
        apiVersion: v1
        kind: Config
        current-context: test
        contexts: [{name: test, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
        users: [{name: u, user: {token: secret}}]
        """
            .formatted(server.getAddress().getPort()));
    Files.writeString(
        directory.resolve("matrix.yaml"),
        """
        matrix: few
        version: 1
        rules:
        - {id: ssh, to: worker, protocol: tcp, ports: 22, from: [cluster-admin], expect: required}
        - {id: kubelet, to: worker, protocol: tcp, ports: 10250, from: [control-plane], expect: required}
        """);
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  @Test
  void whatIsOutOfScopeIsSaidWithItsReason() throws Exception {
    scope("outOfScope: [{zone: cluster-admin, reason: audited from outside}]\n");

    assertThat(plan("--scope", scope().toString())).as(terminal.err()).isZero();

    assertThat(terminal.out())
        .contains("Out of scope, as the inventory wants it:")
        .contains("cluster-admin")
        .contains("audited from outside");
  }

  @Test
  void aControlPlaneWithoutNodesIsAGapWithAndWithoutAScope() throws Exception {
    scope("outOfScope: [{zone: cluster-admin, reason: audited from outside}]\n");

    assertThat(plan("--scope", scope().toString())).as(terminal.err()).isZero();

    assertThat(terminal.out()).contains("no vantage point in zone control-plane");
    assertThat(terminal.out()).doesNotContain("no vantage point in zone cluster-admin");
  }

  @Test
  void aScopeIsNothingButOutOfScope() throws Exception {
    scope("outOfScope: [{zone: nowhere-at-all}]\nnodes: []\n");

    assertThat(plan("--scope", scope().toString())).isEqualTo(ExitCodes.USAGE);

    assertThat(terminal.err()).contains("scope.yaml:1:").contains("scope.yaml:2:");
  }

  @Test
  void aFileOfAnInventoryHasItsOwn() throws Exception {
    scope("outOfScope: []\n");
    Path inventory =
        Files.writeString(
            directory.resolve("inventory.yaml"),
            "inventory: one\nnodes:\n- {name: w1, zones: [worker], addresses: [10.0.0.21]}\n");

    int code =
        terminal.run(
            "plan",
            "-m",
            directory.resolve("matrix.yaml").toString(),
            "-i",
            inventory.toString(),
            "--scope",
            scope().toString());

    assertThat(code).isEqualTo(ExitCodes.USAGE);
    assertThat(terminal.err()).contains("--scope is for a live cluster without -i");
  }

  private int plan(String... more) {
    return terminal.run(
        "plan",
        "-m",
        directory.resolve("matrix.yaml").toString(),
        "--kubeconfig",
        directory.resolve("config").toString(),
        more[0],
        more[1]);
  }

  private Path scope() {
    return directory.resolve("scope.yaml");
  }

  private void scope(String text) throws IOException {
    Files.writeString(scope(), text);
  }

  private static String node(String name, String address) {
    return """
    {"metadata":{"name":"%s"},"spec":{},
     "status":{"addresses":[{"type":"InternalIP","address":"%s"}]}}
    """
        .formatted(name, address);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    boolean isNodes = exchange.getRequestURI().getPath().equals("/api/v1/nodes");
    byte[] body = (isNodes ? NODES : "{}").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(isNodes ? 200 : 404, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
