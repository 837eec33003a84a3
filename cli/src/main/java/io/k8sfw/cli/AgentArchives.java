package io.k8sfw.cli;

import io.k8sfw.probes.ssh.AgentArchive;
import io.k8sfw.probes.ssh.ArchiveWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The agent's archives, made of the jars that this program runs from when they are first needed
/// (docs/adr/0012), and kept beside those jars.
///
/// For several threads and processes: each archive is written under another name, then renamed.
final class AgentArchives implements AgentArchive.Source {
  /// What an agent uses of the jars beside this one. No YAML, no reports, no command line.
  static final List<String> JARS =
      List.of("scanner-core-", "probes-", "netty-", "jackson-core-", "commons-");

  /// Netty's libraries for epoll come in jars of their own, which it would unpack on the node.
  private static final String NATIVE_JARS = "netty-transport-native-epoll-";

  private static final String NATIVE = "META-INF/native/libnetty";

  /// What those jars use of Java, as jdeps(1) says; a test asks it again.
  static final List<String> MODULES =
      List.of("java.base", "java.logging", "java.net.http", "jdk.jfr", "jdk.unsupported");

  private static final String JLINK = "bin/jlink";
  private static final long LINKING_SECONDS = 300;

  private final Path jars;
  private final Path kept;
  private final Path java;

  /// @param jars the directory with this program's jars
  /// @param kept where archives are looked for, and made
  /// @param java the home of a JDK, which runtimes are made of
  AgentArchives(Path jars, Path kept, Path java) {
    this.jars = jars;
    this.kept = kept;
    this.java = java;
  }

