package io.k8sfw.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Ports of this machine's loopback, and files that speak of them.
final class Loopback implements AutoCloseable {
  private final ServerSocket listening =
      new ServerSocket(0, 128, InetAddress.ofLiteral("127.0.0.1"));
  private final int closed;
  private final Path directory;

  Loopback(Path directory) throws IOException {
    this.directory = directory;
    try (ServerSocket briefly = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      closed = briefly.getLocalPort();
    }
  }

  /// Wants a port that listens.
  String compliant() throws IOException {
    return matrix("compliant", rule("wanted", listening.getLocalPort(), "required"), "");
  }

  /// Wants a port closed that listens.
  String exposed() throws IOException {
    return matrix(
        "exposed",
        rule("path", closed, "permitted"),
        "watch: [tcp/" + listening.getLocalPort() + "]\n");
  }

  /// Wants a port that does not listen, and nobody can say whether a firewall refuses.
  String unproven() throws IOException {
    return matrix("unproven", rule("wanted", closed, "required"), "");
  }

  private static String rule(String id, int port, String expect) {
    return "- {id: %s, to: worker, protocol: tcp, ports: %d, from: [external], expect: %s, purpose: p, reference: r}\n"
        .formatted(id, port, expect);
  }

  private String matrix(String name, String rules, String more) throws IOException {
    String text = "matrix: " + name + "\nversion: 1\nrules:\n" + rules + more;
    return Files.writeString(directory.resolve(name + ".yaml"), text).toString();
  }

  String inventory() throws IOException {
    return inventory("local");
  }

  String inventory(String agent) throws IOException {
    return Files.writeString(
            directory.resolve("inventory.yaml"),
            """
            inventory: loopback
            loopback: true
            nodes:
            - {name: here, zones: [worker], addresses: ["127.0.0.1"]}
            vantage:
            - {name: beside, zones: [external], agent: %s}
            """
                .formatted(agent))
        .toString();
  }

  /// A command line for `run`.
  String[] run(String matrix, String... more) throws IOException {
    return runFrom(inventory(), matrix, more);
  }

  static String[] runFrom(String inventory, String matrix, String... more) {
    List<String> args = new ArrayList<>(List.of("run", "-m", matrix, "-i", inventory));
    Stream.of(more).forEach(args::add);
    return args.toArray(String[]::new);
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
