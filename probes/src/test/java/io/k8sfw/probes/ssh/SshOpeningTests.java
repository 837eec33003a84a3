package io.k8sfw.probes.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is run on a node, run here by the same shell, with an archive whose `java` says what it is
/// called with.
class SshOpeningTests {
  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo 'openjdk version "25.0.3"' >&2; exit; fi
      echo hello from the agent
      echo $# $HOME
      """;

  @TempDir Path directory;
  private Path home = Path.of("");
  private AgentArchive archive = new AgentArchive(Path.of(""), "", 0, "", 0, 0, Optional.empty());

  @BeforeEach
  void anArchive() throws IOException {
    home = Files.createDirectory(directory.resolve("home"));
    archive = archive(JAVA, machine());
  }

  private AgentArchive archive(String java, String machine) throws IOException {
    ArchiveWriter writer = new ArchiveWriter();
    writer.add("bin/java", java.getBytes(StandardCharsets.UTF_8));
    writer.add("jars/agent.jar", new byte[70_000]);
    writer.add("native/empty.so", new byte[0]);
    return writer.write(directory.resolve("archive-" + java.hashCode()), Optional.of(machine));
  }

  private static String machine() {
    return System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
  }

  @Test
  void aNodeWithoutTheAgentGetsIt() throws Exception {
    assertThat(start(place(), archive)).startsWith("hello from the agent");
    assertThat(cached()).containsExactly(archive.sha256());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache())))
        .isEqualTo("rwx------");
    assertThat(cache().resolve(archive.sha256()).resolve("jars/agent.jar")).hasSize(70_000);
  }

  @Test
  void aNodeWithTheAgentGetsNothing() throws Exception {
    start(place(), archive);
    Files.delete(archive.file());

    assertThat(start(place(), archive)).startsWith("hello from the agent");
  }

  @Test
  void whatALoginShellPrintsFirstIsNotTheAgents() throws Exception {
    String noise = "echo Welcome; printf '\\033[1mk8sfw-audit\\n'; ";

    assertThat(start(place(), archive, noise)).startsWith("hello from the agent");
  }

  @Test
  void everyDamageIsMended() throws Exception {
    List<Damage> damages =
        List.of(
            agent -> Files.writeString(agent.resolve("jars/agent.jar"), "other"),
            agent -> Files.delete(agent.resolve("native/empty.so")),
            agent -> Files.writeString(agent.resolve("jars/evil.jar"), "more"),
            agent -> Files.writeString(agent.resolve("manifest"), ""),
            agent -> Files.delete(agent.resolve("manifest")),
            agent ->
                Files.setPosixFilePermissions(
                    agent.resolve("bin/java"), PosixFilePermissions.fromString("rwx---rwx")));
    for (Damage damage : damages) {
      start(place(), archive);
      damage.to(cache().resolve(archive.sha256()));

      assertThat(start(place(), archive)).startsWith("hello from the agent");
      assertThat(cached()).containsExactly(archive.sha256());
      assertThat(cache().resolve(archive.sha256()).resolve("jars/agent.jar")).hasSize(70_000);
      assertThat(cache().resolve(archive.sha256()).resolve("jars/evil.jar")).doesNotExist();
    }
  }

  private interface Damage {
    void to(Path agent) throws IOException;
  }

  @Test
  void severalAtATimeDoNotDisturbEachOther() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> said =
          Stream.generate(() -> threads.submit(() -> start(place(), archive))).limit(8).toList();
      for (Future<String> each : said) {
        assertThat(each.get()).startsWith("hello from the agent");
      }
    }
    assertThat(cached()).containsExactly(archive.sha256());
  }

  @Test
  void whatNobodyStartedForAMonthGoes() throws Exception {
    AgentArchive other = archive(JAVA + "# another version\n", machine());
    start(place(), other);
    start(place(), archive);
    assertThat(cached()).containsExactlyInAnyOrder(archive.sha256(), other.sha256());

    Files.setLastModifiedTime(
        cache().resolve(other.sha256()), FileTime.from(Instant.now().minus(Duration.ofDays(40))));
    start(place(), archive);

    assertThat(cached()).containsExactly(archive.sha256());
  }

  @Test
  void anotherMachineIsALine() throws Exception {
    assertThat(refusal(place(), archive(JAVA, "s390x")))
        .startsWith("it is \"Linux " + machine() + "\", and the runtime that can be brought is for")
        .contains("java: in the inventory");
  }

  @Test
  void anArchiveThatArrivesTornIsALine() throws Exception {
    Files.write(archive.file(), new byte[(int) archive.bytes()]);

    assertThat(refusal(place(), archive)).startsWith("the agent did not arrive there whole");
    assertThat(cached()).isEmpty();
  }

  @Test
  void aHomeThatIsNoDirectoryIsALine() throws Exception {
    Files.delete(home);
    Files.createFile(home);

    assertThat(refusal(place(), archive))
        .startsWith("its cache directory cannot be used: ")
        .endsWith("name another directory by cache: in the inventory");
  }

  @Test
  void aRuntimeThatDoesNotRunIsALine() throws Exception {
    AgentArchive broken = archive("#!/bin/sh\necho GLIBC_2.99 not found >&2\nexit 1\n", machine());

    assertThat(refusal(place(), broken))
        .startsWith("the runtime does not run there: \"GLIBC_2.99 not found\"");
    assertThat(cached()).isEmpty();
  }

  @Test
  void aJavaThatIsThereIsUsed() throws Exception {
    Path java = script("java", JAVA.replace("hello from", "hello by another java from"));

    assertThat(start(place(java), archive)).startsWith("hello by another java from the agent");
  }

  @Test
  void anOldJavaIsALine() throws Exception {
    Path java = script("old", "#!/bin/sh\necho 'openjdk version \"17.0.15\" 2025' >&2\n");

    assertThat(refusal(place(java), archive))
        .isEqualTo("its " + java + " is version \"17\"; the agent needs 25 or newer");
    assertThat(refusal(place(directory.resolve("none")), archive))
        .isEqualTo(
            "there is no program \""
                + directory.resolve("none")
                + "\", which java: in the"
                + " inventory names");
  }

  @Test
  void anotherDirectoryCanBeNamed() throws Exception {
    Path other = Files.createDirectory(directory.resolve("other"));
    SshPlace place = new SshPlace("n", Optional.empty(), Optional.of(other.toString()));

    start(place, archive);

    assertThat(other.resolve("k8sfw-audit").resolve(archive.sha256())).isDirectory();
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void aConnectionThatEndsIsAnError() {
    IOException e =
        assertThrows(IOException.class, () -> start(place(), archive, "exec echo bye; "));

    assertThat(e).isNotInstanceOf(Obstacle.class).hasMessageContaining("ended before the agent");
  }

  @Test
  void twoArchivesOfTheSameFilesAreTheSame() throws Exception {
    assertThat(archive(JAVA, machine()).sha256()).isEqualTo(archive.sha256());
  }

  private static SshPlace place() {
    return new SshPlace("n", Optional.empty(), Optional.empty());
  }

  private static SshPlace place(Path java) {
    return new SshPlace("n", Optional.of(java.toString()), Optional.empty());
  }

  private Path script(String name, String text) throws IOException {
    Path script = Files.writeString(directory.resolve(name), text);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    return script;
  }

  private Path cache() {
    return home.resolve(".cache/k8sfw-audit");
  }

  private List<String> cached() throws IOException {
    try (Stream<Path> files = Files.list(cache())) {
      return files.map(f -> f.getFileName().toString()).toList();
    }
  }

  private String refusal(SshPlace place, AgentArchive what) {
    return String.valueOf(assertThrows(Obstacle.class, () -> start(place, what)).getMessage());
  }

  private String start(SshPlace place, AgentArchive what) throws Exception {
    return start(place, what, "");
  }

  /// @return what came when the agent was to speak
  private String start(SshPlace place, AgentArchive what, String before) throws Exception {
    SshOpening opening = new SshOpening(place, what, Duration.ofSeconds(30));
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c"));
    command.add(before + opening.remoteCommand());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("HOME", home.toString());
    builder.environment().remove("XDG_CACHE_HOME");
    Process process = builder.start();
    try {
      opening.speak(process.getInputStream(), process.getOutputStream());
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
  }
}
