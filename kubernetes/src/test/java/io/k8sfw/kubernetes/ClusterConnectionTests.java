package io.k8sfw.kubernetes;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterConnectionTests {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final String PASSWORD = "changeit";

  @TempDir Path directory;

  private Path write(String text) throws Exception {
    return Files.writeString(directory.resolve("config"), text);
  }

  private static ClusterChoice of(Path kubeconfig) {
    return new ClusterChoice(Optional.of(kubeconfig), Optional.empty(), false);
  }

  private static String refusal(ClusterChoice choice, Map<String, String> environment) {
    ClusterUnavailable e =
        catchThrowableOfType(
            ClusterUnavailable.class, () -> ClusterConnection.open(choice, environment).close());
    assertThat(e).isNotNull();
    assertThat(e.getMessage().lines()).hasSize(1);
    return e.getMessage();
  }

  private static String refusal(Path kubeconfig) {
    return refusal(of(kubeconfig), Map.of());
  }

  @Test
  void theCurrentContextIsMeant() throws Exception {
    try (FakeApi api = new FakeApi();
        ClusterConnection cluster = api.open(directory)) {
      assertThat(cluster.name()).isEqualTo("test");
      assertThat(cluster.server()).isEqualTo(api.url() + "/");
      assertThat(cluster.version()).contains("v1.34.1");
      assertThat(api.asked()).containsExactly("/version");
    }
  }

  @Test
  void anotherContextCanBeNamed() throws Exception {
    try (FakeApi api = new FakeApi();
        ClusterConnection cluster =
            ClusterConnection.open(
                new ClusterChoice(
                    Optional.of(api.kubeconfig(directory)), Optional.of("other"), false),
                Map.of())) {
      assertThat(cluster.name()).isEqualTo("other");
    }
  }

  @Test
  void filesOfTheVariableAreMergedAndHomeIsTheLastResort() throws Exception {
    try (FakeApi api = new FakeApi()) {
      Path whole = api.kubeconfig(directory);
      Path current =
          Files.writeString(
              directory.resolve("current"),
              """
              apiVersion: v1
              kind: Config
              current-context: other
              contexts:
              - {name: mine, context: {cluster: none, user: u}}
              """);
      Path home = directory.resolve("home");
      api.kubeconfig(Files.createDirectories(home.resolve(".kube")));

      try (ClusterConnection cluster =
          ClusterConnection.open(
              ClusterChoice.DEFAULT, Map.of("KUBECONFIG", current + ":/no/such:" + whole))) {
        assertThat(cluster.name()).isEqualTo("other");
      }
      try (ClusterConnection cluster =
          ClusterConnection.open(ClusterChoice.DEFAULT, Map.of("HOME", home.toString()))) {
        assertThat(cluster.name()).isEqualTo("test");
      }
    }
  }

  @Test
  void withoutAKubeconfigItSaysWhereOneIsLookedFor() {
    assertThat(refusal(ClusterChoice.DEFAULT, Map.of("HOME", directory.toString())))
        .isEqualTo(
            "there is no kubeconfig: name one by --kubeconfig or $KUBECONFIG, or make"
                + " ~/.kube/config");
    assertThat(refusal(ClusterChoice.DEFAULT, Map.of("KUBECONFIG", "/no/such:/nor/this")))
        .isEqualTo("$KUBECONFIG: there is no file /no/such:/nor/this");
    assertThat(refusal(Path.of("/no/such")))
        .isEqualTo("--kubeconfig /no/such: there is no such file");
    assertThat(refusal(directory))
        .isEqualTo("--kubeconfig " + directory + ": is not a file that can be read");
    assertThat(
            refusal(
                new ClusterChoice(Optional.empty(), Optional.empty(), true),
                Map.of("HOME", directory.toString())))
        .isEqualTo(
            "this is no pod of a cluster: there is no"
                + " /var/run/secrets/kubernetes.io/serviceaccount/token");
  }

  @Test
  void aContextThatIsNotThereIsAnsweredWithThoseThatAre() throws Exception {
    Path file = write(FakeApi.kubeconfig("http://127.0.0.1:1", "token: t"));

    assertThat(refusal(new ClusterChoice(Optional.of(file), Optional.of("prod"), false), Map.of()))
        .isEqualTo(file + ": there is no context prod; there are: test, other");
    write(
        FakeApi.kubeconfig("http://127.0.0.1:1", "token: t").replace("current-context: test", ""));
    assertThat(refusal(file))
        .isEqualTo(
            file + ": has no current context: name one by --context; there are: test, other");
    write(
        FakeApi.kubeconfig("http://127.0.0.1:1", "token: t")
            .replace("current-context: test", "current-context: x"));
    assertThat(refusal(file))
        .isEqualTo(file + ": its current context x is not in it; there are: test, other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "hello", "{kind: Config}", "users: [{token: SECRET}", "\u0000"})
  void whatIsNoKubeconfigIsNotQuoted(String text) throws Exception {
    Path file = write(text);

    assertThat(refusal(file)).startsWith(file + ": is not a kubeconfig").doesNotContain("SECRET");
  }

  @Test
  void aContextWithoutACluster() throws Exception {
    Path file = write(FakeApi.kubeconfig("x", "token: t").replace("{name: c,", "{name: d,"));

    assertThat(refusal(file)).isEqualTo(file + ": context test names a cluster without a server");
  }

  @Test
  void anApiServerThatIsNotThere() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      port = socket.getLocalPort();
    }

    assertThat(refusal(write(FakeApi.kubeconfig("http://127.0.0.1:" + port, "token: t"))))
        .startsWith("the API server http://127.0.0.1:" + port + "/ cannot be reached");
    assertThat(refusal(write(FakeApi.kubeconfig("https://no-such-host.invalid:6443", "token: t"))))
        .startsWith("the API server https://no-such-host.invalid:6443/ cannot be reached");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 | Unauthorized | does not know who we are (401): the credentials of FILE, context test are not valid
          403 | forbidden: User "system:anonymous" cannot get path "/version" | takes us for system:anonymous (403): there are no credentials in FILE, context test
          418 | I'm a teapot | answers 418: I'm a teapot
          """)
  void whatTheApiServerRefuses(int code, String message, String line) throws Exception {
    try (FakeApi api = new FakeApi().refuses("/", code, message)) {
      Path file = api.kubeconfig(directory);

      assertThat(refusal(file))
          .isEqualTo("the API server " + api.url() + "/ " + line.replace("FILE", file.toString()));
    }
  }

  @Test
  void aVersionThatIsNotForEverybodyIsNoRefusal() throws Exception {
    try (FakeApi api = new FakeApi().refuses("/version", 403, "User \"u\" cannot get");
        ClusterConnection cluster = api.open(directory)) {
      assertThat(cluster.version()).isEmpty();
    }
  }

  @Test
  void somethingThatIsNoApiServer() throws Exception {
    try (FakeApi api = new FakeApi().has("/version", "<html>hello</html>")) {
      assertThat(refusal(api.kubeconfig(directory)))
          .startsWith("the API server " + api.url() + "/ gives no answer that can be read");
    }
  }

  /// As servers written in Go answer.
  @Test
  void plainHttpBehindAnHttpsUrl() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 8, LOOPBACK)) {
      Thread.ofVirtual()
          .start(() -> {
            while (!server.isClosed()) {
              try (Socket client = server.accept()) {
                client.getInputStream().read();
                client
                    .getOutputStream()
                    .write("HTTP/1.0 400 Bad Request\r\n\r\n".getBytes(US_ASCII));
              } catch (IOException _) {
                // The test closed the server, or the client went away.
              }
            }
          });
      String url = "https://127.0.0.1:" + server.getLocalPort();

      assertThat(refusal(write(FakeApi.kubeconfig(url, "token: t"))))
          .isEqualTo("the API server " + url + "/ does not speak TLS there");
    }
  }

  @Test
  void certificatesOfStrangersAndOfThePast() throws Exception {
    Path store = keyPair("server", "-ext", "SAN=ip:127.0.0.1");
    HttpsServer server = https(store);
    try {
      String url = "https://127.0.0.1:" + server.getAddress().getPort();

      assertThat(refusal(write(FakeApi.kubeconfig(url, "token: t"))))
          .isEqualTo(
              "the API server "
                  + url
                  + "/ shows a certificate that the kubeconfig's authority did"
                  + " not sign");
    } finally {
      server.stop(0);
    }
    Path old = keyPair("old", "-startdate", "-3d", "-validity", "1");
    String pem =
        Base64.getEncoder()
            .encodeToString(
                ("-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder().encodeToString(certificate(old))
                        + "\n-----END CERTIFICATE-----\n")
                    .getBytes(US_ASCII));
    assertThat(
            refusal(
                write(
                    FakeApi.kubeconfig(
                        "https://127.0.0.1:1",
                        "client-certificate-data: " + pem + ", client-key-data: " + pem))))
        .contains(": context test: the client certificate expired at 20");
  }

  @Test
  void aPodFindsItsCluster() throws Exception {
    Path account = Files.createDirectories(directory.resolve("account"));
    Files.writeString(account.resolve("token"), "of-the-pod\n");
    Map<String, String> environment =
        Map.of(
            "HOME", directory.toString(),
            "KUBERNETES_SERVICE_HOST", "fd00::1",
            "KUBERNETES_SERVICE_PORT", "6443");

    Access access = Access.find(ClusterChoice.DEFAULT, environment, account);

    assertThat(access.name()).isEqualTo("in-cluster");
    assertThat(access.config().getMasterUrl()).isEqualTo("https://[fd00::1]:6443/");
    assertThat(access.config().getOauthTokenProvider().getToken()).isEqualTo("of-the-pod");
    Files.writeString(account.resolve("token"), "the-next");
    assertThat(access.config().getOauthTokenProvider().getToken()).isEqualTo("the-next");
  }

  /// A key and a certificate that it signed itself, made by the JDK's own tool.
  private Path keyPair(String name, String... more) throws Exception {
    Path store = directory.resolve(name + ".p12");
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    line.addAll(List.of(more));
    Process process =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(directory.resolve("keytool.log"))).isZero();
    return store;
  }

  private static KeyStore open(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  private static byte[] certificate(Path store) throws Exception {
    return open(store).getCertificate("k").getEncoded();
  }

  private static HttpsServer https(Path store) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(open(store), PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server = HttpsServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.start();
    return server;
  }
}
