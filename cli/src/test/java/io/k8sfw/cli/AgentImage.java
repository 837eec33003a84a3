package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.probes.agent.AgentMain;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The root directory of an image with nothing but an agent: its runtime and jars as they are
/// brought over ssh, and this machine's C library.
final class AgentImage {
  /// ldd(1): `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`, and the loader by its
  /// path.
  private static final Pattern RESOLVED = Pattern.compile("(?:\\S+ => )?(/\\S+) \\(0x[0-9a-f]+\\)");

  private AgentImage() {}

  /// @param jars the distribution's
  /// @param work where it is made
  static Path root(Path jars, Path work) throws IOException, InterruptedException {
    Path archive =
        new AgentArchives(jars, work.resolve("archives"), Path.of(System.getProperty("java.home")))
            .withRuntime()
            .file();
    Path root = work.resolve("root");
    Path app = Files.createDirectories(root.resolve("app"));
    say("tar", "-xzf", archive.toString(), "--no-same-owner", "-C", app.toString());
    libraries(root, app);
    Files.createDirectories(app.resolve("etc"));
    Files.writeString(
        app.resolve("etc/agent"),
        String.join("\n", AgentCommand.JAVA_OPTIONS) + "\n-Djava.library.path=/app/native\n-jar\n");
    Path program = app.resolve("bin/k8sfw-agent");
    Files.write(program, program(app));
    say("chmod", "-R", "a+rX", root.toString());
    say("chmod", "a+x", program.toString());
    return root;
  }

  private static void libraries(Path root, Path app) throws IOException, InterruptedException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(app)) {
      files = all.filter(f -> f.endsWith("bin/java") || f.toString().endsWith(".so")).toList();
    }
    for (Path file : files) {
      if (file.startsWith(app.resolve("native"))) {
        continue;
      }
      for (String library :
          RESOLVED.matcher(say("ldd", file.toString())).results().map(m -> m.group(1)).toList()) {
        if (!Path.of(library).startsWith(app)) {
          Path place = root.resolve(library.substring(1));
          Files.createDirectories(place.getParent());
          Files.copy(Path.of(library), place, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  /// A jar whose first line names its interpreter: there is no shell in an image.
  private static byte[] program(Path app) throws IOException {
    String classPath;
    try (Stream<Path> jars = Files.list(app.resolve("jars"))) {
      classPath =
          jars.map(jar -> "../jars/" + jar.getFileName()).sorted().collect(Collectors.joining(" "));
    }
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, AgentMain.class.getName());
    attributes.put(Attributes.Name.CLASS_PATH, classPath);
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    jar.writeBytes("#!/app/bin/java @/app/etc/agent\n".getBytes(StandardCharsets.US_ASCII));
    new JarOutputStream(jar, manifest).close();
    return jar.toByteArray();
  }

  private static String say(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", String.join(" ", command), said).isZero();
    return said;
  }
}
