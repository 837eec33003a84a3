package io.k8sfw.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// The image that `-Pimage` built: what is in it, and that it runs as a runtime would run it,
/// without any.
class ImageIT {
  private static final Path TAR = Path.of("target", "k8sfw-audit-image.tar").toAbsolutePath();
  private static final long MOST_BYTES = 70_000_000;
  private static final String USER = "65532";

  /// Its own mounts and processes, the image's root mounted read-only, /proc, no privilege.
  private static final String RUN =
      """
      mount --bind "$1" "$1" && mkdir -p "$1/proc" && mount -t proc proc "$1/proc" &&
      mount -o remount,bind,ro "$1" && root=$1 && user=$2 && shift 2 &&
      exec setpriv --no-new-privs \
        env -i PATH=/app/bin "$(command -v chroot)" --userspec="$user:$user" --groups="" "$root" "$@"
      """;

  private record Ended(int exit, String out, String err) {}

  @TempDir static Path directory;

  private static Path root;
  private static JsonNode config;
  private static List<Path> layers;

  @BeforeAll
  static void unpack() throws Exception {
    assumeTrue(Files.exists(TAR), "no image: ./mvnw -Pimage builds one");
    Path parts = Files.createDirectory(directory.resolve("parts"));
    root = Files.createDirectory(directory.resolve("root"));
    run("tar", "-xf", TAR.toString(), "-C", parts.toString());
    JsonNode manifest =
        new ObjectMapper().readTree(Files.readAllBytes(parts.resolve("manifest.json"))).get(0);
    config =
        new ObjectMapper()
            .readTree(Files.readAllBytes(parts.resolve(manifest.get("Config").asString())));
    layers = new ArrayList<>();
    for (JsonNode layer : manifest.get("Layers")) {
      layers.add(parts.resolve(layer.asString()));
      run("tar", "-xzf", layers.getLast().toString(), "-C", root.toString());
    }
  }

  @Test
  void isSmall() throws Exception {
    assertThat(Files.size(TAR)).isLessThan(MOST_BYTES);
  }

  @Test
  void saysWhatToRunAndAsWhom() {
    JsonNode says = config.get("config");
    assertThat(says.get("User").asString()).isEqualTo(USER + ":" + USER);
    assertThat(says.get("Entrypoint")).hasToString("[\"/app/bin/k8sfw-audit\"]");
    assertThat(says.get("Volumes").isEmpty()).isTrue();
    assertThat(says.get("ExposedPorts").isEmpty()).isTrue();
    assertThat(config.get("created").asString()).isEqualTo("2026-01-01T00:00:00Z");
  }

  @Test
  void hasNoProgramButOurs() throws Exception {
    List<String> programs = new ArrayList<>();
    for (Path file : files()) {
      if (PosixFilePermissions.toString(Files.getPosixFilePermissions(file)).contains("x")) {
        programs.add(root.relativize(file).toString());
      }
    }
    assertThat(programs)
        .contains("app/bin/k8sfw-audit", "app/bin/k8sfw-agent", "app/jre/bin/java")
        .allMatch(name ->
            name.matches(
                "app/bin/k8sfw-a(udit|gent)|app/jre/bin/java|app/jre/lib/jspawnhelper"
                    + "|lib.*/ld-linux[^/]*"));
  }

  @Test
  void noLayerHoldsATimeOrAnOwner() throws Exception {
    for (Path layer : layers) {
      assertThat(run("tar", "--utc", "--numeric-owner", "-tvzf", layer.toString()).out().lines())
          .isNotEmpty()
          .allMatch(line -> line.matches("[-d]\\S+ 0/0 +[0-9]+ 1970-01-01 00:00 \\S+"));
    }
  }

  @Test
  void noFileHoldsAPathOfTheBuild() throws Exception {
    String here = Path.of("").toAbsolutePath().resolveSibling("").toString();
    for (Path file : files()) {
      assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
          .as(file.toString())
          .doesNotContain(here);
    }
  }

  @Test
  void theRuntimeHasTheModulesThatTheJarsUse() throws Exception {
    List<String> args =
        new ArrayList<>(
            List.of("--multi-release", "25", "--ignore-missing-deps", "--print-module-deps"));
    files().stream().map(Path::toString).filter(f -> f.endsWith(".jar")).forEach(args::add);
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    int code =
        ToolProvider.findFirst("jdeps").orElseThrow().run(out, out, args.toArray(String[]::new));

    assertThat(code).as(said.toString()).isZero();
    Set<String> used =
        new TreeSet<>(Arrays.asList(said.toString().lines().toList().getLast().split(",", -1)));
    used.remove("java.desktop");
    assertThat(ImageRoot.MODULES).containsAll(used);
  }

  @Test
  void runsWithoutAnyRightOnARootThatNobodyCanWriteTo() throws Exception {
    Ended version = inside("/app/bin/k8sfw-audit", "version");
    assertThat(version.exit()).as(version.err()).isZero();
    assertThat(version.out()).startsWith(Version.NAME + " ").contains("Java 25");
    assertThat(version.err()).isEmpty();

    assertThat(inside("k8sfw-audit", "matrix", "lint", "builtin:seed"))
        .satisfies(lint -> {
          assertThat(lint.exit()).isZero();
          assertThat(lint.out()).contains("builtin:seed:");
          assertThat(lint.err()).isEmpty();
        });
  }

  /// JSON, YAML and the templates: what a module of Java might be missing for.
  @Test
  void reportsCanBeMadeInside() throws Exception {
    Path inventory = root.resolve("inventory.yaml");
    Files.writeString(
        inventory, "inventory: i\nnodes:\n- {name: w, zones: [worker], addresses: [192.0.2.21]}\n");
    for (String format : List.of("json", "junit", "html", "prometheus", "text")) {
      Ended made =
          inside(
              "k8sfw-audit",
              "run",
              "-q",
              "-m",
              "builtin:seed",
              "-i",
              "/inventory.yaml",
              "-o",
              format);
      assertThat(made.exit()).as(made.err()).isIn(3, 4);
      assertThat(made.out()).isNotBlank();
    }
  }

  @ParameterizedTest
  @CsvSource({"/app/bin/k8sfw-agent,", "/app/bin/k8sfw-audit, agent"})
  void anAgentSaysHelloWithItsEvidence(String program, String argument) throws Exception {
    Ended agent = argument == null ? inside(program) : inside(program, argument);

    assertThat(agent.out().lines().findFirst().orElse(agent.err()))
        .contains("\"Hello\"", "ERROR_QUEUE", "SOCKET_TABLE", "WITNESS");
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList();
    }
  }

  private static Ended inside(String... command) throws Exception {
    assumeTrue(
        process("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "true").exit() == 0
            && process("unshare", "--mount", "true").exit() == 0,
        "a container's place cannot be made: needs root");
    List<String> all =
        new ArrayList<>(
            List.of("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c"));
    all.add(RUN);
    all.addAll(List.of("sh", root.toString(), USER));
    all.addAll(List.of(command));
    return process(all.toArray(String[]::new));
  }

  private static Ended run(String... command) throws Exception {
    Ended ended = process(command);
    assertThat(ended.exit()).as(ended.err()).isZero();
    return ended;
  }

  /// With nothing on standard input.
  private static Ended process(String... command) throws Exception {
    Path out = Files.createTempFile(directory, "out", "");
    Path err = Files.createTempFile(directory, "err", "");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(new java.io.File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
    return new Ended(
        process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }
}
