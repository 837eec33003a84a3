package io.k8sfw.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./k8sfw-audit`, in a checkout whose sources are empty and whose Maven copies what is in
/// `target/dist/lib`, with a Java that writes down how it is started.
class LauncherIT {
  private static final Path BUILT = Path.of("target", "dist", "lib").toAbsolutePath();
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final List<String> SOURCES =
      List.of(
          "pom.xml",
          "cli/pom.xml",
          "kubernetes/pom.xml",
          "probes/pom.xml",
          "reporters/pom.xml",
          "scanner-core/pom.xml",
          "test-fixtures/pom.xml",
          "cli/src/main/A.java",
          "kubernetes/src/main/A.java",
          "probes/src/main/A.java",
          "reporters/src/main/A.java",
          "scanner-core/src/main/A.java",
          "test-fixtures/src/main/A.java");

  /// Built, with a start-up cache; copied for each test.
  private static Path model = Path.of("");

  private static Started first = new Started(-1, "", "", "");

  @TempDir static Path shared = Path.of("");

  @TempDir Path directory = Path.of("");

  private Path checkout = Path.of("");

  /// @param java what Java was started with, all times
  private record Started(int exit, String out, String err, String java) {
    boolean usedACache() {
      return java.contains(" -XX:AOTCache=");
    }
  }

  @BeforeAll
  static void build() throws Exception {
    Files.createDirectory(jars());
    run(Map.of(), "cp", "-a", BUILT + "/.", jars().toString());
    store(only(jars(), "cli-"), "", "");
    model = newCheckout(shared.resolve("model"));
    first = start(model, Map.of(), "version");
  }

  @BeforeEach
  void copy() throws Exception {
    checkout = directory.resolve("a checkout");
    run(Map.of(), "cp", "-a", model.toString(), checkout.toString());
  }

  /// What Maven makes.
  private static Path jars() {
    return shared.resolve("jars");
  }

  private static Path newCheckout(Path at) throws Exception {
    for (String source : SOURCES) {
      Path file = at.resolve(source);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "");
    }
    Files.createDirectories(at.resolve(".mvn"));
    Files.copy(ROOT.resolve(".mvn/jdk.sh"), at.resolve(".mvn/jdk.sh"));
    run(Map.of(), "cp", ROOT.resolve("k8sfw-audit").toString(), at.toString());
    script(
        at.resolve("mvnw"),
        """
        echo built >>builds
        mkdir -p cli/target/dist/lib
        cp '%s'/*.jar cli/target/dist/lib
        """
            .formatted(jars()));
    jdk(at.resolve("jdk"), "");
    return at;
  }

  private static void jdk(Path at, String first) throws Exception {
    Path real = Path.of(System.getProperty("java.home"));
    Files.createDirectories(at.resolve("bin"));
    Files.copy(real.resolve("release"), at.resolve("release"));
    script(at.resolve("bin/javac"), "");
    script(
        at.resolve("bin/java"),
        """
        echo "java $*" >>"${0%%/*}/started"
        %s
        exec '%s' "$@"
        """
            .formatted(first, real.resolve("bin/java")));
  }

  private static void script(Path at, String text) throws IOException {
    Files.writeString(at, "#!/bin/sh\n" + text);
    assertThat(at.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void theFirstStartBuildsAndTheNextStartFromTheCache() throws Exception {
    assertThat(first.exit()).as(first.err()).isZero();
    assertThat(first.err()).contains("building with JDK", "built.", "preparing quick starts");
    assertThat(first.java()).contains("-XX:AOTCacheOutput=").contains(" -XX:AOTCache=");

    // Java ends with an error when a cache does not fit.
    jdkThat("set -- -XX:AOTMode=on \"$@\"");
    Started next = start(checkout, Map.of(), "version");

    assertThat(next.err()).isEmpty();
    assertThat(next.out()).isEqualTo(first.out()).startsWith("k8sfw-audit ");
    assertThat(next.exit()).isZero();
    assertThat(next.usedACache()).isTrue();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void isFoundThroughLinksAndFromAnywhere() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), checkout);
    Path tool = Files.createSymbolicLink(directory.resolve("tool"), link.resolve("k8sfw-audit"));

    Started started = run(environment(checkout), tool.toString(), "version");

    assertThat(started.err()).isEmpty();
    assertThat(started.out()).isEqualTo(first.out());
  }

  @Test
  void aJarOfTheSameSizeAndDateRunsItsOwnCode() throws Exception {
    Path jar = jar("cli-");
    FileTime date = Files.getLastModifiedTime(jar);
    long size = Files.size(jar);
    assertThat(first.out()).contains("Java ");

    store(jar, "Java {} (", "Jawa {} (");
    Files.setLastModifiedTime(jar, date);
    assertThat(jar).hasSize(size);
    Started changed = start(checkout, Map.of(), "version");

    assertThat(changed.out()).contains("Jawa ").doesNotContain("Java ");
    assertThat(changed.exit()).isZero();
    assertThat(changed.usedACache()).isTrue();
    assertThat(start(checkout, Map.of(), "version").out()).isEqualTo(changed.out());
  }

  @Test
  void jarsAreHashedOnceAndAgainWhenOneWasTouched() throws Exception {
    Path bin = Files.createDirectory(directory.resolve("bin"));
    Path hashed = directory.resolve("hashed");
    script(
        bin.resolve("sha256sum"),
        "PATH=${PATH#*:}\necho hashed >>'%s'\nexec sha256sum \"$@\"\n".formatted(hashed));
    Map<String, String> counting = Map.of("PATH", bin + ":" + System.getenv("PATH"));

    // Files that were just written are not relied on yet.
    do {
      Files.deleteIfExists(hashed);
      assertThat(start(checkout, counting, "version").exit()).isZero();
      TimeUnit.MILLISECONDS.sleep(200);
    } while (Files.exists(hashed));
    Started known = start(checkout, counting, "version");
    assertThat(hashed).doesNotExist();
    assertThat(known.usedACache()).isTrue();

    Path jar = jar("cli-");
    FileTime date = Files.getLastModifiedTime(jar);
    store(jar, "Java {} (", "Jawa {} (");
    Files.setLastModifiedTime(jar, date);
    Started changed = start(checkout, counting, "version");
    assertThat(hashed).exists();
    assertThat(changed.out()).contains("Jawa ");
  }

  @Test
  void everyModuleThatTheProgramIsMadeOfIsASource() throws Exception {
    String launcher = Files.readString(ROOT.resolve("k8sfw-audit"));
    assertThat(
            Pattern.compile("<groupId>io.k8sfw</groupId>\\s*<artifactId>([a-z-]+)</artifactId>")
                .matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .map(m -> m.group(1))
                .filter(module -> !module.equals("k8sfw-audit")))
        .contains("scanner-core", "kubernetes")
        .allSatisfy(
            module -> assertThat(launcher).contains(module + "/pom.xml", module + "/src/main"));
  }

  @Test
  void aDamagedCacheCostsOnlyTime() throws Exception {
    Path cache = cache();
    try (FileChannel file = FileChannel.open(cache, StandardOpenOption.WRITE)) {
      for (long at = 1 << 20; at < file.size(); at += 1 << 20) {
        file.write(ByteBuffer.wrap("damaged".repeat(1000).getBytes(UTF_8)), at);
      }
    }
    Started damaged = start(checkout, Map.of(), "version");

    try (FileChannel file = FileChannel.open(cache, StandardOpenOption.WRITE)) {
      file.truncate(file.size() / 2);
    }
    Started cut = start(checkout, Map.of(), "version");

    assertThat(List.of(damaged, cut))
        .allSatisfy(started -> {
          assertThat(started.exit()).isZero();
          assertThat(started.err()).isEmpty();
          assertThat(started.out()).isEqualTo(first.out());
          assertThat(started.usedACache()).isTrue();
        });
  }

  @Test
  void anotherJavaDoesNotGetTheCacheAndATryThatFailedIsNotRepeated() throws Exception {
    jdkThat("case $* in *-XX:AOTCacheOutput=*) exit 1 ;; esac");
    Files.writeString(checkout.resolve("jdk/release"), "\nPATCHED=1\n", StandardOpenOption.APPEND);

    Started once = start(checkout, Map.of(), "version");
    Started twice = start(checkout, Map.of(), "version");

    assertThat(once.err()).contains("preparing quick starts").doesNotContain("building");
    assertThat(twice.err()).isEmpty();
    assertThat(List.of(once, twice))
        .allSatisfy(started -> {
          assertThat(started.exit()).isZero();
          assertThat(started.out()).isEqualTo(first.out());
          assertThat(started.usedACache()).isFalse();
        });
  }

  @Test
  void optionsThatExcludeACacheDoNotStopTheProgram() throws Exception {
    Started started = start(checkout, Map.of("JDK_JAVA_OPTIONS", "-Xshare:off"), "version");

    assertThat(started.exit()).isZero();
    assertThat(started.out()).isEqualTo(first.out());
    assertThat(started.usedACache()).isFalse();
  }

  @Test
  void changedAddedRemovedAndReplacedSourcesAreBuilt() throws Exception {
    Path old = Files.writeString(directory.resolve("Old.java"), "old");
    Files.setLastModifiedTime(old, FileTime.fromMillis(0));

    Files.writeString(checkout.resolve("probes/src/main/A.java"), "changed");
    assertBuilds(2);
    Files.writeString(checkout.resolve("probes/src/main/B.java"), "added");
    assertBuilds(3);
    Files.delete(checkout.resolve("probes/src/main/B.java"));
    assertBuilds(4);
    Files.move(
        old, checkout.resolve("probes/src/main/A.java"), StandardCopyOption.REPLACE_EXISTING);
    assertBuilds(5);
  }

  private void assertBuilds(int builds) throws Exception {
    Started started = start(checkout, Map.of(), "version");
    assertThat(started.out()).isEqualTo(first.out());
    assertThat(builds()).isEqualTo(builds);
    assertThat(start(checkout, Map.of(), "version").err()).isEmpty();
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    Path fresh = newCheckout(directory.resolve("fresh"));
    jdkThat(fresh, "case $* in *-XX:AOTCacheOutput=*) exit 1 ;; esac");
    Path talk = directory.resolve("talk");
    List<Process> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      both.add(
          process(
              talk, talk, environment(fresh), fresh.resolve("k8sfw-audit").toString(), "version"));
    }
    for (Process each : both) {
      assertThat(each.waitFor(120, TimeUnit.SECONDS)).isTrue();
      assertThat(each.exitValue()).isZero();
    }

    assertThat(fresh.resolve("builds")).hasContent("built");
  }

  /// The same JDK, whose `java` first runs `shell`.
  private void jdkThat(String shell) throws Exception {
    jdkThat(checkout, shell);
  }

  private static void jdkThat(Path checkout, String shell) throws Exception {
    Path java = checkout.resolve("jdk/bin/java");
    script(java, Files.readString(java).replace("#!/bin/sh\n", shell + "\n"));
  }

  private int builds() throws IOException {
    return Files.readAllLines(checkout.resolve("builds")).size();
  }

  private Path jar(String prefix) throws IOException {
    return only(checkout.resolve("cli/target/dist/lib"), prefix);
  }

  private Path cache() throws IOException {
    return only(checkout.resolve("cli/target/dist"), "start-");
  }

  private static Path only(Path directory, String prefix) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      List<Path> found = all.filter(p -> p.getFileName().toString().startsWith(prefix)).toList();
      assertThat(found).hasSize(1);
      return found.getFirst();
    }
  }

  /// Writes a jar again without compression, with one text for another in its classes.
  private static void store(Path jar, String text, String other) throws IOException {
    Path stored = jar.resolveSibling("stored");
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(stored);
        ZipOutputStream to = new ZipOutputStream(file)) {
      Enumeration<? extends ZipEntry> entries = from.entries();
      while (entries.hasMoreElements()) {
        ZipEntry entry = entries.nextElement();
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        byte[] written = new String(bytes, ISO_8859_1).replace(text, other).getBytes(ISO_8859_1);
        put(to, entry.getName(), entry.getName().endsWith(".class") ? written : bytes);
      }
    }
    Files.move(stored, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void put(ZipOutputStream to, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    to.putNextEntry(entry);
    to.write(bytes);
    to.closeEntry();
  }

  private static Started start(Path checkout, Map<String, String> environment, String... args)
      throws Exception {
    Path started = checkout.resolve("jdk/bin/started");
    Files.deleteIfExists(started);
    List<String> command = new ArrayList<>(List.of(checkout.resolve("k8sfw-audit").toString()));
    command.addAll(List.of(args));
    Map<String, String> all = new HashMap<>(environment(checkout));
    all.putAll(environment);
    Started process = run(all, command.toArray(String[]::new));
    return new Started(process.exit(), process.out(), process.err(), Files.readString(started));
  }

  private static Map<String, String> environment(Path checkout) {
    return Map.of("JAVA_HOME", checkout.resolve("jdk").toString());
  }

  private static Started run(Map<String, String> environment, String... command) throws Exception {
    Path out = Files.createTempFile(shared, "out", "");
    Path err = Files.createTempFile(shared, "err", "");
    Process process = process(out, err, environment, command);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Started(process.exitValue(), Files.readString(out), Files.readString(err), "");
  }

  private static Process process(
      Path out, Path err, Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(shared.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder
        .environment()
        .keySet()
        .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
    builder.environment().putAll(environment);
    return builder.start();
  }
}
