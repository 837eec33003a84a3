package io.k8sfw.probes;

import io.k8sfw.probes.pacing.TableBudget;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.TrackedShares;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reads the connection tracking tables that could get crowded while attempts pass them, and allows
/// each order what the fullest of those on its way can spare.
///
/// Whoever hears nothing new sends nothing new: a reader that died, or a controller that stands
/// still, stops the probing and nothing else.
final class TableWatch implements AutoCloseable {
  /// Between two readings of one table, and, of very many tables, so much more for each.
  private static final long EVERY_MILLIS = 200;

  private static final long MORE_MILLIS_PER_TABLE = 2;

  /// A table that was not read for so long is one that cannot be.
  private static final long SILENT = TimeUnit.SECONDS.toNanos(5);

  private final List<Order> orders = new ArrayList<>();
  private final List<Table> tables = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final long pauseMillis;
  private volatile boolean closed;

  /// What is allowed to one order.
  private static final class Order {
    private final List<Table> passed = new ArrayList<>();
    private volatile Allowance allowance = Allowance.UNLIMITED;

    /// Allows it something new once all tables on its way have something new to say.
    void turn() {
      if (passed.isEmpty() || passed.stream().anyMatch(t -> t.news <= allowance.number())) {
        return;
      }
      long number = passed.stream().mapToLong(t -> t.news).max().orElseThrow();
      allowance = new Allowance(number, passed.stream().mapToInt(t -> t.share).min().orElseThrow());
    }
  }

  /// @param table empty where it could not be read
  private record Reading(Optional<Tracking> table) {}

  /// One table, and somebody who can read it.
  private static final class Table {
    private final Vantage reader;
    private final TableBudget budget;

    /// Null where it was used already.
    private volatile @Nullable Reading reading;

    private long heard;
    private long news;
    private int share;

    Table(Vantage reader, Tracking before, int orders, long now) {
      this.reader = reader;
      this.budget = new TableBudget(before, orders, now);
      this.reading = new Reading(Optional.of(before));
      this.heard = now;
    }

    void turn(long number, long now) {
      Reading read = reading;
      if (read != null) {
        reading = null;
        heard = now;
        share = budget.share(read.table(), now);
        news = number;
      } else if (now - heard > SILENT) {
        share = budget.share(Optional.empty(), now);
        news = number;
      }
    }
  }

  /// The tables that the attempts will pass, as far as somebody there can tell.
  ///
  /// @return by the name of the place
  static Map<String, Tracking> passed(List<ProbeOrder> orders, Map<String, Vantage> vantages) {
    Set<String> places = new LinkedHashSet<>();
    for (ProbeOrder order : orders) {
      places.add(order.vantage());
      order.targets().forEach(target -> target.node().ifPresent(places::add));
    }
    places.retainAll(vantages.keySet());
    Map<String, Tracking> tables = new LinkedHashMap<>();
    Parallel.each(places, place -> tracking(vantages.get(place)))
        .forEach((place, tracking) -> tracking.ifPresent(t -> tables.put(place, t)));
    return tables;
  }

  private static Optional<Tracking> tracking(@Nullable Vantage vantage) {
    return vantage == null ? Optional.empty() : vantage.tracking();
  }

  /// Allows what the tables can spare as they were, and goes on reading them.
  ///
  /// @param read the tables as they were before the first attempt, by the name of the place
  TableWatch(List<ProbeOrder> planned, Map<String, Tracking> read, Map<String, Vantage> vantages) {
    long now = System.nanoTime();
    planned.forEach(_ -> orders.add(new Order()));
    Map<String, List<Integer>> crowded = TrackedShares.crowded(planned, read);
    crowded.forEach((name, passing) -> {
      Table table = table(name, passing.size(), read, vantages, now);
      tables.add(table);
      passing.forEach(order -> orders.get(order).passed.add(table));
    });
    pauseMillis = Math.max(EVERY_MILLIS, MORE_MILLIS_PER_TABLE * tables.size());
    turn(1, now);
    tables.forEach(t -> threads.add(Thread.ofVirtual().start(() -> read(t))));
    if (!tables.isEmpty()) {
      threads.add(Thread.ofPlatform().daemon().name("tables").start(this::turns));
    }
  }

  private static Table table(
      String name,
      int orders,
      Map<String, Tracking> read,
      Map<String, Vantage> vantages,
      long now) {
    for (Map.Entry<String, Tracking> each : read.entrySet()) {
      Vantage reader = vantages.get(each.getKey());
      if (reader != null && each.getValue().table().equals(name)) {
        return new Table(reader, each.getValue(), orders, now);
      }
    }
    throw new IllegalStateException("nobody read the table " + name);
  }

  /// What the order of that index among the planned ones may take.
  Allowance allowance(int order) {
    return orders.get(order).allowance;
  }

  private void read(Table table) {
    try {
      while (!closed) {
        TimeUnit.MILLISECONDS.sleep(pauseMillis);
        table.reading = new Reading(table.reader.tracking());
      }
    } catch (InterruptedException _) {
      // Closing.
    }
  }

  private void turns() {
    try {
      for (long number = 2; !closed; number++) {
        TimeUnit.MILLISECONDS.sleep(pauseMillis / 4);
        turn(number, System.nanoTime());
      }
    } catch (InterruptedException _) {
      // Closing.
    }
  }

  private void turn(long number, long now) {
    tables.forEach(t -> t.turn(number, now));
    orders.forEach(Order::turn);
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
