package io.k8sfw.probes.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.observation.Observation.Unmeasured;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Made-up worlds, each a seed. `-Dk8sfw.seed=N` runs that one and tells of it; `-Dk8sfw.seeds=N`
/// runs so many, from `-Dk8sfw.firstSeed=N` on.
class SimulationTests {
  private static final long SEEDS = Long.getLong("k8sfw.seeds", 1000);
  private static final long FIRST = Long.getLong("k8sfw.firstSeed", 1);

  /// Every so many seeds are run twice.
  private static final int TWICE = 10;

  /// Of all ports, where all that goes wrong is a loss of at most a tenth each way.
  private static final double UNMEASURED_IN_LIGHT_LOSS = 0.01;

  private final LongAdder attempts = new LongAdder();
  private final LongAdder ports = new LongAdder();
  private final LongAdder lossyPorts = new LongAdder();
  private final LongAdder lossyUnmeasured = new LongAdder();

  @Test
  void everyPromiseIsKeptInEveryWorld() {
    Long one = Long.getLong("k8sfw.seed");
    List<String> failures =
        one == null
            ? LongStream.range(FIRST, FIRST + SEEDS)
                .parallel()
                .mapToObj(this::failures)
                .flatMap(List::stream)
                .toList()
            : failures(one);
    if (one != null || SEEDS != 1000) {
      System.out.printf(
          "%d ports, %d attempts, %d of %d ports unmeasured in light loss%n",
          ports.sum(), attempts.sum(), lossyUnmeasured.sum(), lossyPorts.sum());
    }
    assertThat(failures).isEmpty();
    if (one == null) {
      assertThat((double) lossyUnmeasured.sum())
          .as("ports unmeasured in light loss, of %d", lossyPorts.sum())
          .isLessThanOrEqualTo(UNMEASURED_IN_LIGHT_LOSS * lossyPorts.sum());
    }
  }

  /// Each showed an error of ours, in longer runs than every build can have.
  @ParameterizedTest
  @ValueSource(
      longs = {
        1119, 1491, 1504, 1548, 1864, 2068, 2437, 2684, 2845, 2983, 3313, 3326, 3528, 4241, 9542,
        9595, 10929, 11662, 12633, 14235, 15809, 16161, 17645, 19493, 19560, 50764
      })
  void everyPromiseThatWasOnceBrokenIsKept(long seed) {
    assertThat(failures(seed)).isEmpty();
  }

  private List<String> failures(long seed) {
    List<String> failures = new ArrayList<>();
    Scenario scenario = Scenarios.ofSeed(seed);
    try {
      Simulation simulation = Simulation.of(scenario);
      count(simulation);
      simulation.violations().forEach(v -> failures.add(v.toString()));
      if (seed % TWICE == 0 && !isTheSame(simulation, Simulation.of(Scenarios.ofSeed(seed)))) {
        failures.add("the same seed came out otherwise the second time");
      }
    } catch (RuntimeException | AssertionError e) {
      StackTraceElement[] trace = e.getStackTrace();
      failures.add(e + (trace.length == 0 ? "" : " at " + trace[0]));
    }
    return failures.stream().map(f -> "seed " + seed + ": " + f + "\n    in " + scenario).toList();
  }

  static boolean isTheSame(Simulation first, Simulation second) {
    return first.observations().equals(second.observations())
        && first.assessments().equals(second.assessments())
        && first.attempts() == second.attempts();
  }

  private void count(Simulation simulation) {
    attempts.add(simulation.attempts());
    long asked = simulation.carried().stream().mapToLong(c -> c.order().size()).sum();
    ports.add(asked);
    List<Trouble> troubles = simulation.scenario().world().troubles();
    boolean light =
        troubles.size() == 1
            && troubles.getFirst() instanceof Trouble.Loss loss
            && loss.there() <= 0.1
            && loss.back() <= 0.1;
    if (light) {
      lossyPorts.add(asked);
      lossyUnmeasured.add(
          simulation.observations().readings().stream()
              .flatMap(r -> r.runs().stream())
              .filter(r ->
                  r.observation() instanceof Unmeasured u
                      && !u.cause().raw().contains("is not connected to"))
              .mapToLong(r -> r.ports().last() - r.ports().first() + 1)
              .sum());
    }
  }
}
