package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Compares with a file of `src/test/resources`. To accept what is written now, run the tests with
/// `GOLDEN_UPDATE=true` in the environment, and read the difference before committing it.
final class Golden {
  private static final Path FOLDER = Path.of("src/test/resources/io/k8sfw/reporters/golden");

  private Golden() {}

  static void check(String name, String actual) {
    Path file = FOLDER.resolve(name);
    try {
      if ("true".equals(System.getenv("GOLDEN_UPDATE"))) {
        Files.createDirectories(FOLDER);
        Files.writeString(file, actual);
      }
      assertThat(actual).isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
