package io.k8sfw.cli;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.SourcePosition;
import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.probes.agent.CarriedObservations;
import io.k8sfw.probes.agent.CarriedPlan;
import io.k8sfw.vantage.ProbeOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What offline places saw, brought here.
final class ObservationsOption {
  @Option(
      names = "--observations",
      paramLabel = "FILE",
      description =
          "What `agent --plan` printed at an offline vantage point: a file, or - for standard input;"
              + " may be repeated.")
  List<String> files = new ArrayList<>();

  @Option(
      names = "--max-age",
      paramLabel = "AGE",
      converter = Age.class,
      description = "Refuse observations that are older, such as 90m, 24h or 7d. Default: any age.")
  @Nullable Duration maxAge;

  /// Everything that is wrong with any of the files is said at once.
  List<CarriedObservations> read(
      Inputs inputs, Matrix matrix, Inventory inventory, PlanOptions options, Instant now)
      throws Refusal {
    if (files.isEmpty()) {
      return List.of();
    }
    Map<String, CarriedPlan> plans = plans(matrix, inventory, options, now);
    List<CarriedObservations> all = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    Map<String, String> taken = new HashMap<>();
    for (String file : files) {
      byte[] bytes = inputs.bytes(file);
      try {
        CarriedObservations one = CarriedObservations.read(Inputs.source(file), bytes, plans);
        why(one, taken, now)
            .ifPresent(
                why -> problems.add(new Problem(SourcePosition.wholeFile(one.source()), "", why)));
        taken.putIfAbsent(one.place(), one.source());
        all.add(one);
      } catch (InvalidInputException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw Refusal.input(problems.stream().map(Problem::toString).map(Visible::text).toList());
    }
    return List.copyOf(all);
  }

  /// Why a whole file cannot be used all the same.
  private Optional<String> why(CarriedObservations one, Map<String, String> taken, Instant now) {
    String before = taken.get(one.place());
    if (before != null) {
      return Optional.of(
          "is of " + one.place() + ", as is " + before + "; give one file of each place");
    }
    Duration age = Duration.between(one.seen().finished(), now);
    boolean old = maxAge != null && age.compareTo(maxAge) > 0;
    return old
        ? Optional.of(
            "was finished at "
                + one.seen().finished()
                + ", longer ago than --max-age; observe again")
        : Optional.empty();
  }

  /// What every offline place is asked by an audit, by its name.
  static Map<String, CarriedPlan> plans(
      Matrix matrix, Inventory inventory, PlanOptions options, Instant now) {
    Map<String, CarriedPlan> plans = new LinkedHashMap<>();
    for (ProbeOrder order : Planner.plan(matrix, inventory, options).orders()) {
      boolean offline =
          inventory
              .vantagePoint(order.vantage())
              .map(VantagePoint::agent)
              .filter(Agent.Offline.class::isInstance)
              .isPresent();
      if (offline) {
        plans.put(order.vantage(), CarriedPlan.of(matrix.sha256(), inventory.sha256(), order, now));
      }
    }
    return plans;
  }

  /// `90m`, `24h`, `7d`.
  static final class Age implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String word) {
      if (!word.matches("[1-9][0-9]{0,5}[mhd]")) {
        throw new TypeConversionException(
            "'" + word + "' is not an age; write minutes, hours or days: 90m, 24h, 7d");
      }
      long number = Long.parseLong(word.substring(0, word.length() - 1));
      return switch (word.charAt(word.length() - 1)) {
        case 'm' -> Duration.ofMinutes(number);
        case 'h' -> Duration.ofHours(number);
        default -> Duration.ofDays(number);
      };
    }
  }
}
