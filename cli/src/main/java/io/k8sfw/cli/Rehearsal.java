package io.k8sfw.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/// What users do, once, in one process: the Java runtime watches it and writes down which classes
/// to have ready at the next start (JEP 483, 514 and 515: `-XX:AOTCacheOutput`). The launcher
/// starts it after a build; it is no command.
///
/// Reads no environment, asks nobody, writes to a directory of its own that it removes, and sends
/// to this machine's loopback only.
final class Rehearsal {
  private static final String CLUSTER =
      """
      inventory: rehearsal
      nodes:
      - {name: cp, zones: [control-plane], addresses: [192.0.2.11]}
      - {name: w, zones: [worker], addresses: [192.0.2.21, "2001:db8::21"]}
      vantage:
      - {name: admin, zones: [cluster-admin], agent: local}
      """;

  private static final Duration LONGEST = Duration.ofMinutes(1);

  private final Path directory;
  private final Streams streams;
  private final SequencedMap<String, Integer> exitCodes = new LinkedHashMap<>();

  private Rehearsal(Path directory, Streams streams) {
    this.directory = directory;
    this.streams = streams;
  }

  public static void main(String[] args) throws IOException {
    Thread.ofPlatform().daemon().start(Rehearsal::giveUpLater);
    perform(Main.streams().stop());
    System.exit(0); // as every command ends: that too takes classes
  }

  /// A user waits for the end of it.
  private static void giveUpLater() {
    try {
      Thread.sleep(LONGEST);
    } catch (InterruptedException _) {
      return;
    }
    Runtime.getRuntime().halt(1);
  }

  /// @return how each command ended, by what was typed
  static SequencedMap<String, Integer> perform(Stop stop) throws IOException {
    Path directory = Files.createTempDirectory("k8sfw-rehearsal");
    try (PrintStream nowhere =
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        LoopbackDemo loopback = new LoopbackDemo()) {
      Rehearsal rehearsal =
          new Rehearsal(
              directory,
              new Streams(
                  InputStream.nullInputStream(), nowhere, nowhere, Map.of(), false, false, stop));
      rehearsal.perform(loopback);
      return rehearsal.exitCodes;
    } finally {
      remove(directory);
    }
  }

  private void perform(LoopbackDemo loopback) throws IOException {
    String cluster = file("cluster.yaml", CLUSTER);
    String matrix = file("matrix.yaml", loopback.matrixYaml());
    String inventory = file("inventory.yaml", loopback.inventoryYaml());
    String results = path("results.json");
    type("--help");
    type("version");
    type("runn");
    type("matrix", "list");
    type("matrix", "show", "builtin:seed");
    type("matrix", "lint", "builtin:seed", "--against", "builtin:seed-corrected");
    type("plan", "-m", "builtin:seed", "-i", cluster);
    type(
        "run",
        "--pace",
        "fast",
        "-m",
        matrix,
        "-i",
        inventory,
        "-o",
        "text",
        "-o",
        "json=" + results,
        "-o",
        "junit=" + path("junit.xml"),
        "-o",
        "html=" + path("report.html"));
    type("report", "--from", results, "-o", "html=" + path("again.html"));
  }

  private void type(String... args) {
    exitCodes.put(String.join(" ", args).replace(directory + "/", ""), Main.run(args, streams));
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
