package io.k8sfw.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// How full connection tracking tables get, on both ends and on the router between them.
final class Tracked {
  private static final String RULES =
      """
      table inet tracking
      delete table inet tracking
      table inet tracking {
        chain in {
          type filter hook prerouting priority 0
          ct state new counter
        }
        chain out {
          type filter hook output priority 0
          ct state new counter
        }
      }
      """;

  /// The most entries, by namespace, of the run that goes on.
  private static final Map<String, Integer> MOST = new ConcurrentHashMap<>();

  private Tracked() {}

  private static List<String> places(Trial trial) {
    Bed bed = trial.bed();
    return List.of(bed.sourceName(), bed.routerName(), bed.targetName());
  }

  static void track(Trial trial) throws IOException, InterruptedException {
    MOST.clear();
    for (String place : places(trial)) {
      Shell.run("", Bed.in(place, "conntrack", "-F"));
      Shell.run(RULES, Bed.in(place, "nft", "-f", "-"));
    }
  }

  static void watch(Trial trial) throws IOException, InterruptedException {
    while (true) {
      for (String place : places(trial)) {
        MOST.merge(place, read(place, "count"), Math::max);
      }
      Thread.sleep(100);
    }
  }

  static List<String> check(Trial trial) throws IOException, InterruptedException {
    int limit = read(trial.bed().sourceName(), "max");
    Map<String, String> most = new TreeMap<>();
    MOST.forEach((place, entries) ->
        most.put(
            place.substring(place.lastIndexOf('-') + 1),
            "%d (%.1f %%)".formatted(entries, 100.0 * entries / limit)));
    Thread.sleep(15_000);
    // The count has expired entries in it until the kernel sweeps them.
    long left =
        Shell.run("", Bed.in(trial.bed().targetName(), "conntrack", "-L", "-p", "tcp"))
            .lines()
            .filter(l -> l.startsWith("tcp"))
            .count();
    return List.of("tracked at the most " + most + ", 15 s after the end at the target " + left);
  }

  private static int read(String place, String what) throws IOException, InterruptedException {
    String file = "/proc/sys/net/netfilter/nf_conntrack_" + what;
    return Integer.parseInt(Shell.run("", Bed.in(place, "cat", file)).strip());
  }
}
