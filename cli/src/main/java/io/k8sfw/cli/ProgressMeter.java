package io.k8sfw.cli;

import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Says on stderr how far a run has come, and hands the user's wish to stop on to it.
///
/// On a terminal one line is rewritten in place; elsewhere a plain line appears every 30 s.
///
/// How long it still takes is reckoned from what each vantage point lately did, over some seconds
/// and over some minutes, whichever was slower: so it grows with a rate that falls and with pauses,
/// and a burst after a pause does not promise an early end. Where the two are far apart, or nothing
/// happens, the line says from when to when it may end. The slowest vantage point decides.
final class ProgressMeter implements Progress, AutoCloseable {
  /// How it shows.
  enum Style {
    REWRITE,
    PLAIN,
    NONE
  }

  private static final long REWRITE_MILLIS = 200;
  private static final long PLAIN_MILLIS = 30_000;

  private static final long SECONDS = TimeUnit.SECONDS.toNanos(15);

  /// Longer than the two minutes that connection tracking may make everything wait.
  private static final long MINUTES = TimeUnit.MINUTES.toNanos(3);

  /// An entry of a connection tracking table may have to die before more is sent.
  private static final double LONGEST_PAUSE_SECONDS = Effort.TRACKED_UNANSWERED.toSeconds();

  /// What was lately done at so different rates that neither tells how long the rest takes.
  private static final double APART = 3;

  /// A pause that is worth a word: longer than an attempt waits at any pace.
  private static final long QUIET = TimeUnit.SECONDS.toNanos(5);

  /// Erases what the line held before (ECMA-48, EL).
  private static final String REST_OF_LINE = "\u001b[K";

  private final Streams streams;
  private final Style style;
  private final int columns;
  private final LongSupplier nanos;
  private final Map<String, Long> totals;
  private final Map<String, Throughput> throughputs = new HashMap<>();
  private final ScheduledExecutorService ticker;

  ProgressMeter(Streams streams, Style style, List<ProbeOrder> orders, LongSupplier nanos) {
    this.streams = streams;
    this.style = style;
    this.columns = columns(streams);
    this.nanos = nanos;
    this.totals =
        orders.stream()
            .collect(
                Collectors.groupingBy(
                    ProbeOrder::vantage, Collectors.summingLong(ProbeOrder::size)));
    long now = nanos.getAsLong();
    totals.keySet().forEach(vantage -> throughputs.put(vantage, new Throughput(now, MINUTES)));
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
    Throughput throughput = throughputs.get(vantage);
    if (throughput != null) {
      throughput.add(nanos.getAsLong(), ports);
    }
  }

  @Override
  public boolean cancelled() {
    return streams.stop().requested().isPresent();
  }

  /// `probing 1,200 of 30,000 ports (4%), 2,400/s, 12 s left, 3 vantage points`: those still at
  /// work. Where nothing was settled for a while, it says for how long instead of how fast.
  String line() {
    long now = nanos.getAsLong();
    long total = totals.values().stream().mapToLong(Long::longValue).sum();
    long settled = throughputs.values().stream().mapToLong(Throughput::done).sum();
    List<String> active = totals.keySet().stream().filter(v -> open(v) > 0).toList();
    return String.format(
        Locale.ROOT,
        "probing %,d of %,d ports (%s), %s, %s, %s",
        settled,
        total,
        percent(settled, total),
        pace(active, now),
        left(active, now),
        active.size() == 1 ? "1 vantage point" : active.size() + " vantage points");
  }

  private long open(String vantage) {
    return of(totals, vantage) - of(throughputs, vantage).done();
  }

  private static <T> T of(Map<String, T> map, String vantage) {
    return Objects.requireNonNull(map.get(vantage), "it has orders");
  }

  /// Neither 0% of something nor 100% of less than all.
  private static String percent(long settled, long total) {
    long percent = total == 0 ? 100 : 100 * settled / total;
    return settled > 0 && percent == 0 ? "<1%" : percent + "%";
  }

  private String pace(List<String> active, long now) {
    long quiet = active.stream().mapToLong(v -> now - of(throughputs, v).last()).min().orElse(0);
    return quiet >= QUIET
        ? "nothing settled for " + span(quiet / 1e9)
        : String.format(
            Locale.ROOT,
            "%,.0f/s",
            throughputs.values().stream().mapToDouble(t -> t.perSecond(now, SECONDS)).sum());
  }

  private String left(List<String> active, long now) {
    double shortest = 0;
    double longest = 0;
    for (String vantage : active) {
      Throughput throughput = of(throughputs, vantage);
      double lately = throughput.perSecond(now, SECONDS);
      double longer = throughput.perSecond(now, MINUTES);
      if (longer == 0) {
        return "time left unknown";
      }
      double slower = lately > 0 ? Math.min(lately, longer) : longer;
      double pause = now - throughput.last() >= QUIET ? LONGEST_PAUSE_SECONDS : 0;
      shortest = Math.max(shortest, open(vantage) / Math.max(lately, longer));
      longest = Math.max(longest, open(vantage) / slower + pause);
    }
    if (active.isEmpty()) {
      return "0 s left";
    }
    String most = span(Math.max(1, longest)) + " left";
    return longest > APART * shortest ? span(Math.max(1, shortest)) + " to " + most : most;
  }

  private static String span(double seconds) {
    long whole = Math.round(seconds);
    return whole < 120
        ? whole + " s"
        : whole < 7200 ? (whole + 30) / 60 + " min" : (whole + 1800) / 3600 + " h";
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
