package io.k8sfw.bench.faults;

import io.k8sfw.fixtures.lab.PathFaults;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The fault matrix.
final class Rows {
  private Rows() {}

  static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    rows.addAll(loss());
    return List.copyOf(rows);
  }

  private static List<Row> loss() {
    return List.of(
        new Row("L0", "none")
            .full(100, 1000)
            .quick(4, 250)
            .peers(Peer.NMAP, Peer.NMAP_FAST, Peer.MASSCAN),
        lossy("L1-1", 10).full(100, 1000).quick(4, 250),
        lossy("L1-5", 50).full(100, 1000).quick(4, 250),
        lossy("L1-10", 100).full(100, 1000).quick(4, 250),
        lossy("L2-20", 200).full(20, 1000).quick(2, 250),
        lossy("L2-30", 300).full(20, 1000).quick(2, 250),
        new Row("L3", "outages of 0.2-3 s at random, half of the time")
            .full(20, 1000)
            .quick(2, 250)
            .during(Rows::outages),
        policed("L4-100", 100, 20),
        policed("L4-20", 20, 5),
        new Row("L5", "10 % loss each way and a policer at 100 SYN/s")
            .full(1, 1000)
            .arrange(t -> {
              t.bed().targetRules(PathFaults.loss(100));
              t.bed().targetRules(PathFaults.policer(100, 20));
            }),
        new Row("L6", "no answer comes back")
            .full(1, 1000)
            .mix(Truth.Mix.NOTHING_BLOCKED)
            .arrange(t -> t.bed().targetRules(PathFaults.silence())),
        new Row("R5", "the source is banned after 10 hits on blocked ports")
            .full(1, 200)
            .mix(new Truth.Mix(50, 0, 100, 0))
            .arrange(t -> t.bed().targetRules(PathFaults.ban(t.truth().traps(), 10))));
  }

  private static Row lossy(String id, int permille) {
    return new Row(id, "%d %% loss each way".formatted(permille / 10))
        .arrange(t -> t.bed().targetRules(PathFaults.loss(permille)))
        .peers(Peer.NMAP, Peer.NMAP_FAST, Peer.MASSCAN);
  }

  private static Row policed(String id, int perSecond, int burst) {
    return new Row(id, "policer at %d SYN/s, burst %d".formatted(perSecond, burst))
        .full(1, 1000)
        .arrange(t -> t.bed().targetRules(PathFaults.policer(perSecond, burst)));
  }

  private static void outages(Trial trial) throws IOException, InterruptedException {
    try {
      while (true) {
        Thread.sleep(trial.random().nextLong(200, 3000));
        trial.bed().targetRules(PathFaults.outage());
        Thread.sleep(trial.random().nextLong(200, 3000));
        trial.bed().targetRules(PathFaults.noOutage());
      }
    } finally {
      // Interrupted inside of an outage; the rules go with the next prober.
      Thread.interrupted();
      trial.bed().targetRules(PathFaults.noOutage());
    }
  }
}
