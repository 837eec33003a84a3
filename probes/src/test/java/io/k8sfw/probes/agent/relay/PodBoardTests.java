package io.k8sfw.probes.agent.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an agent in a pod says to an API server, on loopback.
class PodBoardTests {
  private static final Parcel PARCEL = new Parcel(3, "b25l", "ab12", 2, true);

  @TempDir Path directory = Path.of("");

  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile int code = 200;
  private volatile String answer = "{}";

  PodBoardTests() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    server.createContext("/", this::serve);
  }

  @BeforeEach
  void start() throws IOException {
    Files.writeString(directory.resolve("token"), "secret\n");
    server.start();
  }

  @AfterEach
  void end() {
    client.close();
    server.stop(0);
  }

  @Test
  void ordersAreRead() throws Exception {
    answer =
        """
        {"kind":"ConfigMap","metadata":{"name":"x","labels":{"data":"no"}},
         "data":{"number":"3","content":"b25l","digest":"ab12","taken":"2","last":"true"}}
        """;

    assertThat(board().read()).isEqualTo(PARCEL);
    assertThat(asked).containsExactly("GET /configmaps/p-orders Bearer secret ");
  }

  @Test
  void aNewConfigMapHasNothingInIt() throws Exception {
    answer = "{\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"x\"}}";

    assertThat(board().read()).isEqualTo(Parcel.NONE);
  }

  @Test
  void resultsAreMergedIntoTheOtherConfigMap() throws Exception {
    board().write(PARCEL);

    assertThat(asked).hasSize(1);
    String[] words = asked.getFirst().split(" ", 5);
    assertThat(words).startsWith("PATCH", "/configmaps/p-results", "Bearer", "secret");
    assertThat(PodBoard.data(words[4].getBytes(UTF_8))).isEqualTo(PARCEL.data());
  }

  @Test
  void aTokenThatWasReplacedIsUsed() throws Exception {
    PodBoard board = board();
    board.read();
    Files.writeString(directory.resolve("token"), "newer");

    board.read();

    assertThat(asked.getLast()).contains("Bearer newer");
  }

  @Test
  void aRefusalIsOneLine() {
    code = 403;
    answer = "{\"message\":\"configmaps \\\"p-orders\\\" is forbidden\u0007\"}";

    assertThatThrownBy(() -> board().read())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the API server at 127.0.0.1:")
        .hasMessageContaining(" said 403: ")
        .hasMessageContaining("is forbidden")
        .message()
        .doesNotContain("\u0007");
  }

  @Test
  void anApiServerThatIsNotThereIsOneLine() {
    server.stop(0);

    assertThatThrownBy(() -> board().read())
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(BrokenRelayException.class)
        .hasMessageContaining("cannot be reached: ");
  }

  @Test
  void somethingElseThanJsonIsNoParcel() {
    answer = "<html>";

    assertThatThrownBy(() -> board().read()).isInstanceOf(IOException.class);
  }

  @Test
  void whatIsNoPodSaysSo() {
    assertThatThrownBy(() -> PodBoard.ofThisPod(Map.of(), "p"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("this is no pod");
  }

  private PodBoard board() {
    URI configMaps =
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/configmaps/");
    return new PodBoard(client, configMaps, "p", directory.resolve("token"));
  }

  private void serve(HttpExchange exchange) throws IOException {
    asked.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI().getPath()
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization")
            + " "
            + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
    byte[] bytes = answer.getBytes(UTF_8);
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
