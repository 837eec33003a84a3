package io.k8sfw.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Our own program, as a user runs it: a matrix, an inventory, and what `results.json` says then.
final class Audit {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern NUMBER = Pattern.compile("\\b[0-9]{1,5}\\b");

  /// The name of our vantage point; nodes may be some, too.
  private static final String HERE = "here";

  private Audit() {}

  static String matrix(Truth truth, String protocol) {
    int middle = truth.firstForbidden();
    StringBuilder text = new StringBuilder("matrix: faults\nversion: 1\nrules:\n");
    rule(text, "must", protocol, Truth.FIRST_PORT, middle - 1, "required");
    rule(text, "must-not", protocol, middle, truth.lastPort(), "forbidden");
    return text.toString();
  }

  private static void rule(
      StringBuilder text, String id, String protocol, int from, int to, String expect) {
    if (from <= to) {
      text.append(
          "- {id: %s, to: worker, protocol: %s, ports: %d-%d, from: external, expect: %s}%n"
              .formatted(id, protocol, from, to, expect));
    }
  }

  /// @param agent how the nodes are reached, such as `, agent: {netns: x}`; empty for not at all
  static String inventory(List<String> addresses, String agent) {
    StringBuilder text = new StringBuilder("inventory: faults\nnodes:\n");
    for (int i = 0; i < addresses.size(); i++) {
      text.append(
          "- {name: n%d, zones: [worker], addresses: [\"%s\"]%s}%n"
              .formatted(i, addresses.get(i), agent));
    }
    return text + "vantage:\n- {name: " + HERE + ", zones: [external], agent: local}\n";
  }

  static List<String> command(Path launcher, Path directory, String pace) {
    return List.of(
        launcher.toString(),
        "run",
        "-m",
        directory.resolve("matrix.yaml").toString(),
        "-i",
        directory.resolve("inventory.yaml").toString(),
        "-o",
        "json=" + directory.resolve("results.json"),
        "--pace",
        pace,
        "--quiet",
        "--progress",
        "none");
  }

  /// What it claims of each flow; flows that it leaves out are not there.
  static Map<Flow, Claim> claims(Path results) throws IOException {
    Map<Flow, Claim> claims = new HashMap<>();
    for (JsonNode assessment : read(results).path("assessments")) {
      JsonNode flow = assessment.path("check").path("flow");
      if (!flow.path("vantage").asString().equals(HERE)) {
        continue;
      }
      String address = flow.path("address").asString();
      for (JsonNode judgement : assessment.path("judgements")) {
        Claim claim = claim(judgement);
        for (int port : ports(judgement.path("ports").asString())) {
          claims.put(new Flow(address, port), claim);
        }
      }
    }
    return claims;
  }

  static JsonNode read(Path results) throws IOException {
    return JSON.readTree(Files.readString(results));
  }

  private static Claim claim(JsonNode judgement) {
    JsonNode observation = judgement.path("observation");
    String sighting = judgement.path("sighting").asString();
    Claim.Kind kind =
        switch (sighting) {
          case "open" -> Claim.Kind.OPEN;
          case "rejected",
              "reset-witness-heard",
              "reset-witness-unheard",
              "reset-no-witness",
              "reset-unknown",
              "udp-refused" ->
              Claim.Kind.CLOSED;
          case "icmp-rejected", "dropped", "dropped-held" -> Claim.Kind.BLOCKED;
          case "unstable" -> Claim.Kind.UNSTABLE;
          default -> Claim.Kind.UNKNOWN;
        };
    JsonNode verdict = judgement.path("verdict");
    String word =
        verdict.path("type").asString().equals("finding")
            ? verdict.path("deviation").asString(verdict.path("kind").asString())
            : verdict.path("type").asString();
    String because =
        "%s: %s, sent %d, answered %d%s"
            .formatted(
                sighting,
                judgement.path("because").asString(),
                observation.path("sent").asInt(0),
                observation.path("answered").asInt(0),
                observation.has("cause") ? ", " + observation.path("cause").asString() : "");
    return new Claim(kind, observation.path("reason").asString(""), word, because);
  }

  /// Ports that controls were asked of, besides the planned ones: whatever number they name.
  static SortedSet<Integer> controlPorts(Path results) throws IOException {
    SortedSet<Integer> ports = new TreeSet<>();
    for (JsonNode place : read(results).path("places")) {
      for (JsonNode control : place.path("controls")) {
        ports.add(control.path("port").asInt());
        NUMBER
            .matcher(control.path("detail").asString())
            .results()
            .forEach(number -> ports.add(Integer.valueOf(number.group())));
      }
    }
    return ports;
  }

  static List<Integer> ports(String text) {
    List<Integer> ports = new ArrayList<>();
    for (String part : text.split(", ", -1)) {
      String[] ends = part.split("-", -1);
      int from = Integer.parseInt(ends[0]);
      int to = Integer.parseInt(ends[ends.length - 1]);
      for (int port = from; port <= to; port++) {
        ports.add(port);
      }
    }
    return ports;
  }
}
