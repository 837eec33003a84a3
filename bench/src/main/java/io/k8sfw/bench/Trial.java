package io.k8sfw.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/// A row with one seed: our program and its peers, one after the other, on the same bed.
final class Trial {
  /// How one prober did.
  ///
  /// @param peak attempts that arrived, in the busiest second or so
  /// @param notes what is worth telling
  record Run(
      Score score, Duration took, int exit, double peak, long attempts, List<String> notes) {}

  /// @param run ours
  record Outcome(Run run, Map<Peer, Run> peers) {}

  private final Row row;
  private final Path launcher;
  private final Path directory;
  private final Duration most;
  private final Duration mostForPeers;
  private final Bed bed;
  private final Truth truth;
  private final Random random;
  private final List<AutoCloseable> kept = new ArrayList<>();
  private final AtomicReference<Optional<Process>> process =
      new AtomicReference<>(Optional.empty());

  private Trial(Row row, Options options, long seed, Bed bed, Truth truth, Path directory) {
    this.row = row;
    this.launcher = options.launcher();
    this.directory = directory;
    this.most = options.most();
    this.mostForPeers = options.mostForPeers();
    this.bed = bed;
    this.truth = truth;
    this.random = new Random(~seed);
  }

  static Outcome run(Row row, Options options, long seed) throws IOException, InterruptedException {
    Truth truth =
        options.quick()
            ? row.draw.of(row.quickHosts, row.quickPorts, seed)
            : row.draw.of(options.hosts(row), row.ports, seed);
    Path directory = Files.createDirectories(row.directory(options.out(), seed));
    try (Bed bed = Bed.make(row.routed)) {
      bed.listen(truth.listening());
      return new Trial(row, options, seed, bed, truth, directory).all(options);
    }
  }

  private Outcome all(Options options) throws IOException, InterruptedException {
    Files.writeString(directory.resolve("matrix.yaml"), Audit.matrix(truth, row.protocol));
    Files.writeString(
        directory.resolve("inventory.yaml"),
        Audit.inventory(truth.addresses(), row.nodeAgent.formatted(bed.targetName())));
    Files.writeString(directory.resolve("truth.nft"), truth.firewall());
    Run ours = ours();
    Map<Peer, Run> peers = new EnumMap<>(Peer.class);
    for (Peer peer : row.peers) {
      if (options.peers()) {
        peers.put(peer, peer(peer));
      }
    }
    return new Outcome(ours, peers);
  }

  private Run ours() throws IOException, InterruptedException {
    Path results = results();
    Files.deleteIfExists(results);
    return run(
        Audit.command(launcher, directory, row.pace),
        row.environment,
        most,
        directory.resolve("audit.log"),
        (ended, meter) -> {
          Map<Flow, Claim> claims = Files.exists(results) ? Audit.claims(results) : Map.of();
          Score score = Score.of(truth, claims, Counters.met(bed, truth), row.exactReasons);
          List<String> notes = new ArrayList<>();
          if (ended.timedOut()) {
            notes.add("not done after " + most.toSeconds() + " s");
          } else if (ended.exit() != 0 && ended.exit() != 1 && ended.exit() != 3) {
            notes.add("exit " + ended.exit() + ": " + ended.output().strip());
          }
          if (Files.exists(results)) {
            notes.addAll(row.check.on(this));
          }
          return new Run(score, ended.took(), ended.exit(), meter.peak(), meter.attempts(), notes);
        });
  }

  private Run peer(Peer peer) throws IOException, InterruptedException {
    return run(
        peer.command(truth, directory),
        Map.of(),
        mostForPeers,
        directory.resolve(peer.name() + ".log"),
        (ended, meter) -> {
          Map<Flow, Claim> claims = new HashMap<>(peer.claims(truth, directory));
          List<String> notes =
              ended.timedOut()
                  ? List.of("ended after " + mostForPeers.toSeconds() + " s")
                  : List.of();
          truth
              .fates()
              .keySet()
              .forEach(f -> claims.putIfAbsent(f, Claim.of(Claim.Kind.UNKNOWN, "not told")));
          Score score = Score.of(truth, claims, Map.of(), false);
          return new Run(score, ended.took(), ended.exit(), meter.peak(), meter.attempts(), notes);
        });
  }

  private interface Sum {
    Run of(Shell.Ended ended, Meter meter) throws IOException, InterruptedException;
  }

  private Run run(
      List<String> command, Map<String, String> environment, Duration limit, Path log, Sum sum)
      throws IOException, InterruptedException {
    bed.addressesOfSource();
    bed.noRules();
    bed.targetRules(truth.firewall());
    try {
      row.arrange.on(this);
      if (row.captured) {
        keep(Capture.start(bed, pcap()));
      }
      List<String> all = new ArrayList<>();
      all.addAll(row.wrapper);
      all.addAll(Bed.in(bed.sourceName(), command.toArray(String[]::new)));
      Thread beside = Thread.ofPlatform().name("fault").unstarted(this::during);
      Meter meter = new Meter(bed);
      Shell.Ended ended;
      try {
        ended =
            Shell.timed(
                all,
                resolved(environment),
                log,
                limit,
                started -> {
                  process.set(Optional.of(started));
                  beside.start();
                });
      } finally {
        process.set(Optional.empty());
        beside.interrupt();
        beside.join();
        meter.stop();
      }
      return sum.of(ended, meter);
    } finally {
      for (AutoCloseable each : kept) {
        close(each);
      }
      kept.clear();
    }
  }

  private Map<String, String> resolved(Map<String, String> environment) {
    Map<String, String> resolved = new HashMap<>();
    environment.forEach((k, v) -> resolved.put(k, v.replace("$DIRECTORY", directory.toString())));
    return resolved;
  }

  private static void close(AutoCloseable each) throws IOException, InterruptedException {
    try {
      each.close();
    } catch (IOException | InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private void during() {
    try {
      row.during.on(this);
    } catch (InterruptedException _) {
      // The prober has ended before the fault did.
    } catch (IOException e) {
      System.err.println("bench: the fault of " + row.id + " broke: " + e.getMessage());
    }
  }

  Bed bed() {
    return bed;
  }

  Truth truth() {
    return truth;
  }

  /// The same for the same seed, whatever is probed.
  Random random() {
    return random;
  }

  Path directory() {
    return directory;
  }

  Path results() {
    return directory.resolve("results.json");
  }

  Path pcap() {
    return directory.resolve("packets.pcap");
  }

  String pace() {
    return row.pace;
  }

  /// Closes something when this prober has ended.
  void keep(AutoCloseable thing) {
    kept.add(thing);
  }

  /// The prober that runs.
  Optional<Process> process() {
    return process.get();
  }

  /// Waits until the prober's first attempt has arrived, and then some.
  void awaitAttempts(Duration then) throws IOException, InterruptedException {
    while (Counters.attempts(bed) == 0) {
      Thread.sleep(50);
    }
    Thread.sleep(then);
  }
}
