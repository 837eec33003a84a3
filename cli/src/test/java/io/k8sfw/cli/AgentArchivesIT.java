package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.k8sfw.probes.ssh.AgentArchive;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What agents are made of, with the distribution's jars.
class AgentArchivesIT {
  private static final Path JARS = Path.of("target", "dist", "lib").toAbsolutePath();
  private static final Path JAVA = Path.of(System.getProperty("java.home"));

  @TempDir Path directory;

  @Test
  void theRuntimeHasTheModulesThatTheAgentsJarsUse() throws Exception {
    List<String> jars;
    try (Stream<Path> files = Files.list(JARS)) {
      jars =
          files
              .filter(f ->
                  f.getFileName()
                      .toString()
                      .matches("(scanner-core|probes|netty|jackson-core|commons)-.*jar"))
              .map(Path::toString)
              .toList();
    }
    StringWriter said = new StringWriter();
    String[] args =
        Stream.concat(
                Stream.of("--multi-release", "25", "--ignore-missing-deps", "--print-module-deps"),
                jars.stream())
            .toArray(String[]::new);
    PrintWriter out = new PrintWriter(said);
    int code = ToolProvider.findFirst("jdeps").orElseThrow().run(out, out, args);

    assertThat(code).as(said.toString()).isZero();
    Set<String> used =
        new TreeSet<>(List.of(said.toString().lines().toList().getLast().split(",", -1)));
    // jdeps leaves out what others bring along.
    assertThat(AgentArchives.MODULES).containsAll(used);
  }

  @Test
  void anArchiveIsMadeOnceAndTheSameEverywhere() throws Exception {
    AgentArchive made = new AgentArchives(JARS, directory.resolve("a"), JAVA).withRuntime();
    AgentArchive found =
        new AgentArchives(JARS, directory.resolve("a"), Path.of("/x")).withoutRuntime();
    AgentArchive again = new AgentArchives(JARS, directory.resolve("b"), JAVA).withRuntime();

    assertThat(again.sha256()).isEqualTo(made.sha256());
    assertThat(again.manifestSha256()).isEqualTo(made.manifestSha256());
    assertThat(found.machine()).isEmpty();
    assertThat(found.bytes()).isLessThan(made.bytes());
    assertThat(new AgentArchives(JARS, directory.resolve("a"), JAVA).withRuntime()).isEqualTo(made);
    assertThat(new AgentArchives(JARS, directory.resolve("a"), Path.of("/x")).withRuntime())
        .isEqualTo(made);
    assertThat(made.file()).hasFileName(made.sha256() + ".tar.gz").hasSize(made.bytes());
  }

  @Test
  void aJavaWithoutJlinkIsALine() {
    IOException e =
        assertThrows(
            IOException.class,
            () -> new AgentArchives(JARS, directory, Path.of("/jre")).withRuntime());

    assertThat(e).hasMessageStartingWith("no runtime for agents can be made: /jre has no jlink;");
  }

  @Test
  void aProgramWithoutItsJarsIsALine() {
    IOException e =
        assertThrows(
            IOException.class,
            () -> new AgentArchives(directory, directory, JAVA).withoutRuntime());

    assertThat(e)
        .hasMessage("there are not all jars in " + directory + " that the agent is made of");
  }
}
