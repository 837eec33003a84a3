package io.k8sfw.bench;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What nftables has counted at the target.
final class Counters {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Counters() {}

  /// Connection attempts that arrived at the target, before any fault or firewall.
  static long attempts(Bed bed) throws IOException, InterruptedException {
    return counter(bed, "attempts");
  }

  /// TCP and UDP packets that arrived at the target.
  static long packets(Bed bed) throws IOException, InterruptedException {
    return counter(bed, "arrived");
  }

  private static long counter(Bed bed, String name) throws IOException, InterruptedException {
    String json = bed.atTarget("nft", "-j", "list", "counter", "inet", "counters", name);
    for (JsonNode item : JSON.readTree(json).path("nftables")) {
      if (item.has("counter")) {
        return item.path("counter").path("packets").asLong();
      }
    }
    throw new IOException("nft lists no counter " + name + ": " + json);
  }

  /// Attempts on each flow that reached the firewall, and so met their fate.
  static Map<Flow, Long> met(Bed bed, Truth truth) throws IOException, InterruptedException {
    Map<Flow, Long> met = new HashMap<>();
    String sets = bed.atTarget("nft", "-j", "list", "table", "inet", "truth");
    for (JsonNode item : JSON.readTree(sets).path("nftables")) {
      if (!item.path("set").path("name").asString("").equals("locked")) {
        for (JsonNode element : item.path("set").path("elem")) {
          JsonNode tuple = element.path("elem").path("val").path("concat");
          met.put(
              new Flow(tuple.get(0).asString(), tuple.get(1).asInt()),
              element.path("elem").path("counter").path("packets").asLong());
        }
      }
    }
    if (!met.keySet().containsAll(truth.fates().keySet())) {
      throw new IOException("nft has lost some of the rules it was given");
    }
    return met;
  }
}
