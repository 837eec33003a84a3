package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Assessment.Sample;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.SourcePosition;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Untrusted;
import io.k8sfw.result.AuditResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.SerializableString;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.io.SerializedString;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/// Reads `results.json` back, and publishes its schema.
public final class ResultsJson {
  /// Some 180,000 checks: one takes about 1.4 kB.
  public static final int MAX_BYTES = 256 * 1024 * 1024;

  /// The document itself needs 9.
  static final int MAX_DEPTH = 50;

  private static final String READ = Integer.toString(ResultsDocument.VERSION);

  static final JsonMapper MAPPER = mapper();

  private ResultsJson() {}

  /// Reads what [JsonReporter] wrote.
  ///
  /// @param source the file as the user named it, for problems
  /// @throws InvalidInputException if it is anything but complete results of this schema version:
  ///   cut off, with a field too many or too few, too large, too deep, or with a summary that does
  ///   not follow from its own assessments
  public static AuditResult read(String source, byte[] json) throws InvalidInputException {
    if (json.length > MAX_BYTES) {
      throw invalid(source, "larger than 256 MiB; results that k8sfw-audit writes are smaller");
    }
    try {
      checkVersion(source, json);
      ResultsDocument document = MAPPER.readValue(json, ResultsDocument.class);
      List<Problem> problems = contradictions(source, document);
      if (!problems.isEmpty()) {
        throw new InvalidInputException(problems);
      }
      return document.result();
    } catch (JacksonException e) {
      throw new InvalidInputException(List.of(problem(source, e)));
    }
  }

  /// The JSON Schema (draft 2020-12) of `results.json`.
  public static String schema() {
    try (InputStream in = ResultsJson.class.getResourceAsStream("results.schema.json")) {
      return new String(
          Objects.requireNonNull(in, "results.schema.json is in this jar").readAllBytes(),
          StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("results.schema.json is in this jar", e);
    }
  }

  private static JsonMapper mapper() {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxDocumentLength(MAX_BYTES)
                    .maxStringLength(MAX_BYTES)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .characterEscapes(new Inert())
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .build();
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    return JsonMapper.builder(factory)
        .addModule(new ResultsModule())
        .defaultPrettyPrinter(
            new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines))
        .enable(SerializationFeature.INDENT_OUTPUT)
        .enable(SerializationFeature.ORDER_SET_ELEMENTS)
        .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
        .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
        .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
        .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
        .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .changeDefaultNullHandling(
            n -> n.withContentNulls(com.fasterxml.jackson.annotation.Nulls.FAIL))
        .build();
  }

