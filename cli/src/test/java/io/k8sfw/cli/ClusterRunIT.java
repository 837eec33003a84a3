package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.input.InvalidInputException;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.reporters.ResultsJson;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Place;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/// Audits of a real cluster by agents in its pods: what they see, and that nothing of them is left.
/// Needs Linux, root, and the folder of the `live-cluster` script in `K8SFW_LIVE_CLUSTER`.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterRunIT {
  private static final Path JARS = Path.of("target", "dist", "lib").toAbsolutePath();
  private static final String IMAGE = "localhost/k8sfw/agent:it";

  /// A few rows, one of each kind that the ruleset knows.
  private static final String MATRIX =
      """
      matrix: few
      version: 1
      rules:
      - {id: etcd, to: etcd, protocol: tcp, ports: 2379-2380, from: [worker], expect: required}
      - {id: api, to: control-plane, protocol: tcp, ports: 443, from: [worker], expect: required}
      - {id: kubelet, to: worker, protocol: tcp, ports: 10250, from: [control-plane], expect: required}
      """;

  /// Thousands of silent ports keep an audit busy for longer than it takes to interrupt it.
  private static final String LONG =
      """
      matrix: long
      version: 1
      rules:
      - {id: many, to: worker, protocol: tcp, ports: 11000-19000, from: [etcd], expect: required}
      """;

  private static final String INVENTORY =
      """
      inventory: live
      facts: {cni: flannel, backend: vxlan}
      nodes:
      - {name: cp-1, zones: [control-plane, etcd], addresses: [10.77.0.11], agent: pod}
      - {name: worker-1, zones: [worker], addresses: [10.77.0.21], agent: pod}
      - {name: worker-2, zones: [worker], addresses: [10.77.0.22], agent: pod}
      vantage:
      - {name: heapster, zones: [pod], agent: {pod: worker-1}}
      """;

  private static @Nullable LiveCluster cluster;

  @TempDir static Path made = Path.of("");

  @TempDir Path directory = Path.of("");

  private final List<Process> started = new ArrayList<>();

  @BeforeAll
  static void bringTheClusterUp() throws Exception {
    assumeThat(LiveCluster.missing()).as("needs the live cluster").isEmpty();
    assumeThat(System.getProperty("user.name")).as("needs root").isEqualTo("root");
    cluster = LiveCluster.reachable("lcr");
    cluster.image(IMAGE, AgentImage.root(JARS, made), "/app/bin/k8sfw-agent");
    cluster.kubectl("create", "namespace", "k8sfw-audit");
    cluster.kubectl("create", "namespace", "small");
    cluster.kubectl("create", "quota", "none", "--hard=pods=0", "-n", "small");
  }

  @AfterAll
  static void takeItDown() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @AfterEach
  void endWhatWasStarted() throws Exception {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  private static LiveCluster cluster() {
    if (cluster == null) {
      throw new IllegalStateException("it is up before every test");
    }
    return cluster;
  }

  @Test
  void podsSeeWhatTheirNodesSeeAndAreGoneAfterwards() throws Exception {
    SortedSet<String> before = resources();

    AuditResult result = audit(IMAGE, "k8sfw-audit");

    assertThat(result.places()).allSatisfy(place -> assertThat(failure(place)).isEmpty());
    assertThat(verdicts(result, "etcd", "worker-1")).containsOnly("compliant");
    assertThat(verdicts(result, "kubelet", "cp-1")).containsOnly("compliant");
    assertThat(transport(result, "worker-2"))
        .isEqualTo("host-network pod on worker-2, by exec over 10.77.0.22:10250");
    assertThat(transport(result, "heapster"))
        .isEqualTo("pod on worker-1, by exec over 10.77.0.21:10250");
    assertThat(result.places())
        .extracting(place -> place.report().exec())
        .contains(
            Optional.of(
                new ExecReport(
                    "worker-2", InetAddress.ofLiteral("10.77.0.22"), 10250, Optional.empty())))
        .allSatisfy(exec -> assertThat(exec).map(ExecReport::failure).contains(Optional.empty()));
    assertThat(resources()).isEqualTo(before);
  }

  @Test
  void ctrlCLeavesReportsAndNoPods() throws Exception {
    SortedSet<String> before = resources();
    Process run = run(LONG, IMAGE, "k8sfw-audit");
    awaitPods(4);

    new ProcessBuilder("kill", "-INT", Long.toString(run.pid())).start().waitFor();

    assertThat(run.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(run.exitValue()).as(said()).isEqualTo(130);
    assertThat(result().complete()).isFalse();
    assertThat(resources()).isEqualTo(before);
  }

  @Test
  void whatAKilledAuditLeftIsCleanedUp() throws Exception {
    SortedSet<String> before = resources();
    Process run = run(LONG, IMAGE, "k8sfw-audit");
    awaitPods(4);
    run.destroyForcibly().waitFor();
    assertThat(pods()).isNotEmpty();

    Process spared = start("cluster", "cleanup", "--older-than", "1h");
    assertThat(spared.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(pods()).isNotEmpty();
    Process cleanup = start("cluster", "cleanup");

    assertThat(cleanup.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(cleanup.exitValue()).as(said()).isZero();
    assertThat(said()).contains("removed 4 pods of audit ");
    assertThat(resources()).isEqualTo(before);
  }

  @Test
  void anImageThatIsNotThereIsOneLineForEachPlace() throws Exception {
    AuditResult result = audit("localhost/k8sfw/none:1", "k8sfw-audit");

    assertThat(result.places())
        .allSatisfy(place ->
            assertThat(failure(place))
                .hasValueSatisfying(why ->
                    assertThat(why)
                        .startsWith("its pod cannot start: ")
                        .contains("localhost/k8sfw/none:1")));
    assertThat(pods()).isEmpty();
  }

  @Test
  void aNamespaceThatIsNotThereSaysWhatToDo() throws Exception {
    AuditResult result = audit(IMAGE, "nowhere");

    assertThat(result.places())
        .allSatisfy(place ->
            assertThat(failure(place))
                .hasValueSatisfying(why -> assertThat(why).contains("no namespace nowhere")));
  }

  @Test
  void aQuotaSaysSo() throws Exception {
    AuditResult result = audit(IMAGE, "small");

    assertThat(result.places())
        .allSatisfy(place ->
            assertThat(failure(place))
                .hasValueSatisfying(why -> assertThat(why).contains("quota", "none")));
  }

  /// The way to an agent is a way that is audited: what shuts it is named. The seed's rules keep
  /// nodes from the port that the API server's Service leads to, too.
  @Test
  void aKubeletThatTheControlPlaneCannotReachCostsItsPlaceOnly() throws Exception {
    SortedSet<String> before = resources();
    shutTheKubeletOfWorker2("reject with tcp reset");
    try {
      AuditResult result = audit(IMAGE, "k8sfw-audit");

      assertThat(failure(place(result, "worker-2")))
          .hasValueSatisfying(why ->
              assertThat(why)
                  .contains("to the kubelet at 10.77.0.22:10250")
                  .contains("connection refused")
                  .contains("; and it is not heard through the API server: ")
                  .contains("its pod ended: ")
                  .contains("the API server at 10.96.0.1:443 cannot be reached")
                  .doesNotContain("?"));
      assertThat(failure(place(result, "worker-1"))).isEmpty();
    } finally {
      cluster().at("worker-2", "nft", "delete", "table", "inet", "shut");
    }
    assertThat(resources()).isEqualTo(before);
  }

  @Test
  void anAgentThatNoExecLeadsToIsHeardThroughTheApiServer() throws Exception {
    cluster().firewall(LiveOracle.Profile.KUBEADM, LiveOracle.Denial.DROP);
    shutTheKubeletOfWorker2("drop");
    try {
      SortedSet<String> before = resources();

      AuditResult result = audit(IMAGE, "k8sfw-audit");

      assertThat(result.places()).allSatisfy(place -> assertThat(failure(place)).isEmpty());
      assertThat(transport(result, "worker-2"))
          .startsWith(
              "host-network pod on worker-2, heard through the API server: no exec into its pod")
          .contains("the kubelet at 10.77.0.22:10250: no answer");
      assertThat(verdicts(result, "etcd", "worker-2")).containsOnly("compliant");
      assertThat(verdicts(result, "kubelet", "cp-1")).containsOnly("compliant", "missing");
      assertThat(place(result, "worker-2").report().exec())
          .hasValueSatisfying(exec ->
              assertThat(exec.failure().map(Untrusted::raw).orElse("")).contains("no answer"));
      assertThat(Files.readString(directory.resolve("report.txt")).replaceAll("\\s+", " "))
          .contains(
              "beside an exec failed between an API server and the kubelet of worker-2"
                  + " (10.77.0.22, tcp/10250): no answer within 15 s");
      assertThat(resources()).isEqualTo(before);
    } finally {
      cluster().at("worker-2", "nft", "delete", "table", "inet", "shut");
      cluster().firewall(LiveOracle.Profile.SEED, LiveOracle.Denial.DROP);
    }
  }

  @Test
  void anApiServerThatDiesMidRunCostsTheRestAndLeavesNothing() throws Exception {
    SortedSet<String> before = resources();
    Process run = run(LONG, IMAGE, "k8sfw-audit");
    awaitProbing();

    cluster().at("cp-1", "sh", "-c", "kill -9 $(pidof kube-apiserver)");

    assertThat(run.waitFor(240, TimeUnit.SECONDS)).as(said()).isTrue();
    assertThat(run.exitValue()).as(said()).isIn(3, 4);
    assertThat(result().places())
        .allSatisfy(place ->
            assertThat(failure(place))
                .hasValueSatisfying(
                    why -> assertThat(why).startsWith("the agent ").doesNotContain("\n")));
    assertThat(resources()).isEqualTo(before);
  }

  /// Whoever probes it goes on without it, and does not wait for it for ever. The last, as it takes
  /// a node some time to come back.
  @Test
  @Order(Integer.MAX_VALUE)
  void aNodeThatVanishesMidRunCostsWhatHangsOnItAndLeavesNothing() throws Exception {
    SortedSet<String> before = resources();
    cluster().at("worker-2", "nft", "add", "table", "inet", "seen");
    cluster()
        .at("worker-2", "nft", "add chain inet seen input { type filter hook input priority -5; }");
    cluster().at("worker-2", "nft", "add rule inet seen input tcp dport 30000-32767 counter");
    Process run =
        start("run", "--agent-image", IMAGE, "-o", "json=" + directory.resolve("results.json"));
    await(() ->
        !cluster().at("worker-2", "nft", "list", "table", "inet", "seen").contains("packets 0"));

    link("worker-2", "down");
    try {
      assertThat(run.waitFor(300, TimeUnit.SECONDS)).as(said()).isTrue();
    } finally {
      link("worker-2", "up");
    }

    assertThat(run.exitValue()).as(said()).isIn(1, 3);
    assertThat(said()).doesNotContain("Exception");
    assertThat(failure(place(result(), "worker-2")))
        .hasValueSatisfying(why -> assertThat(why).contains("the agent").doesNotContain("\n"));
    assertThat(failure(place(result(), "cp-1"))).isEmpty();
    assertThat(silences(result(), "worker-2")).isSubsetOf("unverified", "not-judged");
    assertThat(silences(result(), "worker-2")).contains("unverified");
    assertThat(silences(result(), "worker-1")).contains("compliant");
    await(() -> resources().equals(before));
  }

  /// What was made of the ports that cp-1 got no answer from.
  private static List<String> silences(AuditResult result, String node) {
    return result.assessments().stream()
        .filter(a -> a.check().flow().vantage().equals("cp-1"))
        .filter(a -> a.check().flow().node().equals(node))
        .filter(a -> a.check().flow().protocol().equals(Protocol.TCP))
        .flatMap(a -> a.judgements().stream())
        .filter(j -> !(j.observation() instanceof Measured m) || m.state() == PortState.FILTERED)
        .map(j -> j.verdict().word())
        .toList();
  }

  private static void link(String node, String state) throws Exception {
    Process ip =
        new ProcessBuilder(
                "ip", "-n", cluster().namespace("fabric"), "link", "set", "v-" + node, state)
            .start();
    assertThat(ip.waitFor()).isZero();
  }

  private static void shutTheKubeletOfWorker2(String how) throws Exception {
    cluster().at("worker-2", "nft", "add", "table", "inet", "shut");
    cluster()
        .at("worker-2", "nft", "add chain inet shut input { type filter hook input priority -5; }");
    cluster()
        .at(
            "worker-2",
            "nft",
            "add rule inet shut input ip saddr 10.77.0.11 tcp dport 10250 " + how);
  }

  private AuditResult audit(String image, String namespace) throws Exception {
    Process run = run(MATRIX, image, namespace);
    assertThat(run.waitFor(240, TimeUnit.SECONDS)).as(said()).isTrue();
    return result();
  }

  private Process run(String rules, String image, String namespace)
      throws IOException, InterruptedException {
    Path matrix = Files.writeString(directory.resolve("matrix.yaml"), rules);
    Path inventory = Files.writeString(directory.resolve("inventory.yaml"), INVENTORY);
    return start(
        "run",
        "-m",
        matrix.toString(),
        "-i",
        inventory.toString(),
        "--agent-image",
        image,
        "--namespace",
        namespace,
        "-o",
        "json=" + directory.resolve("results.json"),
        "-o",
        "text=" + directory.resolve("report.txt"));
  }

  /// The distribution, as its agents are of the same build. It hears SIGINT even where these tests
  /// are a background job, whose processes ignore it.
  private Process start(String... args) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                JARS + "/*",
                Main.class.getName()));
    command.addAll(List.of(args));
    command.addAll(List.of("--kubeconfig", cluster().kubeconfig()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("said").toFile()))
            .start();
    process.getOutputStream().close();
    started.add(process);
    return process;
  }

  private String said() throws IOException {
    return Files.readString(directory.resolve("said"));
  }

  private AuditResult result() throws IOException, InvalidInputException {
    Path file = directory.resolve("results.json");
    assertThat(file).as(said()).exists();
    return ResultsJson.read("results.json", Files.readAllBytes(file));
  }

  private static Place place(AuditResult result, String name) {
    return result.places().stream()
        .filter(p -> p.report().vantage().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Optional<String> failure(Place place) {
    return place.report().failure().map(Untrusted::raw);
  }

  private static String transport(AuditResult result, String name) {
    return place(result, name).report().transport();
  }

  private static List<String> verdicts(AuditResult result, String rule, String vantage) {
    return result.assessments().stream()
        .filter(a -> a.check().flow().vantage().equals(vantage))
        .filter(a -> a.check().rules().contains(rule))
        .map(Assessment::judgements)
        .flatMap(List::stream)
        .map(Judgement::verdict)
        .map(Verdict::word)
        .toList();
  }

  /// Until it says how far it is.
  private void awaitProbing() throws Exception {
    await(() -> said().contains("probing "));
  }

  private void await(Callable<Boolean> what) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(240);
    while (!what.call()) {
      assertThat(System.nanoTime()).as(said()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private void awaitPods(int running) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (pods().stream().filter(pod -> pod.contains("Running")).count() < running) {
      assertThat(System.nanoTime()).as(said()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private static List<String> pods() throws Exception {
    return cluster()
        .kubectl("get", "pods", "-n", "k8sfw-audit", "--no-headers", "--ignore-not-found")
        .lines()
        .toList();
  }

  /// Kind, namespace, name and uid of everything that can be listed, but for what a cluster makes
  /// by itself.
  private static SortedSet<String> resources() throws Exception {
    String kinds =
        cluster()
            .kubectl("api-resources", "--verbs=list", "-o", "name")
            .lines()
            .filter(kind -> !kind.startsWith("events") && !kind.startsWith("leases"))
            .collect(Collectors.joining(","));
    String columns =
        "KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name,UID:.metadata.uid";
    return Arrays.stream(
            cluster().kubectl("get", kinds, "-A", "-o", "custom-columns=" + columns).split("\n"))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
