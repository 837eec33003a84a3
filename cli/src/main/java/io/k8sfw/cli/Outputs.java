package io.k8sfw.cli;

import io.k8sfw.reporters.ReportFormat;
import io.k8sfw.reporters.TextReporter;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Reporter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The reports that were asked for with `-o FORMAT[=PATH]`, known to be writable.
final class Outputs {
  private static final String STDOUT = "-";

  /// @param file empty for standard output
  /// @param row the files that it is one of, if its name holds the time
  private record Output(ReportFormat format, Optional<AtomicFile> file, Optional<Retention> row) {}

  private final Streams streams;
  private final List<Output> outputs;

  /// How many files of a row stay.
  private final int keep;

  private Outputs(Streams streams, List<Output> outputs, int keep) {
    this.streams = streams;
    this.outputs = outputs;
    this.keep = keep;
  }

  /// @param words as given; none means text on standard output
  /// @param inputs files that no report may overwrite
  static Outputs of(List<String> words, List<String> inputs, Streams streams) throws Refusal {
    List<Output> outputs = new ArrayList<>();
    Set<Path> taken = new HashSet<>();
    Instant now = Instant.now();
    for (String word : words.isEmpty() ? List.of("text") : words) {
      Output output = output(word, now);
      if (output.file().isEmpty()) {
        requireSuitable(output, outputs, streams);
      } else if (!taken.add(output.file().get().path())) {
        throw Refusal.usage("-o {}: another -o writes the same file", word);
      } else {
        requireNoInput(word, output.file().get().path(), inputs);
      }
      outputs.add(output);
    }
    return new Outputs(streams, outputs, Integer.MAX_VALUE);
  }

  /// The same, of whose files that are named by the time only the newest `keep` stay.
  Outputs keeping(int keep) throws Refusal {
    if (outputs.stream().allMatch(o -> o.row().isEmpty())) {
      throw Refusal.usage(
          "--keep {}: no report is named by the time; name one so: -o json=audit-{time}.json",
          Integer.toString(keep));
    }
    return new Outputs(streams, outputs, keep);
  }

  private static Output output(String word, Instant now) throws Refusal {
    int equals = word.indexOf('=');
    String format = equals < 0 ? word : word.substring(0, equals);
    String path = equals < 0 ? STDOUT : word.substring(equals + 1);
    if (path.isEmpty()) {
      throw Refusal.usage("-o {}: there is no path after the equals sign", word);
    }
    ReportFormat known = format(format);
    if (path.equals(STDOUT)) {
      return new Output(known, Optional.empty(), Optional.empty());
    }
    Path place = Inputs.path(path);
    if (!path.contains(Retention.TIME)) {
      return new Output(known, Optional.of(AtomicFile.at(place)), Optional.empty());
    }
    Retention row = Retention.of(place);
    return new Output(known, Optional.of(AtomicFile.at(row.at(now))), Optional.of(row));
  }

  private static ReportFormat format(String word) throws Refusal {
    return ReportFormat.named(word)
        .orElseThrow(
            () -> Refusal.usage("-o {}: there is no such format; there are: {}", word, formats()));
  }

  static String formats() {
    return Arrays.stream(ReportFormat.values())
        .map(ReportFormat::word)
        .collect(Collectors.joining(", "));
  }

  private static void requireSuitable(Output output, List<Output> before, Streams streams)
      throws Refusal {
    String format = output.format().word();
    if (before.stream().anyMatch(o -> o.file().isEmpty())) {
      throw Refusal.usage(
          "-o {}: standard output can take one report only; give the other a path: -o {}=PATH",
          format,
          format);
    }
    if (output.format() == ReportFormat.HTML && streams.outIsTerminal()) {
      throw Refusal.usage("-o html: a terminal cannot show HTML; write it to a file: -o html=PATH");
    }
  }

  static void requireNoInput(String word, Path path, List<String> inputs) throws Refusal {
    for (String input : inputs) {
      try {
        Path read = Inputs.path(input);
        if (Files.exists(path) && Files.exists(read) && Files.isSameFile(path, read)) {
          throw Refusal.usage("-o {}: would overwrite {}, which is an input", word, input);
        }
      } catch (IOException e) {
        throw Refusal.usage("-o {}: cannot be compared with {}: {}", word, input, e.toString());
      }
    }
  }

  boolean toStdout() {
    return outputs.stream().anyMatch(o -> o.file().isEmpty());
  }

  /// Writes all of them: one that fails does not cost the others.
  ///
  /// @return what failed, one line each, not encoded
  /// @throws RuntimeException a reporter's bug, after everything else was written
  List<String> write(AuditResult result) {
    List<String> failures = new ArrayList<>();
    RuntimeException bug = null;
    for (Output output : outputs) {
      try {
        write(output, result);
      } catch (IOException e) {
        failures.add(String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        bug = e;
      }
    }
    if (bug != null) {
      throw bug;
    }
    return failures;
  }

  private void write(Output output, AuditResult result) throws IOException {
    StringWriter text = new StringWriter();
    reporter(output).write(result, text);
    if (output.file().isPresent()) {
      AtomicFile file = output.file().get();
      file.write(text.toString().getBytes(StandardCharsets.UTF_8));
      if (output.row().isPresent()) {
        prune(output.row().get(), file.path());
      }
    } else {
      streams.out().print(text);
      streams.requirePrinted();
    }
  }

  /// What cannot be deleted costs no report.
  private void prune(Retention row, Path written) {
    try {
      row.prune(keep, written);
    } catch (IOException e) {
      streams.say("older reports beside {} cannot be deleted: {}", written, e.toString());
    }
  }

  private Reporter reporter(Output output) {
    boolean coloured =
        output.format() == ReportFormat.TEXT
            && output.file().isEmpty()
            && streams.outIsTerminal()
            && !streams.noColor();
    return coloured ? new TextReporter(true) : output.format().reporter();
  }

  /// The files, in the order given.
  List<Path> files() {
    return outputs.stream().flatMap(o -> o.file().stream()).map(AtomicFile::path).toList();
  }
}
