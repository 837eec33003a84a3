package io.k8sfw.cli;

import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Sampling;
import io.k8sfw.plan.Witnessing;
import io.k8sfw.vantage.Pace;
import java.util.OptionalLong;
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
          "How hard to probe: polite (50 a second to one address), normal (1,000) or fast (8,000)."
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

  @Option(
      names = "--tracked-entries",
      paramLabel = "N",
      converter = Entries.class,
      description =
          "Entries of one connection tracking table that the attempts of all vantage points together"
              + " may hold, such as a router's or a cloud NAT's on the way. Tables that can be read"
              + " are spared without it.")
  int trackedEntries = Integer.MAX_VALUE;

  @Option(
      names = "--allow-disruptive",
      paramLabel = "WHAT",
      converter = DisruptionWord.class,
      description =
          "bgp: connect to BGP ports (179) where neither a standing session nor the socket table nor a"
              + " half-open SYN tells their state. A connection from a peer's address can reset its"
              + " established session.")
  @Nullable Disruption disruption;

  @Option(
      names = "--witness",
      paramLabel = "USE",
      converter = WitnessWord.class,
      description =
          "Whether nodes may hold free ports for seconds, to prove what closed and silent ports"
              + " cannot: auto or never. Default: auto.")
  Witnessing witness = Witnessing.AUTO;

  @Option(
      names = "--all-pairs",
      negatable = true,
      description =
          "Let every place look at every node, however many stand for the same zones. Beats"
              + " --vantage-points-per-zone.")
  @Nullable Boolean allPairs;

  @Option(
      names = "--vantage-points-per-zone",
      paramLabel = "K",
      converter = Places.class,
      description =
          "So many of the places that stand for the same zones look at each node, where more do"
              + " than that. Default: 3 where more than 10 do. Places outside look at all nodes.")
  @Nullable Integer perZone;

  @Option(
      names = "--seed",
      paramLabel = "SEED",
      converter = Seed.class,
      description =
          "A whole number that draws other samples, of places and of ports of ALL rows. Default:"
              + " from the matrix, so that runs compare.")
  @Nullable Long seed;

  PlanOptions planOptions(Environment environment) throws Refusal {
    return new PlanOptions(
        pace,
        environment.flag(controlExternal, "--control-external"),
        environment.flag(exhaustive, "--exhaustive"),
        trackedEntries,
        disruption == Disruption.BGP,
        witness,
        sampling(environment));
  }

  private Sampling sampling(Environment environment) throws Refusal {
    OptionalLong drawn = seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
    if (environment.flag(allPairs, "--all-pairs")) {
      return Sampling.allPairs(drawn);
    }
    return perZone == null ? Sampling.USUAL.with(drawn) : Sampling.of(perZone, drawn);
  }

  /// Harm that the user accepts.
  enum Disruption {
    BGP
  }

  /// `bgp`.
  static final class DisruptionWord implements ITypeConverter<Disruption> {
    @Override
    public Disruption convert(String word) {
      if (!word.equals("bgp")) {
        throw new TypeConversionException(
            "'" + word + "' is not something that can be disrupted; there is: bgp");
      }
      return Disruption.BGP;
    }
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

  /// `auto`, `never`.
  static final class WitnessWord implements ITypeConverter<Witnessing> {
    @Override
    public Witnessing convert(String word) {
      return switch (word) {
        case "auto" -> Witnessing.AUTO;
        case "never" -> Witnessing.NEVER;
        default ->
            throw new TypeConversionException(
                "'" + word + "' is no use of witnesses; there are: auto, never");
      };
    }
  }

  /// 1 to 99999.
  static final class Places implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String number) {
      if (!number.matches("0*[1-9][0-9]{0,4}")) {
        throw new TypeConversionException("'" + number + "' is not a number of places; 1 to 99999");
      }
      return Integer.valueOf(number);
    }
  }

  /// As reports show it.
  static final class Seed implements ITypeConverter<Long> {
    @Override
    public Long convert(String number) {
      try {
        return Long.valueOf(number);
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "'"
                + number
                + "' is not a seed; a whole number, "
                + Long.MIN_VALUE
                + " to "
                + Long.MAX_VALUE);
      }
    }
  }

  /// 1 or more.
  static final class Entries implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String number) {
      if (!number.matches("0*[1-9][0-9]{0,8}")) {
        throw new TypeConversionException(
            "'" + number + "' is not a number of entries; 1 to 999999999");
      }
      return Integer.valueOf(number);
    }
  }
}
