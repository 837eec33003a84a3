package io.k8sfw.cli;

import io.k8sfw.probes.agent.AgentMain;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Makes the directories that the container image consists of beside the program's jars
/// (docs/image.md). The build starts it (`-Pimage`); it is no command.
///
/// `runtime/` is a Java runtime and the C library that it needs; `program/` holds the two programs.
/// What is in them follows from the JDK, the machine's C library and the jars, and from nothing
/// else. There is no shell and no linker at work in an image: each program is a jar whose first
/// line names its interpreter, an argument file of it that ends in `-jar`.
final class ImageRoot {
  /// What all of the program's jars use of Java, as jdeps(1) says; a test asks it again. All but
  /// `java.desktop`, which Jackson can do without: its jar speaks of annotations that nobody here
  /// uses.
  static final List<String> MODULES =
      List.of(
          "java.base",
          "java.logging",
          "java.net.http",
          "java.sql",
          "java.xml",
          "jdk.jfr",
          "jdk.unsupported");

  private static final String APP = "/app";
  private static final String INTERPRETER = APP + "/jre/bin/java";
  private static final String NATIVE_JARS = "netty-transport-native-epoll-";
  private static final String NATIVE =
      "META-INF/native/libnetty_transport_native_epoll_"
          + (System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch_64");

  private static final String LIBRARIES = "-Djava.library.path=" + APP + "/native";

  /// Nothing is written anywhere, and the memory is what the container has.
  private static final List<String> CONTROLLER =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData",
          "-XX:MaxRAMPercentage=70",
          "-Xlog:disable",
          "-Xlog:all=warning,aot*=off,cds*=off:stderr");

  /// ldd(1): `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`, and the loader by its
  /// path.
  private static final Pattern RESOLVED = Pattern.compile("(?:\\S+ => )?(/\\S+) \\(0x[0-9a-f]+\\)");

  private static final Pattern MISSING = Pattern.compile("(\\S+) => not found");

  private final Path runtime;
  private final Path program;

  private ImageRoot(Path root) {
    this.runtime = root.resolve("runtime");
    this.program = root.resolve("program");
  }

  /// @param args the directory with the program's jars; the name of the jar of this class; the
  ///   directory to make, replaced where there is one
  public static void main(String[] args) throws IOException, InterruptedException {
    Path jars = Path.of(args[0]);
    Path root = Path.of(args[2]).toAbsolutePath().normalize();
    delete(root);
    new ImageRoot(root).make(jars, args[1]);
  }

  private void make(Path jars, String own) throws IOException, InterruptedException {
    Files.createDirectories(runtime);
    link();
    libraries();
    accounts();
    List<Path> all = jars(jars);
    for (Path jar : all) {
      if (jar.getFileName().toString().startsWith(NATIVE_JARS)) {
        unpackNative(jar);
      }
    }
    List<String> classPath =
        all.stream()
            .map(jar -> jar.getFileName().toString())
            .filter(name -> !name.startsWith(NATIVE_JARS))
            .map(name -> name.equals(own) ? "../classpath/" + name : "../libs/" + name)
            .toList();
    program("k8sfw-audit", Main.class.getName(), CONTROLLER, classPath);
    program(
        "k8sfw-agent",
        AgentMain.class.getName(),
        AgentCommand.JAVA_OPTIONS,
        classPath.stream().filter(ImageRoot::isAgents).toList());
  }

  private static boolean isAgents(String name) {
    return AgentArchives.JARS.stream().anyMatch(part -> name.startsWith("../libs/" + part));
  }

  /// A shared archive of Java's own classes makes each start half a second shorter.
  private void link() throws IOException, InterruptedException {
    say(
        Path.of(System.getProperty("java.home"), "bin", "jlink").toString(),
        "--add-modules",
        String.join(",", MODULES),
        "--strip-debug",
        "--no-man-pages",
        "--no-header-files",
        "--generate-cds-archive",
        "--compress",
        "zip-0",
        "--output",
        place(runtime, APP + "/jre").toString());
    for (Path file : files(runtime.resolve("app/jre/bin"))) {
      if (!file.endsWith("java")) {
        // For people.
        Files.delete(file);
      }
    }
  }

  /// The C library of this machine, at the paths where its loader looks for it.
  private void libraries() throws IOException, InterruptedException {
    SortedSet<Path> needed = new TreeSet<>();
    SortedSet<String> missing = new TreeSet<>();
    SortedSet<String> ours = new TreeSet<>();
    for (Path file : files(runtime)) {
      String name = file.getFileName().toString();
      ours.add(name);
      if (name.endsWith(".so") || name.equals("java")) {
        String said = say("ldd", file.toString());
        Matcher found = RESOLVED.matcher(said);
        while (found.find()) {
          needed.add(Path.of(found.group(1)).normalize());
        }
        MISSING.matcher(said).results().forEach(m -> missing.add(m.group(1)));
      }
    }
    missing.removeAll(ours);
    if (!missing.isEmpty()) {
      throw new IOException("this machine has no " + String.join(", ", missing));
    }
    for (Path library : needed) {
      if (!library.startsWith(runtime)) {
        Files.copy(
            library, place(runtime, library.toString()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  /// For programs that ask who they are, and for a C library that is told nowhere where names of
  /// hosts are.
  private void accounts() throws IOException {
    write("/etc/passwd", "nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n");
    write("/etc/group", "nonroot:x:65532:\n");
    write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
  }

  private void write(String path, String text) throws IOException {
    Files.writeString(place(runtime, path), text);
  }

  /// Netty's, which it would unpack to a directory that it can write to.
  private void unpackNative(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (entry.getName().startsWith(NATIVE)) {
          try (InputStream in = zip.getInputStream(entry)) {
            Path name = Path.of(entry.getName()).getFileName();
            Files.copy(in, place(program, APP + "/native/" + name));
          }
        }
      }
    }
  }

  /// Linux hands an interpreter one argument and the path of the file (execve(2), "Interpreter
  /// scripts"); Java reads more from an argument file, and a zip file from its end.
  private void program(String name, String main, List<String> options, List<String> classPath)
      throws IOException {
    Path arguments = place(program, APP + "/etc/" + name);
    Files.writeString(
        arguments,
        Stream.of(options, List.of(LIBRARIES, "-jar"))
            .flatMap(List::stream)
            .collect(Collectors.joining("\n", "", "\n")));
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, main);
    attributes.put(Attributes.Name.CLASS_PATH, String.join(" ", classPath));
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    jar.writeBytes(
        ("#!" + INTERPRETER + " @" + APP + "/etc/" + name + "\n")
            .getBytes(StandardCharsets.US_ASCII));
    try (ZipOutputStream zip = new ZipOutputStream(jar)) {
      ZipEntry entry = new ZipEntry(JarFile.MANIFEST_NAME);
      entry.setTimeLocal(LocalDateTime.of(2026, 1, 1, 0, 0));
      zip.putNextEntry(entry);
      manifest.write(zip);
      zip.closeEntry();
    }
    Files.write(place(program, APP + "/bin/" + name), jar.toByteArray());
  }

  /// Where `path` of the image is made.
  private static Path place(Path layer, String path) throws IOException {
    Path place = layer.resolve(path.substring(1));
    Files.createDirectories(place.resolveSibling(""));
    return place;
  }

  private static List<Path> jars(Path directory) throws IOException {
    return files(directory).stream().filter(f -> f.toString().endsWith(".jar")).toList();
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).sorted().toList();
    }
  }

  private static void delete(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /// @return what the command said
  private static String say(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(Arrays.toString(command) + ": " + said.strip());
    }
    return said;
  }
}
