package io.k8sfw.probes;

import io.k8sfw.probes.pacing.TableBudget;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.TrackedShares;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the connection tracking tables that could get crowded while attempts pass them, and allows
/// each order what the fullest of those on its way can spare.
///
/// Whoever hears nothing new sends nothing new: a controller that stands still stops the probing
/// and nothing else. What is behind a table whose last reader died is left alone from then on.
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

    /// The addresses whose packets pass a table of their own.
    private final Map<Table, Set<InetAddress>> behind = new LinkedHashMap<>();

    private volatile Allowance allowance = Allowance.UNLIMITED;
    private volatile Set<InetAddress> offLimits = Set.of();

    /// Allows it something new once all tables on its way have something new to say. One that
    /// nobody can read any more has nothing to say: what is behind it is off limits.
    void turn(long number) {
      if (passed.removeIf(Table::isLost)) {
        Set<InetAddress> lost = new LinkedHashSet<>(offLimits);
        behind.forEach((table, addresses) -> lost.addAll(table.isLost() ? addresses : Set.of()));
        offLimits = Set.copyOf(lost);
        if (passed.isEmpty()) {
          allowance = new Allowance(number, Allowance.UNLIMITED.entries());
        }
      }
      if (passed.isEmpty() || passed.stream().anyMatch(t -> t.news <= allowance.number())) {
        return;
      }
      long news = passed.stream().mapToLong(t -> t.news).max().orElseThrow();
      allowance = new Allowance(news, passed.stream().mapToInt(t -> t.share).min().orElseThrow());
    }
  }

  /// @param table empty where it could not be read
  private record Reading(Optional<Tracking> table) {}

  /// One table, and those who can read it.
  private static final class Table {
    private final List<Vantage> readers;
    private final TableBudget budget;

    /// Null where it was used already.
    private volatile @Nullable Reading reading;

    private long heard;
    private long news;
    private int share;

    /// @param readers at least one
    Table(List<Vantage> readers, Tracking before, int orders, long now) {
      this.readers = List.copyOf(readers);
      this.budget = new TableBudget(before, orders, now);
      this.reading = new Reading(Optional.of(before));
      this.heard = now;
    }

    boolean isLost() {
      return readers.stream().allMatch(Vantage::isGone);
    }

    Optional<Tracking> read() {
      return readers.stream()
          .filter(reader -> !reader.isGone())
          .findFirst()
          .flatMap(Vantage::tracking);
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
      passing.forEach(index -> {
        Order order = orders.get(index);
        order.passed.add(table);
        order.behind.put(table, behind(name, planned.get(index), read));
      });
    });
    pauseMillis = Math.max(EVERY_MILLIS, MORE_MILLIS_PER_TABLE * tables.size());
    turn(1, now);
    tables.forEach(t -> threads.add(Thread.ofVirtual().start(() -> read(t))));
    if (!tables.isEmpty()) {
      threads.add(Thread.ofPlatform().daemon().name("tables").start(this::turns));
    }
  }

  private static Set<InetAddress> behind(
      String table, ProbeOrder order, Map<String, Tracking> read) {
    return order.targets().stream()
        .filter(
            target -> target.node().map(read::get).filter(t -> t.table().equals(table)).isPresent())
        .map(Target::address)
        .collect(Collectors.toSet());
  }

  private static Table table(
      String name,
      int orders,
      Map<String, Tracking> read,
      Map<String, Vantage> vantages,
      long now) {
    List<Vantage> readers = new ArrayList<>();
    List<Tracking> readings = new ArrayList<>();
    read.forEach((place, reading) -> {
      Vantage reader = vantages.get(place);
      if (reader != null && reading.table().equals(name)) {
        readers.add(reader);
        readings.add(reading);
      }
    });
    if (readers.isEmpty()) {
      throw new IllegalStateException("nobody read the table " + name);
    }
    return new Table(readers, readings.getFirst(), orders, now);
  }

  /// What the order of that index among the planned ones may take.
  Allowance allowance(int order) {
    return orders.get(order).allowance;
  }

  /// Addresses that the order of that index must leave alone from now on.
  Set<InetAddress> offLimits(int order) {
    return orders.get(order).offLimits;
  }

  private void read(Table table) {
    try {
      while (!closed) {
        TimeUnit.MILLISECONDS.sleep(pauseMillis);
        table.reading = new Reading(table.read());
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
    orders.forEach(order -> order.turn(number));
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
