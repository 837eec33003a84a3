package io.k8sfw.probes;

import io.k8sfw.observation.OverlayReport;
import io.k8sfw.observation.OverlayReport.Means;
import io.k8sfw.probes.OverlayPhase.Lane;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Bursts of datagrams that an overlay device takes and drops, while the node counts.
final class OverlayBursts {
  private static final int BURST = 3;
  private static final int WINDOW_MILLIS = 60;
  private static final int UNKNOWN = -1;

  /// Beside other probing, and in the quiet afterwards: two tests of one thing err twice as often
  /// (Bonferroni's inequality).
  private static final int TRIES = 2;

  private final Map<String, Vantage> vantages;
  private final Progress progress;
  private final Map<String, ReentrantLock> counting = new ConcurrentHashMap<>();

  OverlayBursts(Map<String, Vantage> vantages, Progress progress) {
    this.vantages = vantages;
    this.progress = progress;
  }

  /// Whether something else moved the counter as well, so that it shows nothing.
  static boolean isUnclear(OverlayReport report) {
    return report.means() == Means.BURSTS && report.delivered() > 0 && !report.movesCounter();
  }

  /// One at a time on each node: bursts of others would blur what its counter shows.
  Optional<OverlayReport> report(Lane lane) throws IOException, InterruptedException {
    Vantage node = vantages.get(lane.node());
    if (node == null || node.datagramsTaken() < 0) {
      return Optional.empty();
    }
    ReentrantLock lock = counting.computeIfAbsent(lane.node(), _ -> new ReentrantLock());
    lock.lockInterruptibly();
    try {
      BurstPattern pattern = BurstPattern.random(new Random());
      List<Long> rises = rises(lane, node, pattern);
      return rises.size() < BurstPattern.WINDOWS
          ? Optional.empty()
          : Optional.of(
              new OverlayReport(
                  lane.asker().name(),
                  lane.node(),
                  lane.address(),
                  lane.device().port(),
                  Means.BURSTS,
                  BurstPattern.WINDOWS / 2 * BURST,
                  UNKNOWN,
                  UNKNOWN,
                  Math.clamp(pattern.whileSending(rises), 0, Integer.MAX_VALUE),
                  0,
                  Math.min(1, TRIES * pattern.chance(rises))));
    } finally {
      lock.unlock();
    }
  }

  private List<Long> rises(Lane lane, Vantage node, BurstPattern pattern)
      throws IOException, InterruptedException {
    List<Long> rises = new ArrayList<>();
    long before = node.datagramsTaken();
    for (int window = 0; window < BurstPattern.WINDOWS && !progress.cancelled(); window++) {
      if (pattern.sends(window)) {
        lane.asker().tickle(lane.address(), lane.device(), BURST);
      }
      Thread.sleep(WINDOW_MILLIS);
      long after = node.datagramsTaken();
      rises.add(after - before);
      before = after;
    }
    return rises;
  }
}
