package io.k8sfw.reporters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.result.AuditResult;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

final class JsonReporterTests {
  static List<AuditResult> samples() {
    return List.of(
        SampleResults.everything(),
        SampleResults.compliant(),
        SampleResults.sampled(),
        SampleResults.nothing(),
        SampleResults.notJudged(),
        SampleResults.merged(),
        SampleResults.interrupted("SIGINT"),
        SampleResults.hostile(Hostile.ALL));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void readingBackGivesTheSameResult(AuditResult result) throws Exception {
    assertThat(ResultsJson.read("results.json", bytes(result))).isEqualTo(result);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void outputFitsThePublishedSchema(AuditResult result) {
    assertThat(Schema.errors(Reports.json(result))).isEmpty();
  }

  @Test
  void textIsAsciiAndEndsInOneNewline() {
    String json = Reports.json(SampleResults.hostile(Hostile.ALL));
    assertThat(json).matches("(?s)[\\x20-\\x7e\\n]*").endsWith("}\n").doesNotContain("#");
  }

  @Test
  void fieldsStandInTheOrderOfTheRecords() {
    JsonNode root = ResultsJson.MAPPER.readTree(Reports.json(SampleResults.everything()));
    assertThat(root.propertyNames())
        .containsExactly(
            "schemaVersion",
            "tool",
            "run",
            "matrix",
            "inventory",
            "facts",
            "summary",
            "findings",
            "cells",
            "rules",
            "nodes",
            "places",
            "assessments",
            "gaps",
            "exclusions",
            "parts",
            "contradictions",
            "composition",
            "services",
            "placeSamples");
  }

  @Test
  void goldenFile() {
    Golden.check("everything.json", Reports.json(SampleResults.everything()));
    Golden.check("merged.json", Reports.json(SampleResults.merged()));
  }

  @Test
  void everyFieldIsNeeded() {
    ObjectNode root = tree();
    for (String field : List.copyOf(root.propertyNames())) {
      ObjectNode less = root.deepCopy();
      less.remove(field);
      assertRefused(less, "");
    }
  }

  @Test
  void everyFieldOfAnEntryIsNeededAndNoOtherIsTaken() {
    for (String list : List.of("assessments", "findings", "cells", "gaps", "nodes", "places")) {
      ObjectNode entry = (ObjectNode) ((ArrayNode) tree().get(list)).get(0);
      for (String field : List.copyOf(entry.propertyNames())) {
        ObjectNode root = tree();
        ((ObjectNode) ((ArrayNode) root.get(list)).get(0)).remove(field);
        assertRefused(root, list);
      }
      ObjectNode root = tree();
      ((ObjectNode) ((ArrayNode) root.get(list)).get(0)).put("surplus", 1);
      assertRefused(root, list);
      assertThat(Schema.errors(root.toString())).isNotEmpty();
    }
  }

  @Test
  void nullInAListIsRefused() {
    for (String list : List.of("assessments", "gaps", "nodes", "places", "exclusions", "rules")) {
      ObjectNode root = tree();
      ((ArrayNode) root.get(list)).addNull();
      assertRefused(root, list);
    }
  }

  @Test
  void aFileCutOffAnywhereIsRefused() {
    byte[] json = bytes(SampleResults.compliant());
    for (int length = 0; length < json.length - 2; length += 97) {
      byte[] cut = java.util.Arrays.copyOf(json, length);
      assertThatThrownBy(() -> ResultsJson.read("cut.json", cut))
          .isInstanceOf(InvalidInputException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "3",
        "{}",
        "{\"schemaVersion\":2}",
        "{\"schemaVersion\":\"1\"}",
        "{\"schemaVersion\":1}",
        "{\"schemaVersion\":1,\"schemaVersion\":1}",
        "\u0000"
      })
  void whatIsNotResultsIsRefused(String text) {
    assertThatThrownBy(() -> ResultsJson.read("x.json", text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("x.json");
  }

  @Test
  void anotherSchemaVersionIsNamed() {
    ObjectNode root = tree();
    root.put("schemaVersion", 2);
    assertRefused(root, "schemaVersion: this program reads version 1");
  }

  @Test
  void tooDeepIsRefused() {
    String deep = "[".repeat(60) + "]".repeat(60);
    assertThatThrownBy(() -> ResultsJson.read("deep.json", deep.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(InvalidInputException.class);
  }

  @Test
  void textAfterTheEndIsRefused() {
    String json = Reports.json(SampleResults.compliant()) + "{}";
    assertThatThrownBy(() -> ResultsJson.read("x.json", json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(InvalidInputException.class);
  }

  @Test
  void aSummaryThatDoesNotFollowIsRefused() {
    ObjectNode root = tree();
    ((ObjectNode) root.get("summary")).put("overExposed", 0);
    assertRefused(root, "do not follow");
  }

  @Test
  void judgementsThatDoNotCoverTheirCheckAreRefused() {
    ObjectNode root = tree();
    ((ObjectNode) root.at("/assessments/0/judgements/0")).put("ports", "1");
    assertRefused(root, "assessments[0]");
  }

  @Test
  void contradictionsThatAreAboutNoCheckAreRefused() {
    for (String field : List.of("check", "ports")) {
      ObjectNode root = merged();
      ((ObjectNode) root.at("/contradictions/0")).put(field, "1");
      assertRefused(root, "contradictions[0]");
    }
    ObjectNode root = merged();
    ((ArrayNode) root.at("/contradictions/0/opinions")).remove(0);
    assertRefused(root, "contradictions[0]");
  }

  private static ObjectNode merged() {
    return (ObjectNode) ResultsJson.MAPPER.readTree(Reports.json(SampleResults.merged()));
  }

  @Test
  void problemsNameThePlaceAndCarryNoControlCharacters() {
    ObjectNode root = tree();
    ((ObjectNode) root.at("/nodes/0")).put("\u001b[31mevil", 1);
    assertThatThrownBy(
            () -> ResultsJson.read("x.json", root.toString().getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("nodes[0].\u241b[31mevil")
        .hasMessageNotContaining("\u001b");
  }

  private static ObjectNode tree() {
    return (ObjectNode) ResultsJson.MAPPER.readTree(Reports.json(SampleResults.everything()));
  }

  private static void assertRefused(ObjectNode root, String message) {
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> ResultsJson.read("results.json", json))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(message);
  }

  private static byte[] bytes(AuditResult result) {
    return Reports.json(result).getBytes(StandardCharsets.UTF_8);
  }
}
