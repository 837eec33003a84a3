package io.k8sfw.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.fixtures.lab.Lab;
import io.k8sfw.fixtures.lab.LabSsh;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.NetnsVantage;
import io.k8sfw.probes.agent.Limits;
import io.k8sfw.probes.agent.RemoteVantage;
import io.k8sfw.probes.ssh.AgentArchive;
import io.k8sfw.probes.ssh.ArchiveWriter;
import io.k8sfw.probes.ssh.SshClient;
import io.k8sfw.probes.ssh.SshPlace;
import io.k8sfw.probes.ssh.SshVantage;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/// Agents on the lab's nodes over real ssh, with the runtime that the distribution makes. Needs
/// what the lab needs, root of the machine, and OpenSSH's server and client.
@TestInstance(Lifecycle.PER_CLASS)
class SshVantageIT {
  private static final Path JARS = Path.of("target", "dist", "lib").toAbsolutePath();
  private static final InetAddress CP_1 = InetAddress.ofLiteral("10.77.0.11");
  private static final InetAddress WORKER_1 = InetAddress.ofLiteral("10.77.0.21");
  private static final Limits LIMITS = Limits.to(Set.of(CP_1, WORKER_1));

  private Path directory = Path.of("");
  private Lab lab;
  private LabSsh ssh;
  private AgentArchives archives;

  @BeforeAll
  void aLabWithSsh(@TempDir Path files) throws Exception {
    directory = files;
    Optional<String> missing = Lab.missing().or(LabSsh::missing);
    assumeTrue(missing.isEmpty(), () -> "no ssh in a lab here: " + missing.orElse(""));
    assumeTrue(Lab.privileged(), "no lab here: not root");
    archives =
        new AgentArchives(
            JARS, directory.resolve("agent"), Path.of(System.getProperty("java.home")));
    lab = Lab.start(EnumSet.noneOf(io.k8sfw.fixtures.lab.Fault.class));
    ssh = lab.startSsh();
  }

  @AfterAll
  void theLabEnds() throws IOException {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void anAgentOverSshSeesWhatTheNamespaceSees() throws Exception {
    List<String> here;
    try (Vantage netns = NetnsVantage.open("worker-1", lab.namespace("worker-1"))) {
      here = seen(netns);
    }
    try (RemoteVantage far = open("worker-1")) {
      assertThat(seen(far)).isEqualTo(here);
      assertThat(far.transport()).isEqualTo("ssh root@10.77.0.21");
      assertThat(far.capabilities())
          .contains(Capability.ERROR_QUEUE, Capability.SOCKET_TABLE, Capability.PACKET_TAP);
    }
  }

  private static List<String> seen(Vantage vantage) throws Exception {
    VantageReading reading = vantage.probe(order(), Progress.SILENT);
    return reading.readings().getFirst().runs().stream()
        .map(run -> run.ports() + " " + state(run.observation()))
        .toList();
  }

  /// How many attempts it took is chance.
  private static String state(Observation observation) {
    return observation instanceof Observation.Measured m
        ? m.state() + " " + m.reason() + " " + m.icmp()
        : observation.toString();
  }

  private static ProbeOrder order() {
    PortSet none = PortSet.NONE;
    return new ProbeOrder(
        "worker-1",
        List.of(
            new ProbeOrder.Target(
                Optional.of("cp-1"),
                CP_1,
                Protocol.TCP,
                PortSet.parse("443, 2379, 6443, 10250-10260"),
                none,
                none)),
        Pace.NORMAL,
        1,
        false,
        Integer.MAX_VALUE);
  }

  @Test
  void theRuntimeIsCopiedOnce() throws Exception {
    open("cp-1").close();
    AgentArchive gone = archives.withRuntime();
    AgentArchive.Source nothing = source(copyOf(gone, directory.resolve("no such file")));

    open("cp-1", nothing).close();

    assertThat(ssh.homeOf("cp-1").resolve(".cache/k8sfw-audit/" + gone.sha256())).isDirectory();
  }

  @Test
  void aDamagedRuntimeIsReplaced() throws Exception {
    open("worker-1").close();
    Path modules =
        ssh.homeOf("worker-1")
            .resolve(".cache/k8sfw-audit")
            .resolve(archives.withRuntime().sha256())
            .resolve("lib/modules");
    byte[] bytes = Files.readAllBytes(modules);
    bytes[bytes.length / 2] ^= 1;
    Files.write(modules, bytes);

    open("worker-1").close();

    assertThat(Files.readAllBytes(modules)).isNotEqualTo(bytes);
  }

  @Test
  void nothingIsLeftOnTheNode() throws Exception {
    String before = traces();

    for (int i = 0; i < 3; i++) {
      try (RemoteVantage far = open("worker-1")) {
        seen(far);
        assertThat(
                far.holdWitness(
                    Protocol.TCP, WORKER_1, 20123, Set.of("0123456789abcdef".repeat(2))))
            .isPresent();
      }
    }

    String after = traces();
    for (int left = 300; left > 0 && !after.equals(before); left--) {
      Thread.sleep(100);
      after = traces();
    }
    assertThat(after).isEqualTo(before);
  }

  /// Processes, sockets and temporary files of worker-1.
  private String traces() throws Exception {
    return ssh.on(
        "worker-1",
        "ls -d /tmp/hsperf* /tmp/libnetty* /root/.cache/k8sfw-audit 2>/dev/null | grep -v root;"
            + " ss -Htln; ss -Huln; ls -a ~/.cache/k8sfw-audit 2>/dev/null | grep new;"
            + " ip netns pids worker-1 | wc -l");
  }

  @Test
  void anAgentThatIsKilledCostsItsChecksAndNothingElse() throws Exception {
    try (RemoteVantage far = open("worker-1")) {
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Thread probing =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  ProbeOrder all = order();
                  far.probe(
                      new ProbeOrder(
                          all.vantage(),
                          List.of(
                              new ProbeOrder.Target(
                                  Optional.empty(),
                                  CP_1,
                                  Protocol.TCP,
                                  PortSet.parse("1-60000"),
                                  PortSet.NONE,
                                  PortSet.NONE)),
                          Pace.POLITE,
                          1,
                          false,
                          Integer.MAX_VALUE),
                      Progress.SILENT);
                  failure.complete(new AssertionError("it went on"));
                } catch (IOException | InterruptedException e) {
                  failure.complete(e);
                }
              });
      Thread.sleep(500);
      ssh.on("worker-1", "kill -9 " + far.agent().pid());
      probing.join();

