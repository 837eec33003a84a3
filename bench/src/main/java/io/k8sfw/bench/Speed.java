package io.k8sfw.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// `bench/speed`: what a user waits for, beside what a user of nmap waits for, in one place and one
/// run. Each figure is the median of several; a run that was wrong does not count as fast, but as
/// wrong.
public final class Speed {
  private static final int NODE_PORTS = 2768;
  private static final int MILLION_HOSTS = 16;
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final String TRACKING =
      "table inet tracking {\nchain out {\ntype filter hook output priority 0\nct state new counter\n}\n}\n";

  /// Of the launcher.
  private static final List<String> OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseSerialGC");

  private final Path root;
  private final Path directory;
  private final Path launcher;
  private final int repetitions;
  private final List<String> lines = new ArrayList<>();

  private Speed(Path root, int repetitions) throws IOException {
    this.root = root;
    this.launcher = root.resolve("k8sfw-audit");
    this.directory = Files.createDirectories(root.resolve("bench/target/speed"));
    this.repetitions = repetitions;
  }

  /// @param arguments which of `filtered`, `closed`, `memory`, `start` to measure, without any all;
  ///   a number says how often
  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> wanted = Stream.of(arguments).filter(a -> !a.matches("[0-9]+")).toList();
    int repetitions =
        Stream.of(arguments)
            .filter(a -> a.matches("[0-9]+"))
            .mapToInt(Integer::parseInt)
            .findFirst()
            .orElse(5);
    Path root = Path.of(System.getProperty("root", ".")).toAbsolutePath();
    Speed speed = new Speed(root, repetitions);
    speed.say("| what | ours | peer | its figure | ours / peer |");
    speed.say("|---|--:|---|--:|--:|");
    for (String word :
        wanted.isEmpty() ? List.of("filtered", "closed", "memory", "start") : wanted) {
      switch (word) {
        case "filtered" -> speed.filtered();
        case "closed" -> speed.closed();
        case "memory" -> speed.memory();
        case "start" -> speed.start();
        default -> throw new IllegalArgumentException("nothing called " + word + " to measure");
      }
    }
    Files.write(speed.directory.resolve("table.md"), speed.lines);
  }

  private void say(String line) {
    System.out.println(line);
    lines.add(line);
  }

  private void row(String what, String ours, String peer, String theirs, double ratio) {
    say("| %s | %s | %s | %s | %.2f |".formatted(what, ours, peer, theirs, ratio));
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static String seconds(double seconds) {
    return "%.2f s".formatted(seconds);
  }

  /// Nothing but silence on the range of NodePorts, of hosts that answer elsewhere.
  private void filtered() throws IOException, InterruptedException {
    Truth one = Truth.uniform(Truth.addresses(1), NODE_PORTS, Fate.DROPPED);
    Truth ten = Truth.uniform(Truth.addresses(10), NODE_PORTS, Fate.DROPPED);
    String what = "2,768 filtered ports, one host";
    try (Bed bed = Bed.make(false)) {
      double tuned = nmap(bed, one, "-sT -T5 --min-parallelism 100");
      double raw = nmap(bed, one, "-sS -T5 --min-rate 5000 --max-retries 2");
      double fast = ours(bed, one, "fast", "");
      double normal = ours(bed, one, "normal", "");
      row(
          what + ", `fast`",
          seconds(fast),
          "`nmap -sT -T5 --min-parallelism 100`",
          seconds(tuned),
          fast / tuned);
      row(what + ", `normal`", seconds(normal), "the same", seconds(tuned), normal / tuned);
      row(
          what + ", `fast`",
          seconds(fast),
          "`nmap -sS -T5 --min-rate 5000 --max-retries 2`",
          seconds(raw),
          fast / raw);
      double many = ours(bed, ten, "fast", "");
      row(
          "the same on ten hosts, `fast`",
          seconds(many),
          "ours on one host",
          seconds(fast),
          many / fast);
      double tracked = ours(bed, one, "fast", TRACKING);
      row(
          what + ", `fast`, tracked connections",
          seconds(tracked),
          "ours, not tracked",
          seconds(fast),
          tracked / fast);
    }
  }

  private double ours(Bed bed, Truth truth, String pace, String sourceRules)
      throws IOException, InterruptedException {
    Files.writeString(directory.resolve("matrix.yaml"), Audit.matrix(truth, "tcp"));
    Files.writeString(directory.resolve("inventory.yaml"), Audit.inventory(truth.addresses(), ""));
    double[] times = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      bed.noRules();
      bed.targetRules(truth.firewall());
      if (!sourceRules.isEmpty()) {
        Shell.run("", Bed.in(bed.sourceName(), "conntrack", "-F"));
        bed.sourceRules(sourceRules);
      }
      times[i] =
          timed(
              Bed.in(bed.sourceName(), words(Audit.command(launcher, directory, pace))),
              Map.of(),
              "audit.log");
      Score score =
          Score.of(truth, Audit.claims(directory.resolve("results.json")), Map.of(), false);
      if (score.wrong() + score.unknown() > 0) {
        throw new IOException(
            "fast, but %d wrong and %d not known".formatted(score.wrong(), score.unknown()));
      }
    }
    return median(times);
  }

  private double nmap(Bed bed, Truth truth, String options)
      throws IOException, InterruptedException {
    String ports = Truth.FIRST_PORT + "-" + truth.lastPort();
    List<String> command =
        Stream.of(
                Stream.of("nmap", "-n", "-Pn", "-p", ports),
                Stream.of(options.split(" ", -1)),
                truth.addresses().stream())
            .flatMap(s -> s)
            .toList();
    double[] times = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      bed.noRules();
      bed.targetRules(truth.firewall());
      times[i] = timed(Bed.in(bed.sourceName(), words(command)), Map.of(), "nmap.log");
    }
    return median(times);
  }

  /// What a closed port costs.
  private void closed() throws IOException, InterruptedException {
    try (Bed bed = Bed.make(false)) {
      bed.noRules();
      String rounds = Integer.toString(2 * repetitions);
      String said =
          bed.atSource(
              words(
                  Stream.of(
                          Stream.of(java()),
                          OPTIONS.stream(),
                          Stream.of("-cp", System.getProperty("java.class.path")),
                          Stream.of(ClosedPorts.class.getName(), Truth.address(0), rounds))
                      .flatMap(s -> s)
                      .toList()));
      double[] ours =
          said.lines().skip(repetitions).mapToDouble(Speed::portsPerCpuSecond).toArray();
      double[] theirs = new double[repetitions];
      for (int i = 0; i < repetitions; i++) {
        String times =
            bed.atSource(
                "sh",
                "-c",
                "nmap -sT -n -Pn -T5 -p 1-65535 " + Truth.address(0) + " >/dev/null; times");
        theirs[i] = 65_535 / childrenSeconds(times);
      }
      row(
          "65,535 closed ports, warm",
          "%,.0f ports / CPU s".formatted(median(ours)),
          "`nmap -sT -T5`",
          "%,.0f ports / CPU s".formatted(median(theirs)),
          median(ours) / median(theirs));
    }
  }

  private static double portsPerCpuSecond(String line) {
    String[] words = line.split(" ", -1);
    if (Integer.parseInt(words[0]) < 65_000) {
      throw new IllegalStateException("only " + words[0] + " of 65,535 closed ports seen as such");
    }
    return 65_535 / (Double.parseDouble(words[1]) / 1000);
  }

  /// Of sh(1)'s `times`: the second line is that of the children, user and system, `0m1.5s`.
  private static double childrenSeconds(String times) {
    return Stream.of(times.lines().toList().getLast().split(" ", -1))
        .mapToDouble(t -> {
          String[] parts = t.replace("s", "").split("m", -1);
          return Double.parseDouble(parts[0]) * 60 + Double.parseDouble(parts[1]);
        })
        .sum();
  }

  /// A million ports, with a quarter of a gigabyte of heap.
  private void memory() throws IOException, InterruptedException {
    Truth truth = Truth.uniform(Truth.addresses(MILLION_HOSTS), 1, Fate.CLOSED);
    Path log = directory.resolve("gc.log");
    try (Bed bed = Bed.make(false)) {
      bed.noRules();
      Files.writeString(
          directory.resolve("matrix.yaml"),
          "matrix: million\nversion: 1\nrules:\n- {id: all, to: worker, protocol: tcp, ports: 1024-63523, from: external, expect: forbidden}\n");
      Files.writeString(
          directory.resolve("inventory.yaml"), Audit.inventory(truth.addresses(), ""));
      List<String> command = new ArrayList<>(List.of(java(), "-Xmx256m", "-Xlog:gc:file=" + log));
      command.addAll(OPTIONS);
      command.addAll(
          List.of("-cp", root.resolve("cli/target/dist/lib") + "/*", "io.k8sfw.cli.Main"));
      command.addAll(Audit.command(launcher, directory, "fast").stream().skip(1).toList());
      double took = timed(Bed.in(bed.sourceName(), words(command)), Map.of(), "audit.log");
      int most = Files.readAllLines(log).stream().mapToInt(Speed::megabytesAfter).max().orElse(0);
      row(
          "1,000,000 closed ports, `-Xmx256m`, " + seconds(took),
          most + " MB after a collection at the most",
          "limit",
          "256 MB",
          most / 256.0);
    }
  }

  /// `... Pause Young (Allocation Failure) 68M->12M(247M) 3.1ms`.
  private static int megabytesAfter(String line) {
    var matcher = java.util.regex.Pattern.compile("->([0-9]+)M\\(").matcher(line);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /// What every use costs, by the launcher that users have.
  private void start() throws IOException, InterruptedException {
    Path built = root.resolve("cli/target/dist/bin/k8sfw-audit");
    Path program = Files.isExecutable(built) ? built : launcher;
    double nmap = starts("nmap", "--version");
    double version = starts(program.toString(), "version");
    double lint = starts(program.toString(), "matrix", "lint", "builtin:seed");
    row(
        "`version` by " + root.relativize(program),
        seconds(version),
        "`nmap --version`",
        seconds(nmap),
        version / nmap);
    row("`matrix lint builtin:seed`", seconds(lint), "the same", seconds(nmap), lint / nmap);
  }

  private double starts(String... command) throws IOException, InterruptedException {
    timed(List.of(command), Map.of(), "start.log");
    double[] times = new double[2 * repetitions];
    for (int i = 0; i < times.length; i++) {
      times[i] = timed(List.of(command), Map.of(), "start.log");
    }
    return median(times);
  }

  private double timed(List<String> command, Map<String, String> environment, String log)
      throws IOException, InterruptedException {
    Shell.Ended ended = Shell.timed(command, environment, directory.resolve(log), LIMIT, _ -> {});
    if (ended.timedOut() || ended.exit() == 2 || ended.exit() > 3) {
      throw new IOException(String.join(" ", command) + ": " + ended.output());
    }
    return ended.took().toNanos() / 1e9;
  }

  private static String[] words(List<String> command) {
    return command.toArray(String[]::new);
  }

  private static double median(double[] values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    return IntStream.of((sorted.length - 1) / 2, sorted.length / 2)
        .mapToDouble(i -> sorted[i])
        .average()
        .orElseThrow();
  }
}