  /// Before anything else, so that a file of another version is not called malformed.
  private static void checkVersion(String source, byte[] json) throws InvalidInputException {
    try (JsonParser in = MAPPER.createParser(json)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw invalid(source, "not results of k8sfw-audit: not a JSON object");
      }
      while (in.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean version = in.currentName().equals("schemaVersion");
        JsonToken value = in.nextToken();
        if (version && value == JsonToken.VALUE_NUMBER_INT && in.getString().equals(READ)) {
          return;
        }
        if (version) {
          throw new InvalidInputException(
              List.of(
                  new Problem(
                      SourcePosition.wholeFile(source),
                      "schemaVersion",
                      "this program reads version " + READ + "; use the one that wrote the file")));
        }
        in.skipChildren();
      }
      throw invalid(source, "not results of k8sfw-audit: it has no schemaVersion");
    }
  }

  private static List<Problem> contradictions(String source, ResultsDocument document) {
    List<Problem> problems = new ArrayList<>();
    for (int i = 0; i < document.assessments().size(); i++) {
      whatContradicts(document.assessments().get(i), source, "assessments[" + i + "]", problems);
    }
    for (int i = 0; i < document.contradictions().size(); i++) {
      AuditResult.Contradiction contradiction = document.contradictions().get(i);
      if (!isAboutItsCheck(contradiction, document)) {
        problems.add(
            new Problem(
                SourcePosition.wholeFile(source),
                "contradictions[" + i + "]",
                "several parts, and no others, say something of exactly these ports of a check"));
      }
    }
    if (problems.isEmpty() && !ResultsDocument.of(document.result()).equals(document)) {
      problems.add(
          new Problem(
              SourcePosition.wholeFile(source),
              "",
              "summary, findings or cells do not follow from the assessments and gaps;"
                  + " the file was changed after k8sfw-audit wrote it"));
    }
    return problems;
  }

  private static boolean isAboutItsCheck(
      AuditResult.Contradiction contradiction, ResultsDocument document) {
    return contradiction.opinions().size() > 1
        && contradiction.opinions().stream()
            .allMatch(o -> o.ports().equals(contradiction.ports()) && o.part().isPresent())
        && document.assessments().stream()
            .filter(a -> a.check().id().equals(contradiction.check()))
            .anyMatch(a -> a.check().flow().ports().containsAll(contradiction.ports()));
  }

  private static void whatContradicts(
      Assessment assessment, String source, String path, List<Problem> problems) {
    PortSet judged = PortSet.NONE;
    int ports = 0;
    for (Judgement judgement : assessment.judgements()) {
      judged = judged.union(judgement.ports());
      ports += judgement.ports().size();
      if ((judgement.verdict() instanceof Verdict.Finding) != judgement.severity().isPresent()) {
        problems.add(
            new Problem(
                SourcePosition.wholeFile(source),
                path,
                "a finding has a severity, and nothing else has one"));
      }
    }
    PortSet asked = assessment.check().flow().ports();
    int besides = assessment.sample().flatMap(Sample::listening).orElse(0);
    if (assessment.judgements().isEmpty()
        || !judged.containsAll(asked)
        || judged.size() != asked.size() + besides
        || assessment.sample().isPresent() != assessment.check().sampled()
        || ports != judged.size()) {
      problems.add(
          new Problem(
              SourcePosition.wholeFile(source),
              path,
              "the judgements are not of exactly the ports of the check"));
    }
  }

  private static InvalidInputException invalid(String source, String message) {
    return new InvalidInputException(
        List.of(new Problem(SourcePosition.wholeFile(source), "", message)));
  }

  private static Problem problem(String source, JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    SourcePosition where =
        at == null || at.getLineNr() < 1
            ? SourcePosition.wholeFile(source)
            : new SourcePosition(source, at.getLineNr(), Math.max(at.getColumnNr(), 1));
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference step : e.getPath()) {
      if (step.getIndex() >= 0) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".")
            .append(Untrusted.of(step.getPropertyName()).visible());
      }
    }
    return new Problem(where, path.toString(), message(e));
  }

  /// Jackson's own message names our classes and quotes the file; neither helps the reader.
  private static String message(JacksonException e) {
    return switch (e) {
      case UnrecognizedPropertyException _ -> "a field that results do not have here";
      case StreamReadException _ ->
          "not JSON as k8sfw-audit writes it: " + Untrusted.of(e.getOriginalMessage()).visible(160);
      default ->
          "a field is missing or its value is not one that belongs here; `k8sfw-audit schema`"
              + " prints what does";
    };
  }

  /// ASCII escapes beyond those of JSON, so that results on a terminal or in a CI log stay text:
  /// DEL, and `#`, which opens Azure Pipelines' and GitHub's `##[command]` anywhere in a line.
  private static final class Inert extends CharacterEscapes {
    private static final long serialVersionUID = 1L;

    private static final int[] ESCAPES = escapes();

    private static int[] escapes() {
      int[] escapes = standardAsciiEscapesForJSON();
      escapes['#'] = ESCAPE_STANDARD;
      escapes[0x7f] = ESCAPE_STANDARD;
      return escapes;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return ESCAPES.clone();
    }

    @Override
    public SerializableString getEscapeSequence(int c) {
      return new SerializedString("\\u%04x".formatted(c));
    }
  }
}
