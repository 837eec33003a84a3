package io.k8sfw.cli;

import io.k8sfw.plan.PlanOptions;
import io.k8sfw.vantage.Pace;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What is probed, and how hard.
final class ProbeOptions {
  @Option(
      names = "--pace",
      paramLabel = "PACE",
      converter = PaceWord.class,
      description =
          "How hard to probe: polite (50 a second to one address), normal (1,000) or fast (5,000)."
              + " Default: normal.")
  Pace pace = Pace.NORMAL;

  @Option(
      names = "--exhaustive",
      negatable = true,
      description = "Probe every port of ALL rows, not a sample.")
  @Nullable Boolean exhaustive;

  @Option(
      names = "--control-external",
      negatable = true,
      description =
          "Allow a probe to 192.0.2.1 (TEST-NET-1), which nobody answers: shows up whatever accepts"
              + " every connection.")
  @Nullable Boolean controlExternal;

  PlanOptions planOptions(Environment environment) throws Refusal {
    return new PlanOptions(
        pace,
        environment.flag(controlExternal, "--control-external"),
        environment.flag(exhaustive, "--exhaustive"),
        Integer.MAX_VALUE);
  }

  /// `polite`, `normal`, `fast`.
  static final class PaceWord implements ITypeConverter<Pace> {
    @Override
    public Pace convert(String word) {
      return Pace.named(word)
          .orElseThrow(() ->
              new TypeConversionException(
                  "'" + word + "' is not a pace; there are: polite, normal, fast"));
    }
  }
}
