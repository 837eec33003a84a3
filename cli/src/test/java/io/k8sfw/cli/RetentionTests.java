package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTests {
  private static final Instant NEW = Instant.parse("2026-03-01T04:05:06Z");

  @TempDir Path directory;

  @Test
  void theTimeIsWhereTheNameSays() throws Exception {
    assertThat(row("a-{time}.json").at(NEW))
        .isEqualTo(directory.resolve("a-20260301T040506Z.json"));
  }

  @Test
  void theNewestStayAndNothingElseIsTouched() throws Exception {
    for (String name :
        List.of(
            "a-20260101T000000Z.json",
            "a-20260201T000000Z.json",
            "a-20260202T000000Z.json",
            "a-20260101T000000Z.html",
            "a-20260101T000000Z.json.bak",
            "a-2026.json",
            "b-20260101T000000Z.json",
            "audit.prom")) {
      Files.writeString(directory.resolve(name), name);
    }
    Path link = directory.resolve("a-20260102T000000Z.json");
    Files.createSymbolicLink(link, directory.resolve("audit.prom"));
    Retention row = row("a-{time}.json");
    Path written = Files.writeString(row.at(NEW), "new");

    row.prune(2, written);

    assertThat(names())
        .containsExactly(
            "a-2026.json",
            "a-20260101T000000Z.html",
            "a-20260101T000000Z.json.bak",
            "a-20260102T000000Z.json",
            "a-20260202T000000Z.json",
            "a-20260301T040506Z.json",
            "audit.prom",
            "b-20260101T000000Z.json");
  }

  @Test
  void whatWasJustWrittenStaysThoughTheClockWentBackwards() throws Exception {
    Retention row = row("{time}");
    Path written = Files.writeString(row.at(NEW.minusSeconds(1)), "new");
    Files.writeString(row.at(NEW), "from the future");

    row.prune(1, written);

    assertThat(names()).containsExactly("20260301T040505Z");
  }

  @Test
  void aRunWritesItsRowAndKeepsSoMany() throws Exception {
    Files.writeString(directory.resolve("r-20200101T000000Z.json"), "old");
    Files.writeString(directory.resolve("r-20200102T000000Z.json"), "old");
    Path inventory =
        Files.writeString(
            directory.resolve("i.yaml"),
            """
            inventory: none
            nodes:
            - {name: w, zones: [worker], addresses: [192.0.2.21]}
            """);
    Terminal terminal = new Terminal();

    int code =
        terminal.run(
            "run",
            "-m",
            "builtin:seed",
            "-i",
            inventory.toString(),
            "-o",
            "json=" + directory.resolve("r-{time}.json"),
            "--keep",
            "2");

    assertThat(code).as(terminal.err()).isIn(3, 4);
    assertThat(names())
        .hasSize(3)
        .contains("i.yaml", "r-20200102T000000Z.json")
        .anyMatch(name -> name.matches("r-20[0-9]{6}T[0-9]{6}Z\\.json") && !name.contains("2020"));
  }

  private Retention row(String name) throws Refusal {
    return Retention.of(directory.resolve(name));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }
}
