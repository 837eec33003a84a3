package io.k8sfw.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The command line of `bench/faults`.
///
/// @param rows ids, or beginnings of ids; empty for all
/// @param flows how many flows a row has at the most; empty for what the matrix says
/// @param repetitions how many seeds, counted up from `seed`
record Options(
    List<String> rows,
    boolean quick,
    Optional<Integer> flows,
    long seed,
    int repetitions,
    Optional<String> pace,
    boolean peers,
    Path out,
    Path launcher) {
  static final String USAGE =
      """
      Usage: bench/faults [ROW...] [options]
      Breaks the way between a prober and its target, and counts what the prober then gets wrong: ours,
      and nmap and masscan in the same place. ROW is an id or the beginning of one; all without.
        --list          print the rows, and end
        --quick         few flows, one seed: minutes instead of hours
        --n N           at most so many flows a row
        --seed S        the first seed (default 1)
        --seeds K       how many seeds (default 3; with --quick 1)
        --pace PACE     for all rows: polite, normal or fast
        --no-peers      only our own program
        --out DIR       where everything is kept (default bench/target/faults)
      Needs root, ip, nft, tcpdump, nmap and masscan. Exits 1 when we were wrong anywhere.
      """;

  /// @throws IllegalArgumentException naming what is wrong
  static Options parse(String[] arguments, Path root) {
    List<String> rows = new ArrayList<>();
    boolean quick = false;
    Optional<Integer> flows = Optional.empty();
    long seed = 1;
    Optional<Integer> repetitions = Optional.empty();
    Optional<String> pace = Optional.empty();
    boolean peers = true;
    Path out = root.resolve("bench/target/faults");
    List<String> left = new ArrayList<>(List.of(arguments));
    while (!left.isEmpty()) {
      String word = left.removeFirst();
      switch (word) {
        case "--quick" -> quick = true;
        case "--no-peers" -> peers = false;
        case "--n" -> flows = Optional.of(Integer.valueOf(value(word, left)));
        case "--seed" -> seed = Long.parseLong(value(word, left));
        case "--seeds" -> repetitions = Optional.of(Integer.valueOf(value(word, left)));
        case "--pace" -> pace = Optional.of(value(word, left));
        case "--out" -> out = Path.of(value(word, left));
        default -> {
          if (word.startsWith("-")) {
            throw new IllegalArgumentException("no option " + word);
          }
          rows.add(word);
        }
      }
    }
    return new Options(
        rows,
        quick,
        flows,
        seed,
        repetitions.orElse(quick ? 1 : 3),
        pace,
        peers,
        out.toAbsolutePath(),
        root.resolve("k8sfw-audit").toAbsolutePath());
  }

  private static String value(String option, List<String> left) {
    if (left.isEmpty()) {
      throw new IllegalArgumentException(option + " wants a value");
    }
    return left.removeFirst();
  }

  boolean wants(Row row) {
    return rows.isEmpty() || rows.stream().anyMatch(row.id::startsWith);
  }

  int hosts(Row row) {
    return flows.map(n -> Math.clamp(n / row.ports, 1, row.hosts)).orElse(row.hosts);
  }

  Duration most() {
    return quick ? Duration.ofMinutes(4) : Duration.ofMinutes(40);
  }

  Duration mostForPeers() {
    return quick ? Duration.ofMinutes(1) : Duration.ofMinutes(15);
  }
}