      assertThat(failure.join()).isInstanceOf(IOException.class);
      assertThat(failure.join().getMessage()).doesNotContain("\n");
    }
  }

  @Test
  void aJavaThatIsThereIsUsed() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    SshPlace place = new SshPlace(ssh.destination("etcd-1"), Optional.of(java), Optional.empty());

    try (RemoteVantage far = SshVantage.open("etcd-1", place, client(), archives, LIMITS)) {
      assertThat(far.capabilities()).contains(Capability.ERROR_QUEUE);
    }
    assertThat(
            ssh.homeOf("etcd-1")
                .resolve(".cache/k8sfw-audit")
                .resolve(archives.withoutRuntime().sha256())
                .resolve("bin"))
        .doesNotExist();
  }

  @Test
  void anotherHostKeyIsALine() throws Exception {
    Path wrong =
        Files.writeString(
            directory.resolve("wrong"),
            Files.readString(file("known_hosts"))
                .replace("10.77.0.21]", "10.77.0.99]")
                .replace("10.77.0.22]", "10.77.0.21]"));
    Path none = Files.writeString(directory.resolve("none"), "");

    for (Path known : List.of(wrong, none)) {
      assertThat(refusal(ssh.destination("worker-1"), "UserKnownHostsFile=" + known))
          .startsWith("its host key is not the one that known_hosts has, or known_hosts has none;")
          .contains("ssh root@10.77.0.21 true");
    }
  }

  /// The file that one of the lab's options names.
  private Path file(String part) {
    return ssh.options().stream()
        .filter(o -> o.endsWith(part))
        .map(o -> Path.of(o.replaceFirst("^[^=]*=", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aUserWhoIsNotThereIsALine() throws Exception {
    assertThat(refusal("nobody-here@10.77.0.21"))
        .startsWith("it lets this user in with no key that is offered, or has no such user;");
  }

  @Test
  void whatCannotBeReachedIsALine() throws Exception {
    assertThat(refusal("root@10.77.0.203")).startsWith("nothing listens on its ssh port;");
    assertThat(refusal("root@10.77.0.99", "ConnectTimeout=2"))
        .matches("no way leads there from here.*|its ssh port does not answer;.*");
    assertThat(refusal("no-such-name.invalid")).startsWith("its name is not known here;");
  }

  @Test
  void aMachineWithoutSshIsALine() {
    SshClient none = new SshClient(List.of("/no/such/ssh"), List.of());
    SshPlace place = new SshPlace("n", Optional.empty(), Optional.empty());

    IOException e =
        assertThrows(
            IOException.class, () -> SshVantage.open("n", place, none, archives, LIMITS).close());

    assertThat(e)
        .hasMessage("there is no /no/such/ssh on this machine's PATH; install openssh-client");
  }

  @Test
  void aUserWithoutAHomeIsALine() throws Exception {
    assertThat(refusal("homeless@10.77.0.22"))
        .startsWith("its cache directory cannot be used: ")
        .contains("/nonexistent")
        .endsWith("name another directory by cache: in the inventory");
  }

  @Test
  void whereNothingMayBeExecutedIsALine() throws Exception {
    on(
        "worker-2",
        "tmpfs -o noexec",
        () ->
            assertThat(refusal(ssh.destination("worker-2")))
                .startsWith("nothing may be executed in its cache directory "));
  }

  @Test
  void whereThereIsNoSpaceIsALine() throws Exception {
    on(
        "worker-2",
        "tmpfs -o size=8m",
        () ->
            assertThat(refusal(ssh.destination("worker-2")))
                .startsWith("there is no space for the agent in its cache directory"));
  }

  @Test
  void whereNothingMayBeWrittenIsALine() throws Exception {
    on(
        "worker-2",
        "tmpfs -o ro",
        () ->
            assertThat(refusal(ssh.destination("worker-2")))
                .startsWith("its cache directory cannot be used: ")
                .contains("Read-only file system"));
  }

  private interface Trial {
    void run() throws Exception;
  }

  /// With another file system at the home of a node's root.
  private void on(String node, String type, Trial trial) throws Exception {
    ssh.on(node, "mount -t " + type + " none " + home(node));
    try {
      trial.run();
    } finally {
      ssh.on(node, "umount " + home(node));
    }
  }

  private String home(String node) {
    return "/" + ssh.homeOf(node).subpath(3, ssh.homeOf(node).getNameCount());
  }

  @Test
  void anAgentOfAnotherVersionIsALine() throws Exception {
    Path jars = Files.createDirectories(directory.resolve("other"));
    try (Stream<Path> all = Files.list(JARS)) {
      for (Path jar : all.toList()) {
        Files.copy(jar, jars.resolve(jar.getFileName()));
      }
    }
    Path probes = jars.resolve("probes-0.1.0.jar");
    try (var zip = java.nio.file.FileSystems.newFileSystem(probes)) {
      Path manifest = zip.getPath("META-INF/MANIFEST.MF");
      String text = Files.readString(manifest);
      Files.writeString(
          manifest, text.replace("Implementation-Version: 0.1.0", "Implementation-Version: 0.0.9"));
    }
    AgentArchives others =
        new AgentArchives(
            jars, directory.resolve("others"), Path.of(System.getProperty("java.home")));

    IOException e = assertThrows(IOException.class, () -> open("worker-1", others).close());

    assertThat(e).hasMessageContaining("version 0.0.9").hasMessageContaining("this is 0.1.0");
  }

  @Test
  void aRuntimeThatCannotRunIsALine() throws Exception {
    ArchiveWriter writer = new ArchiveWriter();
    writer.add("bin/java", "no program".getBytes(StandardCharsets.UTF_8));
    AgentArchive broken =
        writer.write(directory.resolve("broken"), archives.withRuntime().machine());

    IOException e = assertThrows(IOException.class, () -> open("cp-1", source(broken)).close());

    assertThat(e).hasMessageStartingWith("the runtime does not run there: ");
  }

  @Test
  void anAuditOverSshIsTheAuditFromTheNamespaces() throws Exception {
    String matrix =
        Files.writeString(
                directory.resolve("matrix.yaml"),
                """
                matrix: small
                version: 1
                rules:
                - {id: api, to: control-plane, protocol: tcp, ports: 443, from: worker, expect: required}
                - {id: no, to: control-plane, protocol: tcp, ports: 2379-2390, from: worker, expect: forbidden}
                - {id: kubelet, to: worker, protocol: tcp, ports: 10250, from: control-plane, expect: required}
                """)
            .toString();

    List<String> here =
        findings(matrix, "{netns: \"" + lab.namespace("cp-1").resolveSibling("NODE") + "\"}");
    List<String> there = findings(matrix, "{ssh: root@ADDRESS}");

    assertThat(there).isEqualTo(here).isNotEmpty();
  }

  @Test
  void theDoctorSeesEachVantagePoint() throws Exception {
    String inventory =
        Files.writeString(
                directory.resolve("doctor.yaml"),
                """
                inventory: doctor
                nodes:
                - {name: worker-1, zones: worker, addresses: [10.77.0.21], agent: {ssh: root@10.77.0.21}}
                - {name: worker-2, zones: worker, addresses: [10.77.0.22], agent: {ssh: nobody@10.77.0.22}}
                vantage:
                - {name: here, zones: cluster-admin, agent: local}
                """)
            .toString();

    Said said = onAdmin("doctor", "-i", inventory);

    assertThat(said.out())
        .containsPattern("ok +worker-1 +ssh root@10.77.0.21 +an open port is open")
        .containsPattern(
            "worker-1.* version 0.1.0 on Linux .*; clock 0.* at most [0-9]+ open files;")
        .containsPattern("worker-1.* has error-queue, socket-table, witness, packet-tap")
        .containsPattern("FAILS +worker-2 +ssh nobody@10.77.0.22 +it lets this user in with no key")
        .containsPattern("ok +here +local +an open port is open")
        .contains("2 of 3 vantage points can be used.");
    assertThat(said.exitCode()).isEqualTo(ExitCodes.NOT_PROVEN);
  }

  /// The verdicts of an audit between two nodes, as text, without how they were got.
  private List<String> findings(String matrix, String agent) throws Exception {
    String inventory =
        Files.writeString(
                directory.resolve("inventory.yaml"),
                "inventory: two\nnodes:\n"
                    + node("cp-1", "control-plane", "10.77.0.11", agent)
                    + node("worker-1", "worker", "10.77.0.21", agent))
            .toString();
    Said said = onAdmin("run", "-q", "-m", matrix, "-i", inventory, "-o", "junit");
    assertThat(said.exitCode()).as(said.out()).isLessThanOrEqualTo(ExitCodes.NOT_PROVEN);
    return said.out()
        .lines()
        .filter(l -> l.contains("<testcase") || l.contains("<failure") || l.contains("<error"))
        .map(l -> l.replaceAll(" (time|timestamp)=\"[^\"]*\"", ""))
        .toList();
  }

  private static String node(String name, String zone, String address, String agent) {
    return "- {name: %s, zones: %s, addresses: [%s], agent: %s}\n"
        .formatted(
            name,
            zone,
            address,
            agent.replace("ADDRESS", address).replace("/NODE\"", "/" + name + "\""));
  }

  private record Said(int exitCode, String out) {}

  /// Runs the program on the lab's admin machine.
  private Said onAdmin(String... args) throws Exception {
    List<String> command = new ArrayList<>(ssh.fromAdmin());
    command.removeLast();
    try (Stream<Path> jars = Files.list(JARS)) {
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "--enable-native-access=ALL-UNNAMED",
              "--sun-misc-unsafe-memory-access=allow",
              "-cp",
              jars.map(Path::toString).sorted().collect(Collectors.joining(":")),
              Main.class.getName()));
    }
    command.addAll(List.of(args));
    for (String option : ssh.options()) {
      command.addAll(List.of("--ssh-option", option));
    }
    Process process =
        new ProcessBuilder(command).redirectError(directory.resolve("err").toFile()).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    return new Said(code, out + Files.readString(directory.resolve("err")));
  }

  private RemoteVantage open(String node) throws IOException {
    return open(node, archives);
  }

  private RemoteVantage open(String node, AgentArchive.Source source) throws IOException {
    SshPlace place = new SshPlace(ssh.destination(node), Optional.empty(), Optional.empty());
    return SshVantage.open(node, place, client(), source, LIMITS);
  }

  private SshClient client(String... more) {
    List<String> options = new ArrayList<>(List.of(more));
    options.addAll(ssh.options());
    return new SshClient(ssh.fromAdmin(), options);
  }

  /// Why there is no agent: one line.
  private String refusal(String destination, String... options) {
    SshPlace place = new SshPlace(destination, Optional.empty(), Optional.empty());
    IOException e =
        assertThrows(
            IOException.class,
            () -> SshVantage.open("n", place, client(options), archives, LIMITS).close());
    String message = String.valueOf(e.getMessage());
    assertThat(message).doesNotContain("\n");
    return message;
  }

  private static AgentArchive copyOf(AgentArchive archive, Path file) {
    return new AgentArchive(
        file,
        archive.sha256(),
        archive.bytes(),
        archive.manifestSha256(),
        archive.files(),
        archive.unpackedBytes(),
        archive.machine());
  }

  private static AgentArchive.Source source(AgentArchive only) {
    return new AgentArchive.Source() {
      @Override
      public AgentArchive withRuntime() {
        return only;
      }

      @Override
      public AgentArchive withoutRuntime() {
        return only;
      }
    };
  }
}
