package io.k8sfw.kubernetes;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A real cluster: one of the tests' own, made by the script in the folder that the variable
/// `K8SFW_LIVE_CLUSTER` names, else that of `KUBECONFIG`.
final class LiveCluster {
  private static final String FOLDER = System.getenv("K8SFW_LIVE_CLUSTER");
  private static final Map<String, String> SETTINGS = new HashMap<>();

  private LiveCluster() {}

  /// Makes it, where the script is there.
  static void up() throws Exception {
    if (FOLDER == null) {
      return;
    }
    SETTINGS.putAll(
        Map.of("LC_STATE", "/var/tmp/k8sfw-live-discovery", "LC_PREFIX", "k8sfw-discovery"));
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      SETTINGS.put("LC_HOST_PORT", Integer.toString(free.getLocalPort()));
    }
    script("up");
  }

  /// Leaves nothing.
  static void down() throws Exception {
    if (FOLDER != null) {
      script("down");
    }
  }

  private static String script(String word) throws Exception {
    return output(List.of(Path.of(String.valueOf(FOLDER), "live-cluster").toString(), word), "");
  }

  /// Skips the test where there is none.
  static Path kubeconfig() throws Exception {
    if (FOLDER != null) {
      return Path.of(script("kubeconfig").strip());
    }
    String file = System.getenv("KUBECONFIG");
    assumeTrue(
        file != null,
        "neither K8SFW_LIVE_CLUSTER nor KUBECONFIG names a live cluster to test with");
    return Path.of(String.valueOf(file));
  }

  /// Only the cluster that the script makes is known well enough for tests to expect its contents.
  static Path scripted() throws Exception {
    assumeTrue(FOLDER != null, "K8SFW_LIVE_CLUSTER does not name the folder of live-cluster");
    return kubeconfig();
  }

  static ClusterConnection open(Path kubeconfig) throws ClusterUnavailable {
    return ClusterConnection.open(
        new ClusterChoice(Optional.of(kubeconfig), Optional.empty(), false), System.getenv());
  }

  /// As an administrator.
  static String kubectl(Path kubeconfig, String input, String... words) throws Exception {
    var line = new java.util.ArrayList<>(List.of("kubectl", "--kubeconfig", kubeconfig.toString()));
    line.addAll(List.of(words));
    return output(line, input);
  }

  private static String output(List<String> line, String input)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().putAll(SETTINGS);
    // The daemons that the script starts must not hold a pipe of ours open.
    Path written = Files.createTempFile("live-cluster", ".out");
    Process process = builder.redirectOutput(written.toFile()).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    int exit = process.waitFor();
    String output = Files.readString(written);
    Files.delete(written);
    if (exit != 0) {
      throw new IOException(String.join(" ", line) + ": " + output);
    }
    return output;
  }
}
