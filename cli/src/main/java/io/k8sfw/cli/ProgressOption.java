package io.k8sfw.cli;

import io.k8sfw.cli.ProgressMeter.Style;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `--progress`.
final class ProgressOption {
  /// As it was asked for.
  enum Progress {
    AUTO,
    PLAIN,
    NONE
  }

  @Option(
      names = "--progress",
      paramLabel = "STYLE",
      converter = ProgressWord.class,
      description =
          "auto: one line rewritten on a terminal, else plain; plain: a line every 30 s; none."
              + " Default: auto.")
  Progress progress = Progress.AUTO;

  Style style(Streams streams, boolean quiet) {
    if (quiet || progress == Progress.NONE) {
      return Style.NONE;
    }
    return progress == Progress.AUTO && streams.errIsTerminal() && !streams.dumbTerminal()
        ? Style.REWRITE
        : Style.PLAIN;
  }

  /// `auto`, `plain`, `none`.
  static final class ProgressWord implements ITypeConverter<Progress> {
    @Override
    public Progress convert(String word) {
      return switch (word) {
        case "auto" -> Progress.AUTO;
        case "plain" -> Progress.PLAIN;
        case "none" -> Progress.NONE;
        default ->
            throw new TypeConversionException(
                "'" + word + "' is not a style; there are: auto, plain, none");
      };
    }
  }
}
