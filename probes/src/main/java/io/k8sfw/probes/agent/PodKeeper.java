package io.k8sfw.probes.agent;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The first process of a pod: keeps it there for agents that are started beside it, and ends when
/// none was there for long. So a pod outlives an audit that was killed by minutes, not by hours.
final class PodKeeper {
  /// Long enough for an audit to start hundreds of other pods before it starts an agent in this
  /// one.
  private static final Duration ALONE = Duration.ofMinutes(5);

  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  private final Supplier<Boolean> company;
  private final LongSupplier nanos;
  private final Sleep sleep;

  /// Waits a moment.
  interface Sleep {
    void sleep(Duration moment) throws InterruptedException;
  }

  PodKeeper() {
    this(
        PodKeeper::isAccompanied,
        System::nanoTime,
        moment -> TimeUnit.NANOSECONDS.sleep(moment.toNanos()));
  }

  /// @param company whether an agent is there
  PodKeeper(Supplier<Boolean> company, LongSupplier nanos, Sleep sleep) {
    this.company = company;
    this.nanos = nanos;
    this.sleep = sleep;
  }

  /// Returns when it was alone for minutes.
  void keep() throws InterruptedException {
    long last = nanos.getAsLong();
    while (nanos.getAsLong() - last <= ALONE.toNanos()) {
      sleep.sleep(LOOK_AGAIN);
      if (company.get()) {
        last = nanos.getAsLong();
      }
    }
  }

  /// Whether another process runs the same program. A pod has processes of its own alone; one that
  /// shares its node's may see other pods' agents, and has its deadline.
  static boolean isAccompanied() {
    ProcessHandle own = ProcessHandle.current();
    Optional<String> program = own.info().command();
    return ProcessHandle.allProcesses()
        .anyMatch(p -> !p.equals(own) && program.isPresent() && p.info().command().equals(program));
  }
}
