package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A real cluster on this machine, made by the `live-cluster` script of the folder that the
/// variable `K8SFW_LIVE_CLUSTER` names. It is this test's own: its state, its namespaces' names.
final class LiveCluster implements AutoCloseable {
  static final String VARIABLE = "K8SFW_LIVE_CLUSTER";

  /// Three times what it takes on two busy cores.
  private static final int UP_SECONDS = 180;

  private final Path script;
  private final Map<String, String> settings;
  private final Thread hook = new Thread(this::end);

  private LiveCluster(Path script, String prefix, Path state, int port) {
    this.script = script;
    this.settings =
        Map.of(
            "LC_STATE",
            state.toString(),
            "LC_PREFIX",
            prefix,
            "LC_HOST_PORT",
            port == 0 ? "" : Integer.toString(port));
  }

  /// Why there can be none; empty where there can.
  static Optional<String> missing() {
    String folder = System.getenv(VARIABLE);
    if (folder == null || folder.isEmpty()) {
      return Optional.of(VARIABLE + " names no folder with the live-cluster script");
    }
    return Files.isExecutable(Path.of(folder, "live-cluster"))
        ? Optional.empty()
        : Optional.of("there is no live-cluster in " + folder);
  }

  /// @param prefix of the names of its network namespaces; nobody else's
  static LiveCluster up(String prefix) throws IOException, InterruptedException {
    return up(prefix, 0);
  }

  /// One whose API server can be asked from here.
  ///
  /// @param prefix of the names of its network namespaces; nobody else's
  static LiveCluster reachable(String prefix) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    return up(prefix, port);
  }

  private static LiveCluster up(String prefix, int port) throws IOException, InterruptedException {
    LiveCluster cluster =
        new LiveCluster(
            Path.of(System.getenv(VARIABLE), "live-cluster"),
            prefix,
            Path.of("/var/tmp/k8sfw-live-" + prefix),
            port);
    Runtime.getRuntime().addShutdownHook(cluster.hook);
    try {
      cluster.call(UP_SECONDS, Map.of("LC_FIREWALL", "seed"), "up");
      return cluster;
    } catch (IOException | InterruptedException | AssertionError e) {
      cluster.close();
      throw e;
    }
  }

  void firewall(LiveOracle.Profile profile, LiveOracle.Denial denial)
      throws IOException, InterruptedException {
    call(30, Map.of("LC_DENY", denial.word()), "firewall", profile.word());
  }

  /// Lines of `from to tcp|vxlan port state`, for the denial drop.
  List<String> expected(LiveOracle.Profile profile) throws IOException, InterruptedException {
    return call(30, Map.of(), "expected", profile.word()).lines().toList();
  }

  /// For this machine's own network namespace.
  String kubeconfig() throws IOException, InterruptedException {
    return call(30, Map.of(), "kubeconfig").strip();
  }

  /// What `kubectl` of the administrator says.
  String kubectl(String... args) throws IOException, InterruptedException {
    return call(
        60, Map.of(), Stream.concat(Stream.of("kubectl"), Stream.of(args)).toArray(String[]::new));
  }

  /// Makes an image of a root directory, on all nodes.
  void image(String name, Path root, String command) throws IOException, InterruptedException {
    call(180, Map.of(), "image", name, root.toString(), command);
  }

  /// Gives all nodes the images of an archive.
  void load(Path archive) throws IOException, InterruptedException {
    for (String node : List.of("cp-1", "worker-1", "worker-2")) {
      call(
          180,
          Map.of(),
          "exec",
          node,
          "ctr",
          "--address",
          "/run/containerd/containerd.sock",
          "--namespace",
          "k8s.io",
          "images",
          "import",
          archive.toString());
    }
  }

  /// Runs a program at a node or place.
  String at(String place, String... command) throws IOException, InterruptedException {
    return call(
        30,
        Map.of(),
        Stream.concat(Stream.of("exec", place), Stream.of(command)).toArray(String[]::new));
  }

  /// The network namespace of a node or place.
  String namespace(String place) {
    return settings.get("LC_PREFIX") + "-" + place;
  }

  private String call(int seconds, Map<String, String> more, String... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(args));
    Path out = Files.createTempFile("live-cluster", ".out");
    Path err = Files.createTempFile("live-cluster", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(settings);
      builder.environment().putAll(more);
      Process process = builder.start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      if (!ended) {
        process.destroy();
        process.waitFor();
      }
      assertThat(ended && process.exitValue() == 0)
          .as("live-cluster %s: %s", String.join(" ", args), Files.readString(err))
          .isTrue();
      return Files.readString(out, StandardCharsets.UTF_8);
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private void end() {
    try {
      call(60, Map.of(), "down");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    end();
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}
