package io.k8sfw.kubernetes;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A real cluster that somebody started for the tests: by the script in the folder that the
/// variable `K8SFW_LIVE_CLUSTER` names, else that of `KUBECONFIG`.
final class LiveCluster {
  private LiveCluster() {}

  /// Skips the test where there is none.
  static Path kubeconfig() throws Exception {
    String folder = System.getenv("K8SFW_LIVE_CLUSTER");
    if (folder != null) {
      String path = output(List.of(Path.of(folder, "live-cluster").toString(), "kubeconfig"), "");
      assumeTrue(
          Files.isReadable(Path.of(path.strip())),
          () -> "the live cluster of K8SFW_LIVE_CLUSTER is not up: " + path.strip());
      return Path.of(path.strip());
    }
    String file = System.getenv("KUBECONFIG");
    assumeTrue(
        file != null,
        "neither K8SFW_LIVE_CLUSTER nor KUBECONFIG names a live cluster to test with");
    return Path.of(String.valueOf(file));
  }

  /// Only the cluster that the script makes is known well enough for tests to expect its contents.
  static Path scripted() throws Exception {
    assumeTrue(
        System.getenv("K8SFW_LIVE_CLUSTER") != null,
        "K8SFW_LIVE_CLUSTER does not name the folder of live-cluster");
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
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", line) + ": " + output);
    }
    return output;
  }
}