  /// Those of the program that runs.
  static AgentArchives own() {
    Path code;
    try {
      code =
          Path.of(AgentArchive.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("a class has no place", e);
    }
    Path jars = code.resolveSibling("");
    return new AgentArchives(jars, place(jars), Path.of(System.getProperty("java.home")));
  }

  /// Beside the jars; in the user's cache where others installed those.
  private static Path place(Path jars) {
    Path beside = jars.resolveSibling("agent");
    if (Files.isWritable(Files.exists(beside) ? beside : jars.resolveSibling(""))) {
      return beside;
    }
    String cache = System.getenv("XDG_CACHE_HOME");
    Path caches =
        cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return caches.resolve("k8sfw-audit").resolve("archives");
  }

  @Override
  public AgentArchive withRuntime() throws IOException {
    return archive("runtime-" + machine(), Optional.of(machine()));
  }

  @Override
  public AgentArchive withoutRuntime() throws IOException {
    return archive("jars", Optional.empty());
  }

  /// As uname(1) calls it.
  private static String machine() {
    String arch = System.getProperty("os.arch");
    return arch.equals("amd64") ? "x86_64" : arch;
  }

  private synchronized AgentArchive archive(String name, Optional<String> machine)
      throws IOException {
    Path note = note(name + "-" + hash(agentJars()).substring(0, 16), machine.isPresent());
    try {
      Optional<AgentArchive> there = read(note, machine);
      return there.isPresent() ? there.get() : make(note, machine);
    } catch (FileSystemException e) {
      throw new IOException(
          "the agent's archive cannot be made in " + kept + ": " + e.getMessage(), e);
    }
  }

  private Optional<AgentArchive> read(Path note, Optional<String> machine) throws IOException {
    if (!Files.isRegularFile(note)) {
      return Optional.empty();
    }
    String[] words = Files.readString(note).strip().split(" ", -1);
    Path file = kept.resolve(words[0] + ".tar.gz");
    if (words.length != 5
        || !Files.isRegularFile(file)
        || Files.size(file) != Long.parseLong(words[1])) {
      return Optional.empty();
    }
    return Optional.of(
        new AgentArchive(
            file,
            words[0],
            Long.parseLong(words[1]),
            words[2],
            Integer.parseInt(words[3]),
            Long.parseLong(words[4]),
            machine));
  }

  private AgentArchive make(Path note, Optional<String> machine) throws IOException {
    Files.createDirectories(kept);
    Path work = Files.createTempDirectory(kept, "making");
    try {
      ArchiveWriter writer = new ArchiveWriter();
      for (Path jar : agentJars()) {
        add(writer, jar);
      }
      if (machine.isPresent()) {
        addRuntime(writer, work.resolve("runtime"));
      }
      AgentArchive made = writer.write(work.resolve("archive"), machine);
      Path file = kept.resolve(made.sha256() + ".tar.gz");
      Files.move(made.file(), file, StandardCopyOption.ATOMIC_MOVE);
      Path noted = work.resolve("note");
      Files.writeString(
          noted,
          String.join(
                  " ",
                  made.sha256(),
                  Long.toString(made.bytes()),
                  made.manifestSha256(),
                  Integer.toString(made.files()),
                  Long.toString(made.unpackedBytes()))
              + "\n");
      Files.move(noted, note, StandardCopyOption.ATOMIC_MOVE);
      forget();
      return new AgentArchive(
          file,
          made.sha256(),
          made.bytes(),
          made.manifestSha256(),
          made.files(),
          made.unpackedBytes(),
          machine);
    } finally {
      delete(work);
    }
  }

  /// Archives of earlier builds; not those that another process may be about to send.
  private void forget() throws IOException {
    Instant yesterday = Instant.now().minus(Duration.ofDays(1));
    try (Stream<Path> files = Files.list(kept)) {
      for (Path file : files.filter(f -> Files.isRegularFile(f)).toList()) {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(yesterday)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private List<Path> agentJars() throws IOException {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(jars)) {
      try (Stream<Path> files = Files.list(jars)) {
        files
            .filter(f -> JARS.stream().anyMatch(part -> isOf(part, f)))
            .filter(f -> f.toString().endsWith(".jar"))
            .sorted()
            .forEach(found::add);
      }
    }
    if (!JARS.stream().allMatch(part -> found.stream().anyMatch(jar -> isOf(part, jar)))) {
      throw new IOException("there are not all jars in " + jars + " that the agent is made of");
    }
    return found;
  }

  private static boolean isOf(String part, Path jar) {
    return jar.getFileName().toString().startsWith(part);
  }

  private static void add(ArchiveWriter writer, Path jar) throws IOException {
    String name = jar.getFileName().toString();
    if (!name.startsWith(NATIVE_JARS)) {
      writer.add("jars/" + name, Files.readAllBytes(jar));
      return;
    }
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (entry.getName().startsWith(NATIVE)) {
          try (InputStream in = zip.getInputStream(entry)) {
            writer.add("native/" + Path.of(entry.getName()).getFileName(), in.readAllBytes());
          }
        }
      }
    }
  }

  /// Uncompressed inside, since the archive is compressed: it is smaller to send, and starts
  /// faster.
  private void addRuntime(ArchiveWriter writer, Path image) throws IOException {
    link(
        List.of(
            java.resolve(JLINK).toString(),
            "--add-modules",
            String.join(",", MODULES),
            "--strip-debug",
            "--no-man-pages",
            "--no-header-files",
            "--compress",
            "zip-0",
            "--output",
            image.toString()));
    try (Stream<Path> files = Files.walk(image)) {
      for (Path file : files.filter(f -> Files.isRegularFile(f)).toList()) {
        String name = image.relativize(file).toString();
        if (isNeeded(name) && !Files.isSymbolicLink(file)) {
          writer.add(name, Files.readAllBytes(file));
        }
      }
    }
  }

  /// Every program but `java` itself is for people.
  private static boolean isNeeded(String name) {
    return !name.startsWith("bin/") || name.equals("bin/java");
  }

  private static void link(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(LINKING_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IOException(
            "no runtime for agents can be made: " + said.strip().replace('\n', ' '));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a runtime for agents was made", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /// A JDK makes runtimes of itself alone. Whoever runs without one takes what a JDK made of the
  /// same jars.
  private Path note(String ofJars, boolean runtime) throws IOException {
    if (!runtime) {
      return kept.resolve(ofJars);
    }
    if (Files.isExecutable(java.resolve(JLINK))) {
      return kept.resolve(ofJars + "-" + hash(List.of(java.resolve("release"))).substring(0, 16));
    }
    if (Files.isDirectory(kept)) {
      try (Stream<Path> files = Files.list(kept)) {
        Optional<Path> made =
            files.filter(f -> f.getFileName().toString().startsWith(ofJars + "-")).findFirst();
        if (made.isPresent()) {
          return made.get();
        }
      }
    }
    throw new IOException(
        "no runtime for agents can be made: "
            + java
            + " has no jlink; start with a JDK, or name a Java on the node by java: in the"
            + " inventory");
  }

  private static String hash(List<Path> files) throws IOException {
    MessageDigest hash;
    try {
      hash = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (Path file : files) {
      hash.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), hash)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
    return HexFormat.of().formatHex(hash.digest());
  }
}
