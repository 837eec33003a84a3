package io.k8sfw.cli;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryReader;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.LintFinding;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixChoice;
import io.k8sfw.matrix.MatrixLint;
import io.k8sfw.matrix.MatrixReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// Reads what `-m`, `-i` and `--from` name: a file, `-` for standard input, or `builtin:NAME`.
final class Inputs {
  static final String STDIN = "-";
  static final String BUILTIN = "builtin:";

  /// More than any matrix, inventory or result is; keeps `/dev/zero` from eating the memory.
  private static final int MAX_BYTES = 256 << 20;

  private final Streams streams;
  private boolean stdinTaken;

  Inputs(Streams streams) {
    this.streams = streams;
  }

  /// The matrix that `words` name together, without a word of what lint says of it.
  Matrix anyMatrix(List<String> words) throws Refusal {
    SequencedMap<String, byte[]> files = new LinkedHashMap<>();
    for (String word : words) {
      if (files.containsKey(source(word))) {
        throw Refusal.usage("{}: is named twice; name each matrix once", word);
      }
      files.put(source(word), text(word));
    }
    return parsed(() -> MatrixReader.readAll(files));
  }

  /// The file itself that `word` names.
  byte[] text(String word) throws Refusal {
    return word.startsWith(BUILTIN)
        ? BuiltinMatrices.text(word.substring(BUILTIN.length()))
            .orElseThrow(() -> noSuchBuiltin(word))
        : bytes(word);
  }

  /// A matrix to audit by: what `words` name or, where they name none, what fits a cluster of these
  /// facts, which is said.
  ///
  /// @param cluster what a live cluster told of itself; empty where there is none
  Matrix matrix(List<String> words, Optional<Facts> cluster) throws Refusal {
    if (!words.isEmpty()) {
      return matrix(words);
    }
    if (cluster.isEmpty()) {
      throw Refusal.usage(
          "a matrix is missing: name one with -m; there are {}, or write one",
          BuiltinMatrices.names().stream().map(BUILTIN::concat).collect(Collectors.joining(", ")));
    }
    MatrixChoice choice = MatrixChoice.from(cluster.get());
    if (choice.builtins().isEmpty()) {
      throw Refusal.usage("{}; name a matrix with -m", choice.because());
    }
    Matrix matrix = matrix(choice.builtins().stream().map(BUILTIN::concat).toList());
    streams.say("{}: {}", matrix.source(), choice.because());
    return matrix.chosen(choice.because());
  }

  /// A matrix to audit by. What no cluster can comply with is said, and audited all the same.
  Matrix matrix(List<String> words) throws Refusal {
    Matrix matrix = anyMatrix(words);
    for (LintFinding finding : MatrixLint.lint(matrix)) {
      if (finding.level() == LintFinding.Level.ERROR) {
        streams.say("{}", finding);
      }
    }
    return matrix;
  }

  Inventory inventory(String word, Matrix matrix) throws Refusal {
    byte[] bytes = bytes(word);
    return parsed(() -> InventoryReader.read(source(word), bytes, matrix));
  }

  static Refusal noSuchBuiltin(String word) {
    return Refusal.usage(
        "{}: there is no such built-in matrix; there are: {}",
        word,
        String.join(", ", BuiltinMatrices.names()));
  }

  /// How messages name an input.
  static String source(String word) {
    return word.equals(STDIN) ? "<stdin>" : word;
  }

  /// Everything in the file that `word` names.
  byte[] bytes(String word) throws Refusal {
    if (word.isEmpty()) {
      throw Refusal.usage("an empty file name: name a file, or - for standard input");
    }
    if (word.equals(STDIN)) {
      if (stdinTaken) {
        throw Refusal.usage("standard input (-) can be read only once; name a file for the other");
      }
      stdinTaken = true;
    } else if (Files.isDirectory(path(word))) {
      throw Refusal.usage("{}: is a directory; name a file", word);
    }
    try (InputStream in = word.equals(STDIN) ? streams.in() : Files.newInputStream(path(word))) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw Refusal.usage("{}: is larger than {} MiB", source(word), MAX_BYTES >> 20);
      }
      return bytes;
    } catch (NoSuchFileException _) {
      throw Refusal.usage("{}: there is no such file", word);
    } catch (AccessDeniedException _) {
      throw Refusal.usage("{}: cannot be read: permission denied", word);
    } catch (IOException e) {
      throw Refusal.usage("{}: cannot be read: {}", source(word), String.valueOf(e.getMessage()));
    }
  }

  /// @throws Refusal where this system cannot have a file of that name (in the C locale: not ASCII)
  static Path path(String word) throws Refusal {
    try {
      return Path.of(word);
    } catch (InvalidPathException e) {
      throw Refusal.usage("{}: is not a file name here: {}", word, e.getReason());
    }
  }

  /// Reads what a person wrote.
  interface Reading<T> {
    T read() throws InvalidInputException;
  }

  /// Every problem of the input becomes one line.
  static <T> T parsed(Reading<T> reading) throws Refusal {
    try {
      return reading.read();
    } catch (InvalidInputException e) {
      throw Refusal.input(e.problems().stream().map(Problem::toString).map(Visible::text).toList());
    }
  }
}
