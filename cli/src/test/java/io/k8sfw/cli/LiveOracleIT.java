package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.k8sfw.cli.LiveOracle.Denial;
import io.k8sfw.cli.LiveOracle.Profile;
import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.matrix.BuiltinMatrices;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Flow;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Audits of a real cluster under its rulesets, against an oracle made of those rulesets. Needs
/// Linux, root, and the folder of the `live-cluster` script in `K8SFW_LIVE_CLUSTER`.
///
/// Half of the twelve combinations, and a few of the NodePorts; all with `-Dlive.all=true`, which
/// takes half an hour.
class LiveOracleIT {
  private static final String INVENTORY =
      """
      inventory: live
      facts: {cni: flannel, backend: vxlan, proxy: iptables}
      nodes:
      - {name: cp-1, zones: [control-plane, etcd], addresses: [10.77.0.11], agent: {netns: NS-cp-1}}
      - name: worker-1
        zones: [worker, ingress]
        addresses: [10.77.0.21, {overlay: 10.244.1.0}]
        agent: {netns: NS-worker-1}
      - name: worker-2
        zones: [worker]
        addresses: [10.77.0.22, {overlay: 10.244.2.0}]
        agent: {netns: NS-worker-2}
      vantage:
      - {name: external, zones: [end-user, api-client, external], agent: {netns: NS-external}}
      - {name: admin, zones: [cluster-admin], agent: {netns: NS-admin}}
      services:
      - {name: default/web, nodePort: 30080, externalTrafficPolicy: Local, endpointNodes: [worker-1, worker-2]}
      clusterNetworks: [10.244.0.0/16, 10.96.0.0/16]
      outOfScope:
      - {zone: pod, reason: no agent is in a pod}
      - {address: overlay, reason: only the workers speak through the overlay}
      - {rule: seed-overlay-interfaces-tcp, reason: only the workers speak through the overlay}
      - {rule: seed-overlay-interfaces-udp, reason: only the workers speak through the overlay}
      - {rule: seed-overlay-nodes-tcp, reason: only the workers speak through the overlay}
      - {rule: seed-overlay-nodes-udp, reason: only the workers speak through the overlay}
      """;

  /// The only place that is external is an end user's too, who may pass.
  private static final String[] GAPS = {"external -> cp-1 tcp/443", "external -> worker-2 tcp/443"};

  /// The seed knows nothing of kube-proxy's health.
  private static final String NOT_ASKED = " tcp 10256 ";

  private static final Map<String, AuditResult> AUDITED = new HashMap<>();

  private static @Nullable LiveCluster cluster;

  @TempDir Path directory = Path.of("");

  @BeforeAll
  static void bringTheClusterUp() throws Exception {
    assumeThat(LiveCluster.missing()).as("needs the live cluster").isEmpty();
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    cluster = LiveCluster.up("lco");
    awaitTheService(cluster);
  }

  /// kube-proxy holds its port and forwards it after the cluster is said to be up.
  private static void awaitTheService(LiveCluster cluster) throws Exception {
    cluster.at(
        "external",
        "bash",
        "-c",
        "for n in 21 22; do for i in {1..200}; do timeout 1 bash -c \"</dev/tcp/10.77.0.$n/30080\""
            + " 2>/dev/null && break; [ $i -lt 200 ] && sleep .2 || exit 1; done; done");
  }

  @AfterAll
  static void takeItDown() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static LiveCluster cluster() {
    if (cluster == null) {
      throw new IllegalStateException("it is up before every test");
    }
    return cluster;
  }

  static Stream<Arguments> combinations() {
    if (!Boolean.getBoolean("live.all")) {
      return Stream.of(
          Arguments.of(Profile.SEED, Denial.DROP),
          Arguments.of(Profile.DRIFT, Denial.DROP),
          Arguments.of(Profile.KUBEADM, Denial.RESET),
          Arguments.of(Profile.DRIFT, Denial.RESET),
          Arguments.of(Profile.SEED, Denial.REJECT),
          Arguments.of(Profile.OPEN, Denial.DROP));
    }
    return Stream.of(Profile.values())
        .flatMap(p -> Stream.of(Denial.values()).map(d -> Arguments.of(p, d)));
  }

  /// Where a machine is so busy that a listener's queue overflows, rightly nothing is said of it:
  /// that is looked at again, once. What is said must be right the first time.
  @ParameterizedTest
  @MethodSource("combinations")
  void everyVerdictIsWhatTheRulesetMakesOfIt(Profile profile, Denial denial) throws Exception {
    LiveOracle oracle = new LiveOracle(profile, denial);
    AuditResult first = audited(profile, denial);
    AuditResult result = isBusy(differences(first, oracle)) ? audit(profile, denial) : first;
    assertThat(differences(result, oracle)).isEmpty();
    assertThat(result.gaps())
        .extracting(g -> g.from() + " -> " + g.node() + " " + g.row())
        .containsExactlyInAnyOrder(GAPS);
    if (denial == Denial.DROP && profile != Profile.OPEN) {
      assertThat(cluster().expected(profile).stream().filter(line -> !line.contains(NOT_ASKED)))
          .isNotEmpty()
          .allSatisfy(line -> assertSeen(line, result));
    }
  }

  private static boolean isBusy(SortedSet<String> differences) {
    return !differences.isEmpty()
        && differences.stream().allMatch(d -> d.contains(": unverified, "));
  }

  private static SortedSet<String> differences(AuditResult result, LiveOracle oracle) {
    SortedSet<String> wrong = new TreeSet<>();
    for (Assessment assessment : result.assessments()) {
      Flow flow = assessment.check().flow();
      for (Judgement judgement : assessment.judgements()) {
        judgement.ports().stream()
            .forEach(port -> {
              String right = oracle.verdict(flow.vantage(), flow.node(), flow.protocol(), port);
              if (!word(judgement).equals(right)) {
                wrong.add(
                    "%s, by the oracle %s: %s, %s"
                        .formatted(name(flow, port), right, word(judgement), judgement.because()));
              }
            });
      }
    }
    return wrong;
  }

