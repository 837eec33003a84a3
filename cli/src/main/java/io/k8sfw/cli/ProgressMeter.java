package io.k8sfw.cli;

import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Says on stderr how far a run has come, and hands the user's wish to stop on to it.
///
/// On a terminal one line is rewritten in place; elsewhere a plain line appears every 30 s.
final class ProgressMeter implements Progress, AutoCloseable {
  /// How it shows.
  enum Style {
    REWRITE,
    PLAIN,
    NONE
  }

  private static final long REWRITE_MILLIS = 200;
  private static final long PLAIN_MILLIS = 30_000;

  /// Erases what the line held before (ECMA-48, EL).
  private static final String REST_OF_LINE = "\u001b[K";

  private final Streams streams;
  private final Style style;
  private final int columns;
  private final LongSupplier nanos;
  private final long started;
  private final Map<String, Long> totals;
  private final Map<String, AtomicLong> done = new ConcurrentHashMap<>();
  private final ScheduledExecutorService ticker;

  ProgressMeter(Streams streams, Style style, List<ProbeOrder> orders, LongSupplier nanos) {
    this.streams = streams;
    this.style = style;
    this.columns = columns(streams);
    this.nanos = nanos;
    this.started = nanos.getAsLong();
    this.totals =
        orders.stream()
            .collect(
                Collectors.groupingBy(
                    ProbeOrder::vantage, Collectors.summingLong(ProbeOrder::size)));
    this.ticker =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());
    if (style != Style.NONE) {
      long every = style == Style.REWRITE ? REWRITE_MILLIS : PLAIN_MILLIS;
      var _ = ticker.scheduleAtFixedRate(this::show, every, every, TimeUnit.MILLISECONDS);
    }
  }

  /// The terminal's width as the shell exports it, else the narrowest usual one.
  private static int columns(Streams streams) {
    String given = streams.environment().getOrDefault("COLUMNS", "");
    return given.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(given) : 80;
  }

  @Override
  public void settled(String vantage, long ports) {
    done.computeIfAbsent(vantage, _ -> new AtomicLong()).addAndGet(ports);
  }

  @Override
  public boolean cancelled() {
    return streams.stop().requested().isPresent();
  }

  /// `probing 1,200 of 30,000 ports (4%), 2,400/s, 12 s left, 3 vantage points`: those still at
  /// work
  String line() {
    long total = totals.values().stream().mapToLong(Long::longValue).sum();
    long settled = done.values().stream().mapToLong(AtomicLong::get).sum();
    long active =
        totals.entrySet().stream().filter(e -> settledBy(e.getKey()) < e.getValue()).count();
    double seconds = Math.max(1e-3, (nanos.getAsLong() - started) / 1e9);
    double rate = settled / seconds;
    return String.format(
        Locale.ROOT,
        "probing %,d of %,d ports (%d%%), %,.0f/s, %s, %s",
        settled,
        total,
        total == 0 ? 100 : 100 * settled / total,
        rate,
        settled == 0 ? "time left unknown" : left((total - settled) / rate),
        active == 1 ? "1 vantage point" : active + " vantage points");
  }

  private long settledBy(String vantage) {
    AtomicLong count = done.get(vantage);
    return count == null ? 0 : count.get();
  }

  private static String left(double seconds) {
    long whole = Math.max(0, Math.round(seconds));
    return whole < 120 ? whole + " s left" : (whole + 30) / 60 + " min left";
  }

  private void show() {
    String line = line();
    if (style == Style.REWRITE) {
      String cut = line.length() < columns ? line : line.substring(0, columns - 1);
      streams.err().print("\r" + cut + REST_OF_LINE);
      streams.err().flush();
    } else {
      streams.err().println(line);
    }
  }

  /// Takes the rewritten line away, so that the next message starts on a clean one.
  @Override
  public void close() {
    ticker.shutdownNow();
    try {
      var _ = ticker.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    if (style == Style.REWRITE) {
      streams.err().print("\r" + REST_OF_LINE);
      streams.err().flush();
    }
  }
}
