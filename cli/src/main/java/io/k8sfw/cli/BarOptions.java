package io.k8sfw.cli;

import io.k8sfw.evaluate.Severity;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What makes a result fail.
final class BarOptions {
  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY",
      converter = SeverityWord.class,
      description = "The weakest finding that fails: low, medium, high or critical. Default: low.")
  Severity failOn = Severity.LOW;

  @Option(
      names = "--min-coverage",
      paramLabel = "PERCENT",
      converter = Percent.class,
      description = "How much of what is in scope must be proven. Default: 100.")
  int minCoverage = 100;

  @Option(names = "--exit-zero", negatable = true, description = "Exit 0 where it would be 1 or 3.")
  @Nullable Boolean exitZero;

  ExitCodes.Bar bar(Environment environment) throws Refusal {
    return new ExitCodes.Bar(failOn, minCoverage, environment.flag(exitZero, "--exit-zero"));
  }

  /// `low`, `medium`, …
  static final class SeverityWord implements ITypeConverter<Severity> {
    @Override
    public Severity convert(String word) {
      return Arrays.stream(Severity.values())
          .filter(s -> s.word().equals(word))
          .findFirst()
          .orElseThrow(() ->
              new TypeConversionException(
                  "'" + word + "' is not a severity; there are: " + severities()));
    }

    private static String severities() {
      return Arrays.stream(Severity.values()).map(Severity::word).collect(Collectors.joining(", "));
    }
  }

  /// 0..100.
  static final class Percent implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String word) {
      if (!word.matches("100|[1-9]?[0-9]")) {
        throw new TypeConversionException("'" + word + "' is not a whole number from 0 to 100");
      }
      return Integer.valueOf(word);
    }
  }
}
