package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTests {
  @TempDir Path directory = Path.of("");

  @Test
  void replacesWhatWasThereAndLeavesNothingElse() throws Exception {
    Path report = Files.writeString(directory.resolve("report.xml"), "old");

    AtomicFile.at(report).write(bytes("new"));

    assertThat(report).hasContent("new");
    assertThat(names()).containsExactly("report.xml");
  }

  @Test
  void checkingChangesNothing() throws Exception {
    Path report = Files.writeString(directory.resolve("report.xml"), "old");

    AtomicFile.at(report);

    assertThat(report).hasContent("old");
    assertThat(names()).containsExactly("report.xml");
  }

  @Test
  void theOldFileStaysWhenTheNewOneCannotBeWritten() throws Exception {
    Path inside = Files.createDirectory(directory.resolve("reports"));
    Path report = Files.writeString(inside.resolve("report.xml"), "old");
    AtomicFile file = AtomicFile.at(report);
    Path moved = Files.move(inside, directory.resolve("elsewhere"));

    assertThatThrownBy(() -> file.write(bytes("new")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("report.xml: cannot be written");
    assertThat(moved.resolve("report.xml")).hasContent("old");
  }

  @Test
  void aDirectoryThatTookTheNameMeanwhileStays() throws Exception {
    Path report = directory.resolve("report.xml");
    AtomicFile file = AtomicFile.at(report);
    Files.createDirectories(report.resolve("in"));

    assertThatThrownBy(() -> file.write(bytes("new"))).isInstanceOf(IOException.class);
    assertThat(report).isDirectory();
    assertThat(names()).containsExactly("report.xml");
  }

  @Test
  void symbolicLinksAreNotFollowed() throws Exception {
    Path real = Files.writeString(directory.resolve("real"), "old");
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);
    Path dangling = Files.createSymbolicLink(directory.resolve("lost"), directory.resolve("no"));

    for (Path path : List.of(link, dangling)) {
      assertThatThrownBy(() -> AtomicFile.at(path))
          .isInstanceOf(Refusal.class)
          .hasMessage(path + ": is a symbolic link, which is not followed; name the file itself");
    }
    assertThat(real).hasContent("old");
  }

  @Test
  void aLinkPlantedMeanwhileIsReplacedAndNotFollowed() throws Exception {
    Path victim = Files.writeString(directory.resolve("victim"), "precious");
    Path report = directory.resolve("report.xml");
    AtomicFile file = AtomicFile.at(report);
    Files.createSymbolicLink(report, victim);

    file.write(bytes("new"));

    assertThat(victim).hasContent("precious");
    assertThat(report).isRegularFile().hasContent("new");
    assertThat(Files.isSymbolicLink(report)).isFalse();
  }

  @Test
  void devicesAndDirectoriesAreRefused() {
    assertThatThrownBy(() -> AtomicFile.at(Path.of("/dev/null")))
        .hasMessage("/dev/null: is not a plain file; write to - and redirect");
    assertThatThrownBy(() -> AtomicFile.at(directory))
        .hasMessage(directory + ": is a directory; name a file");
    assertThatThrownBy(() -> AtomicFile.at(Path.of("/")))
        .hasMessage("/: is a directory; name a file");
  }

  @Test
  void aMissingDirectoryIsRefused() {
    Path path = directory.resolve("no/report.xml");

    assertThatThrownBy(() -> AtomicFile.at(path))
        .hasMessage(path + ": cannot be written: there is no directory " + directory.resolve("no"));
  }

  @Test
  void aDirectoryWithoutPermissionIsRefused() throws Exception {
    Path closed = Files.createDirectory(directory.resolve("closed"));
    Files.setPosixFilePermissions(closed, Set.of(PosixFilePermission.OWNER_READ));
    if (Files.isWritable(closed)) {
      // Root may write everywhere but where the kernel itself says no.
      closed = Path.of("/proc/self/fdinfo");
    }
    Path report = closed.resolve("report.xml");

    assertThatThrownBy(() -> AtomicFile.at(report))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("cannot be written");
  }

  @Test
  void aFileSystemThatTakesNoFilesIsRefused() {
    Path path = Path.of("/proc/report.xml");
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "needs /proc");

    assertThatThrownBy(() -> AtomicFile.at(path))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("/proc/report.xml: cannot be written: ");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
