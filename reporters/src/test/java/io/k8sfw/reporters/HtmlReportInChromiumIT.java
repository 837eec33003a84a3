package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The report as a browser sees it, served from loopback under Jenkins' default
/// Content-Security-Policy (`DirectoryBrowserSupport.DEFAULT_CSP_VALUE`). Needs Chromium.
class HtmlReportInChromiumIT {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final String JENKINS =
      "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';";

  @TempDir Path profile;

  private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
  private HttpServer server;

  @BeforeAll
  static void needsChromium() {
    assumeTrue(Files.isExecutable(CHROMIUM), "no Chromium here: " + CHROMIUM);
  }

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Document seen(String html, Map<String, String> headers) throws Exception {
    server.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestURI().toString());
          headers.forEach((name, value) -> exchange.getResponseHeaders().add(name, value));
          exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
          byte[] bytes = html.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/report.html";
    List<String> command =
        List.of(
            CHROMIUM.toString(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--user-data-dir=" + profile,
            "--dump-dom",
            url);
    Path dom = profile.resolve("dom.html");
    Process chromium =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(dom.toFile())
            .start();
    assertThat(chromium.waitFor(2, TimeUnit.MINUTES)).as("chromium ends").isTrue();
    return Jsoup.parse(Files.readString(dom));
  }

  @Test
  void pageIsOneRequestAndReadsTheSameWithoutItsStyle() throws Exception {
    String html = Reports.html(SampleResults.everything());
    Document page = seen(html, Map.of("Content-Security-Policy", JENKINS));
    assertThat(requests)
        .containsOnlyOnce("/report.html")
        .isSubsetOf("/report.html", "/favicon.ico");
    assertThat(page.body().text()).isEqualTo(Jsoup.parse(html).body().text());
    assertThat(page.select("table td svg")).isNotEmpty();
  }

  @Test
  void hostileTextDoesNothingInABrowserThatWouldRunIt() throws Exception {
    for (String evil :
        List.of(
            "</title><script>document.title='owned'</script>",
            "<img src=/x onerror=\"document.title='owned'\">")) {
      requests.clear();
      Document page = seen(Reports.html(SampleResults.hostile(evil)), Map.of());
      assertThat(page.title()).isNotEqualTo("owned");
      assertThat(page.select("script, img")).isEmpty();
      assertThat(requests).isSubsetOf("/report.html", "/favicon.ico");
      server.stop(0);
      serve();
    }
  }
}
