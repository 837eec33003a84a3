package io.k8sfw.probes.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Needs root and `ip` (iproute2).
class NetworkNamespaceIT {
  @Test
  void onlyTheThreadThatEntersSeesTheNamespace() throws Exception {
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    String name = "k8sfw-t-" + Long.toHexString(System.nanoTime());
    run("ip", "netns", "add", name);
    try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", name));
        var thread = Executors.newSingleThreadExecutor()) {
      List<String> inside =
          thread
              .submit(() -> {
                namespace.enter();
                return devices();
              })
              .get(30, TimeUnit.SECONDS);
      assertThat(inside).containsExactly("lo");
      assertThat(Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")))
          .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
    } finally {
      run("ip", "netns", "del", name);
    }
  }

  private static List<String> devices() throws Exception {
    return Files.readAllLines(Path.of("/proc/thread-self/net/dev")).stream()
        .skip(2)
        .map(line -> line.strip().split(":", 2)[0])
        .toList();
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), output).isZero();
  }
}
