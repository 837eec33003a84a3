package io.k8sfw.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// `bench/faults`: runs the rows, prints the table.
public final class Faults {
  private Faults() {}

  /// Arguments as [Options#USAGE] says; the system property `root` is the checkout's directory.
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<Row> rows = Rows.all();
    if (List.of(arguments).contains("--help")) {
      System.out.print(Options.USAGE);
      return;
    }
    if (List.of(arguments).contains("--list")) {
      rows.forEach(r -> System.out.printf("%-16s %7d  %s%n", r.id, r.hosts * r.ports, r.fault));
      return;
    }
    Options options;
    try {
      options = Options.parse(arguments, Path.of(System.getProperty("root", ".")));
    } catch (IllegalArgumentException e) {
      System.err.println("bench/faults: " + e.getMessage());
      System.err.print(Options.USAGE);
      System.exit(2);
      return;
    }
    List<Row> wanted = rows.stream().filter(options::wants).toList();
    if (wanted.isEmpty()) {
      System.err.println("bench/faults: no such row; --list names them");
      System.exit(2);
    }
    System.exit(run(wanted, options));
  }

  private static int run(List<Row> rows, Options options) throws IOException, InterruptedException {
    Files.createDirectories(options.out());
    List<String> lines = new ArrayList<>(Table.head());
    lines.forEach(System.out::println);
    int wrong = 0;
    for (Row row : rows) {
      options.pace().ifPresent(row::pace);
      List<Trial.Outcome> outcomes = new ArrayList<>();
      for (long seed = options.seed(); seed < options.seed() + options.repetitions(); seed++) {
        try {
          outcomes.add(trial(row, options, seed));
        } catch (IOException e) {
          // A row that cannot be had here must not cost the others; nor may it pass.
          System.err.println("  " + row.id + " seed " + seed + " could not be tried: " + e);
          wrong++;
        }
      }
      wrong += outcomes.stream().mapToInt(o -> o.run().score().wrong()).sum();
      String line = Table.line(row, outcomes);
      System.out.println(line);
      lines.add(line);
      Files.write(options.out().resolve("table.md"), lines);
    }
    System.err.println("Everything is in " + options.out());
    return wrong == 0 ? 0 : 1;
  }

  private static Trial.Outcome trial(Row row, Options options, long seed)
      throws IOException, InterruptedException {
    Trial.Outcome outcome = Trial.run(row, options, seed);
    for (String example : outcome.run().score().examples()) {
      System.err.println("  " + row.id + " seed " + seed + ": " + example);
    }
    return outcome;
  }
}
