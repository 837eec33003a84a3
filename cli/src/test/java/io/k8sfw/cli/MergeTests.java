package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Audits of loopback, merged.
class MergeTests {
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

  /// @return the results, as a file
  private String audited(String name, String inventory, String matrix) {
    String file = loopback.file(name).toString();
    new Terminal().run(Loopback.runFrom(inventory, matrix, "-q", "-o", "json=" + file));
    return file;
  }

  @Test
  void whatOneCouldNotSeeTheOtherProves() throws Exception {
    String matrix = loopback.compliant();
    String blind = audited("blind.json", loopback.inventory("{netns: /no/such}"), matrix);
    String seeing = audited("seeing.json", loopback.inventory(), matrix);
    assertThat(terminal.run("report", "--from", blind)).isEqualTo(4);

    String merged = loopback.file("merged.json").toString();
    assertThat(terminal.run("merge", blind, seeing, "-o", "json=" + merged)).isZero();
    assertThat(terminal.err()).contains("compliant: ").contains("wrote ");

    AuditResult result = ResultsJson.read(merged, Files.readAllBytes(Path.of(merged)));
    assertThat(result.parts()).hasSize(2);
    assertThat(result.places()).hasSize(1);
  }

  @Test
  void everyFormatNamesTheRunsAndTheContradiction() throws Exception {
    String matrix = loopback.exposed();
    String inventory = loopback.inventory();
    String bad = audited("bad.json", inventory, matrix);
    // Nobody listens any more: closed, and nobody knows why.
    loopback.close();
    String good = audited("good.json", inventory, matrix);

    int code =
        terminal.run(
            "merge",
            good,
            bad,
            "-o",
            "text",
            "-o",
            "junit=" + loopback.file("m.xml"),
            "-o",
            "html=" + loopback.file("m.html"),
            "-o",
            "json=" + loopback.file("m.json"));

    assertThat(code).isEqualTo(1);
    String first = ResultsJson.read(bad, Files.readAllBytes(Path.of(bad))).run().id();
    assertThat(terminal.out())
        .contains("MERGED FROM", "PARTS CONTRADICT EACH OTHER", "run " + first);
    for (String file : new String[] {"m.xml", "m.html", "m.json"}) {
      assertThat(loopback.file(file)).content().contains(first).containsIgnoringCase("contradict");
    }
    assertThat(new Terminal().run("merge", good, bad, "--fail-on", "critical")).isZero();
  }

  @Test
  void orderDoesNotMatterToTheByte() throws Exception {
    String matrix = loopback.exposed();
    String a = audited("a.json", loopback.inventory(), matrix);
    String b = audited("b.json", loopback.inventory(), matrix);
    Terminal other = new Terminal();

    assertThat(terminal.run("merge", a, b, "-o", "json")).isEqualTo(1);
    assertThat(other.run("merge", b, a, b, "-o", "json")).isEqualTo(1);
    assertThat(other.out()).isEqualTo(terminal.out());
  }

  @Test
  void oneAuditWithItselfIsThatAudit() throws Exception {
    String file = audited("a.json", loopback.inventory(), loopback.exposed());

    assertThat(terminal.run("merge", file, file, "-o", "json")).isEqualTo(1);
    assertThat(terminal.out()).isEqualTo(Files.readString(Path.of(file)));
  }

  @Test
  void strictCountsClosedPortsAsUnverified() throws Exception {
    String matrix = loopback.exposed();
    String inventory = loopback.inventory();
    loopback.close();
    String a = audited("a.json", inventory, matrix);
    String b = audited("b.json", inventory, matrix);

    assertThat(terminal.run("merge", a, b)).isZero();
    assertThat(terminal.run("merge", a, b, "--strict")).isEqualTo(3);
  }

  @Test
  void anotherMatrixIsTwoAndNamed() throws Exception {
    String a = audited("a.json", loopback.inventory(), loopback.compliant());
    String b = audited("b.json", loopback.inventory(), loopback.exposed());

    assertThat(terminal.run("merge", a, b)).isEqualTo(2);
    assertThat(terminal.err()).startsWith(b + ": the matrix has sha256 ").contains(a);
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void oneFileOrNoResultsOrAnInputAsOutputIsTwo() throws Exception {
    String a = audited("a.json", loopback.inventory(), loopback.compliant());
    String none = Files.writeString(directory.resolve("none.json"), "{}").toString();

    assertThat(terminal.run("merge", a)).isEqualTo(2);
    assertThat(terminal.run("merge", a, none)).isEqualTo(2);
    assertThat(terminal.run("merge", a, a, "-o", "json=" + a)).isEqualTo(2);
    assertThat(terminal.err()).contains("would overwrite");
  }
}