  /// `external worker-2 tcp 443 closed`.
  private static void assertSeen(String line, AuditResult result) {
    String[] words = line.split(" ", -1);
    boolean overlay = words[2].equals("vxlan");
    int port = Integer.parseInt(words[3]);
    List<Judgement> judgements =
        result.assessments().stream()
            .filter(a -> a.check().flow().vantage().equals(words[0]))
            .filter(a -> a.check().flow().node().equals(words[1]))
            .filter(a -> a.check().flow().type() == AddressClass.INTERNAL)
            .filter(a -> a.check().flow().protocol().name().equals(overlay ? "udp" : "tcp"))
            .flatMap(a -> a.judgements().stream())
            .filter(j -> j.ports().contains(port))
            .toList();
    assertThat(judgements).as(line).hasSize(1);
    Judgement judgement = judgements.getFirst();
    assertThat(overlay ? throughOverlay(judgement) : state(judgement)).as(line).isEqualTo(words[4]);
  }

  private static String state(Judgement judgement) {
    return judgement.observation() instanceof Measured m ? m.state().word() : "unmeasured";
  }

  private static String throughOverlay(Judgement judgement) {
    return switch (judgement.sighting()) {
      case OVERLAY_OPEN, OVERLAY_INJECTABLE -> "open";
      case OVERLAY_BLOCKED, UDP_WITNESS_UNHEARD -> "filtered";
      default -> judgement.sighting().words();
    };
  }

  @Test
  void driftIsTheSeedAndItsSixErrors() throws Exception {
    Map<Profile, SortedSet<String>> findings = new EnumMap<>(Profile.class);
    for (Profile profile : List.of(Profile.SEED, Profile.DRIFT)) {
      findings.put(profile, findings(audited(profile, Denial.DROP)));
    }
    SortedSet<String> more = new TreeSet<>(findings.get(Profile.DRIFT));
    more.removeAll(findings.get(Profile.SEED));
    assertThat(more)
        .containsExactlyInAnyOrder(
            "external -> cp-1 tcp/6443: over-exposed",
            "external -> worker-1 tcp/10250: over-exposed",
            // One error: from anyone.
            "external -> worker-2 tcp/10255: over-exposed",
            "admin -> worker-2 tcp/10255: over-exposed",
            "cp-1 -> worker-2 tcp/10255: deviates stale-hole",
            "worker-2 -> cp-1 tcp/2379: missing",
            "worker-1 -> worker-2 udp/8472: missing",
            "external -> worker-2 tcp/30080: missing");
    SortedSet<String> fewer = new TreeSet<>(findings.get(Profile.SEED));
    fewer.removeAll(findings.get(Profile.DRIFT));
    assertThat(fewer).isEmpty();
  }

  private static SortedSet<String> findings(AuditResult result) {
    SortedSet<String> findings = new TreeSet<>();
    for (Assessment assessment : result.assessments()) {
      for (Judgement judgement : assessment.judgements()) {
        if (judgement.verdict() instanceof Verdict.Finding) {
          judgement.ports().stream()
              .forEach(
                  p -> findings.add(name(assessment.check().flow(), p) + ": " + word(judgement)));
        }
      }
    }
    return findings;
  }

  private static String name(Flow flow, int port) {
    return flow.vantage() + " -> " + flow.node() + " " + flow.protocol() + "/" + port;
  }

  private static String word(Judgement judgement) {
    return judgement.verdict() instanceof Verdict.Finding(var _, var deviation)
            && deviation.isPresent()
        ? judgement.verdict().word() + " " + deviation.get().word()
        : judgement.verdict().word();
  }

  /// A few of the NodePorts, unless everything is asked for: attempts that are met by silence stay
  /// in tables of connections for two minutes, and audits wait for room there.
  private String matrix() throws IOException {
    if (Boolean.getBoolean("live.all")) {
      return "builtin:seed";
    }
    String seed = new String(BuiltinMatrices.text("seed").orElseThrow(), StandardCharsets.UTF_8);
    Path few = directory.resolve("seed.yaml");
    Files.writeString(few, seed.replace("30000-32767", "\"30070-30090, 31997-32001\""));
    return few.toString();
  }

  private AuditResult audited(Profile profile, Denial denial) throws Exception {
    String combination = profile.word() + denial.word();
    AuditResult known = AUDITED.get(combination);
    if (known != null) {
      return known;
    }
    AuditResult result = audit(profile, denial);
    AUDITED.put(combination, result);
    return result;
  }

  private AuditResult audit(Profile profile, Denial denial) throws Exception {
    cluster().firewall(profile, denial);
    Path inventory = directory.resolve("live.yaml");
    Files.writeString(inventory, INVENTORY.replace("NS-", cluster().namespace("")));
    Path results = directory.resolve("results.json");
    List<String> command =
        new ArrayList<>(
            List.of("run", "-m", matrix(), "-i", inventory.toString(), "--pace", "fast"));
    command.addAll(List.of("-o", "json=" + results));
    Terminal terminal = new Terminal();
    int code = terminal.run(command.toArray(String[]::new));
    assertThat(code).as(terminal.err()).isEqualTo(1);
    AuditResult result = ResultsJson.read("results.json", Files.readAllBytes(results));
    System.err.printf(
        "live cluster, %s, %s: %d ms%n",
        profile.word(),
        denial.word(),
        result.run().finished().toEpochMilli() - result.run().started().toEpochMilli());
    return result;
  }
}
