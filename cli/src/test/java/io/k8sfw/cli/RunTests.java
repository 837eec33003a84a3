package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole audits of loopback.
class RunTests {
  @TempDir Path directory = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private Loopback loopback;

  private final Terminal terminal = new Terminal();

  @BeforeEach
  void listen() throws Exception {
    loopback = new Loopback(directory);
  }

  @AfterEach
  void close() throws Exception {
    loopback.close();
  }

  @Test
  void compliantIsZeroAndGoesToStandardOutput() throws Exception {
    assertThat(terminal.run(loopback.run(loopback.compliant()))).as(terminal.err()).isZero();
    assertThat(terminal.out()).startsWith("COMPLIANT");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void findingsAreOne() throws Exception {
    assertThat(terminal.run(loopback.run(loopback.exposed()))).isEqualTo(1);
    assertThat(terminal.out()).contains("OVER-EXPOSED");
  }

  @Test
  void findingsBelowTheBarAreNotFailures() throws Exception {
    assertThat(terminal.run(loopback.run(loopback.exposed(), "--fail-on", "critical"))).isZero();
    assertThat(terminal.out()).contains("OVER-EXPOSED");
    assertThat(new Terminal().run(loopback.run(loopback.exposed(), "--fail-on", "high")))
        .isEqualTo(1);
  }

  @Test
  void missingEvidenceIsThree() throws Exception {
    assertThat(terminal.run(loopback.run(loopback.unproven()))).isEqualTo(3);
    assertThat(new Terminal().run(loopback.run(loopback.unproven(), "--min-coverage", "0")))
        .isZero();
  }

  @Test
  void exitZeroForgivesFindingsAndMissingEvidenceOnly() throws Exception {
    assertThat(terminal.run(loopback.run(loopback.exposed(), "--exit-zero"))).isZero();
    assertThat(terminal.run(loopback.run(loopback.unproven(), "--exit-zero"))).isZero();
    assertThat(terminal.run(loopback.run("builtin:no", "--exit-zero"))).isEqualTo(2);
    assertThat(
            terminal.run(
                Loopback.runFrom(
                    loopback.inventory("{netns: /no/such}"), loopback.compliant(), "--exit-zero")))
        .isEqualTo(4);
  }

  @Test
  void noUsableVantagePointIsFourAndSaysWhy() throws Exception {
    String inventory = loopback.inventory("{netns: /no/such}");

    assertThat(terminal.run(Loopback.runFrom(inventory, loopback.compliant()))).isEqualTo(4);
    assertThat(terminal.out()).contains("/no/such");
    assertThat(terminal.err()).contains("no vantage point could be used");
  }

  @Test
  void everyReportIsWrittenAndNothingElse() throws Exception {
    String[] args =
        loopback.run(
            loopback.exposed(),
            "-o",
            "json=" + loopback.file("r.json"),
            "-o",
            "html=" + loopback.file("r.html"),
            "-o",
            "junit=" + loopback.file("r.xml"),
            "-o",
            "text=" + loopback.file("r.txt"));

    assertThat(terminal.run(args)).isEqualTo(1);
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err())
        .startsWith("not compliant: 1 over-exposed, 0 missing, 0 deviating; ")
        .contains("wrote " + loopback.file("r.json").toRealPath());
    assertThat(loopback.files())
        .containsExactly("exposed.yaml", "inventory.yaml", "r.html", "r.json", "r.txt", "r.xml");
    assertThat(loopback.file("r.html")).content().startsWithIgnoringCase("<!doctype html>");
    assertThat(loopback.file("r.xml")).content().contains("<testsuite");
    assertThat(loopback.file("r.txt")).content().doesNotContain("\u001b");
  }

  @Test
  void aResultRendersAgainToTheSameBytesWithTheSameExitCode() throws Exception {
    terminal.run(
        loopback.run(
            loopback.exposed(),
            "-o",
            "json=" + loopback.file("a.json"),
            "-o",
            "html=" + loopback.file("a.html"),
            "-o",
            "junit=" + loopback.file("a.xml"),
            "-o",
            "text=" + loopback.file("a.txt")));

    int code =
        terminal.run(
            "report",
            "--from",
            loopback.file("a.json").toString(),
            "-o",
            "json=" + loopback.file("b.json"),
            "-o",
            "html=" + loopback.file("b.html"),
            "-o",
            "junit=" + loopback.file("b.xml"),
            "-o",
            "text=" + loopback.file("b.txt"));

    assertThat(code).isEqualTo(1);
    for (String kind : new String[] {".json", ".html", ".xml", ".txt"}) {
      assertThat(loopback.file("b" + kind)).hasSameBinaryContentAs(loopback.file("a" + kind));
    }
  }

  @Test
  void resultsAreReadFromStandardInput() throws Exception {
    terminal.run(loopback.run(loopback.exposed(), "-o", "json"));

    Terminal second = new Terminal().typing(terminal.out());

    assertThat(second.run("report", "--from", "-", "--fail-on", "critical")).isZero();
    assertThat(second.out()).contains("OVER-EXPOSED");
  }

  @Test
  void aResultsFileThatIsNoneIsTwo() throws Exception {
    Path file = Files.writeString(directory.resolve("r.json"), "{\"schemaVersion\": ");

    assertThat(terminal.run("report", "--from", file.toString())).isEqualTo(2);
    assertThat(terminal.err()).startsWith(file + ":");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void quietSaysNothing() throws Exception {
    String[] args =
        loopback.run(loopback.compliant(), "-q", "-o", "json=" + loopback.file("r.json"));

    assertThat(terminal.run(args)).isZero();
    assertThat(terminal.err()).isEmpty();
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void aReportThatCannotBeWrittenIsFourAndDoesNotCostTheOthers() throws Exception {
    assumeTrue(Files.isWritable(Path.of("/dev/full")), "needs /dev/full (full(4))");
    String[] args =
        loopback.run(loopback.compliant(), "-o", "text", "-o", "json=" + loopback.file("r.json"));

    try (PrintStream full =
        new PrintStream(new FileOutputStream("/dev/full"), true, StandardCharsets.UTF_8)) {
      assertThat(terminal.runInto(full, args)).isEqualTo(4);
    }
    assertThat(terminal.err()).contains("standard output cannot be written: closed or full");
    assertThat(loopback.file("r.json")).isNotEmptyFile();
  }

  @Test
  void aRunThatIsEndedWritesItsReportsMarkedIncomplete() throws Exception {
    String[] args = loopback.run(loopback.compliant(), "-o", "json=" + loopback.file("r.json"));
    Terminal ended = new Terminal();
    try (var _ = ended.stop().orderly()) {
      ended.stop().heard(Stop.Signal.TERM);
    }

    assertThat(ended.run(args)).isEqualTo(143);
    assertThat(ended.err()).contains("(incomplete)");
    assertThat(terminal.run("report", "--from", loopback.file("r.json").toString())).isEqualTo(3);
  }

  @Test
  void coloursAreForTerminalsThatWantThem() throws Exception {
    String[] args = loopback.run(loopback.exposed());

    Terminal colourful = new Terminal().onScreen();
    colourful.run(args);
    assertThat(colourful.out()).contains("\u001b[");

    Terminal empty = new Terminal().onScreen().with("NO_COLOR", "");
    empty.run(args);
    assertThat(empty.out()).contains("\u001b[");

    for (Terminal plain :
        new Terminal[] {
          new Terminal(),
          new Terminal().onScreen().with("NO_COLOR", "1"),
          new Terminal().onScreen().with("TERM", "dumb")
        }) {
      plain.run(args);
      assertThat(plain.out()).doesNotContain("\u001b");
    }
  }
}
