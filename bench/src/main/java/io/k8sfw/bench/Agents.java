package io.k8sfw.bench;

import io.k8sfw.fixtures.lab.Lab;
import io.k8sfw.fixtures.lab.LabSsh;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.probes.agent.AgentMain;
import io.k8sfw.probes.agent.Limits;
import io.k8sfw.probes.agent.ProcessVantage;
import io.k8sfw.probes.agent.RemoteVantage;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage.Witness;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// `bench/agents`: what agents cost, and what they leave behind.
public final class Agents {
  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int WITNESS_PORT = 40_000;

  /// Of every agent that an audit starts (`AgentCommand`).
  private static final List<String> OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:-UsePerfData",
          "-XX:+ExitOnOutOfMemoryError",
          "-Xmx64m",
          "-Xmn6m",
          "-Xss512k",
          "-XX:ReservedCodeCacheSize=16m",
          "-Xlog:disable");

  private final Path root;
  private final Path directory;
  private final int times;

  private Agents(Path root, int times) throws IOException {
    this.root = root;
    this.directory = Files.createDirectories(root.resolve("bench/target/agents"));
    this.times = times;
  }

  /// @param arguments which of `sessions`, `memory`, `ssh`, without any all; a number says how
  ///   often
  public static void main(String[] arguments) throws Exception {
    List<String> wanted = Stream.of(arguments).filter(a -> !a.matches("[0-9]+")).toList();
    Optional<Integer> often =
        Stream.of(arguments).filter(a -> a.matches("[0-9]+")).map(Integer::valueOf).findFirst();
    Path root = Path.of(System.getProperty("root", ".")).toAbsolutePath();
    for (String word : wanted.isEmpty() ? List.of("sessions", "memory", "ssh") : wanted) {
      switch (word) {
        case "sessions" -> new Agents(root, often.orElse(1000)).sessions();
        case "memory" -> new Agents(root, often.orElse(3)).memory();
        case "ssh" -> new Agents(root, often.orElse(5)).ssh();
        default -> throw new IllegalArgumentException("nothing called " + word + " to measure");
      }
    }
  }

  private List<String> command(Bed bed) {
    List<String> command = new ArrayList<>(Bed.in(bed.sourceName()));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.addAll(
        List.of("-cp", root.resolve("cli/target/dist/lib") + "/*", AgentMain.class.getName()));
    return command;
  }

  private RemoteVantage start(Bed bed) throws IOException {
    Limits usual = Limits.to(Set.of(own(), InetAddress.ofLiteral(Truth.address(0))));
    // That other jobs take the machine is nothing to find out here.
    Limits limits = new Limits(usual.addresses(), LIMIT, LIMIT, LIMIT, usual.life());
    return ProcessVantage.start("far", "command ip netns exec", command(bed), limits);
  }

  private static InetAddress own() {
    return InetAddress.ofLiteral(Bed.SOURCE);
  }

  /// One after the other; every third is killed while it holds a port and a packet socket.
  private void sessions() throws IOException, InterruptedException {
    try (Bed bed = Bed.make(false)) {
      bed.noRules();
      int files = openFiles();
      Set<String> temporary = temporaryFiles();
      long from = System.nanoTime();
      for (int i = 0; i < times; i++) {
        session(bed, i % 3 == 2);
        requireNothingLeft(bed, i);
        if ((i + 1) % 100 == 0) {
          System.err.printf("%d of %d%n", i + 1, times);
        }
      }
      double seconds = (System.nanoTime() - from) / 1e9;
      Set<String> left = temporaryFiles();
      left.removeAll(temporary);
      System.out.printf(
          "%d agent sessions in a row, every third killed: %.2f s each; left: 0 processes, 0 sockets, %d files; open files here %d, before %d%n",
          times, seconds / times, left.size(), openFiles(), files);
      if (!left.isEmpty()) {
        throw new IOException("files are left: " + left);
      }
    }
  }

  private void session(Bed bed, boolean killed) throws IOException, InterruptedException {
    try (RemoteVantage far = start(bed)) {
      if (far.probe(order("1-100"), Progress.SILENT).readings().size() != 1) {
        throw new IOException("an agent that reads nothing");
      }
      try (var arrivals = far.watchArrivals().orElseThrow();
          Witness _ = far.holdWitness(Protocol.TCP, own(), WITNESS_PORT, Set.of()).orElseThrow()) {
        if (arrivals.seenFrom(own(), 1).isPresent()) {
          throw new IOException("an arrival that nobody made");
        }
        if (killed) {
          ProcessHandle.of(far.agent().pid()).ifPresent(ProcessHandle::destroyForcibly);
        }
      } catch (IOException e) {
        if (!killed) {
          throw e;
        }
      }
    }
  }

  private static void requireNothingLeft(Bed bed, int session)
      throws IOException, InterruptedException {
    if (ProcessHandle.current().descendants().anyMatch(ProcessHandle::isAlive)) {
      throw new IOException("a process is left after session " + session);
    }
    // Listening, raw and packet sockets; not what a closed connection leaves to the kernel's
    // clocks.
    String sockets = bed.atSource("ss", "-Hnltuw0");
    if (!sockets.isBlank()) {
      throw new IOException("after session " + session + " is left: " + sockets);
    }
  }

  private static Set<String> temporaryFiles() throws IOException {
    Set<String> found = new TreeSet<>();
    for (String where : List.of(System.getProperty("java.io.tmpdir"), ".")) {
      try (Stream<Path> files = Files.list(Path.of(where))) {
        files
            .map(Path::toString)
            .filter(f -> f.matches(".*(netty|hsperf|hs_err|k8sfw-).*") && !f.contains("bench"))
            .forEach(file -> found.add(file));
      }
    }
    return found;
  }

  private static int openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return (int) files.count();
    }
  }

  private static ProbeOrder order(String ports) {
    Target target =
        new Target(
            Optional.empty(),
            InetAddress.ofLiteral(Truth.address(0)),
            Protocol.TCP,
            PortSet.parse(ports),
            PortSet.NONE,
            PortSet.NONE);
    return new ProbeOrder("far", List.of(target), Pace.FAST, 42, false, Integer.MAX_VALUE);
  }

  /// Of an agent that waits, and of the same after all ports of an address.
  private void memory() throws IOException, InterruptedException {
    try (Bed bed = Bed.make(false)) {
      bed.noRules();
      for (int i = 0; i < times; i++) {
        try (RemoteVantage far = start(bed)) {
          long waiting = memory(far.agent().pid(), "VmRSS:");
          var _ = far.probe(order("1-65535"), Progress.SILENT);
          System.out.printf(
              "memory (RSS) of an agent: %d MB when it waits, %d MB at the most, after 65,535 ports%n",
              waiting, memory(far.agent().pid(), "VmHWM:"));
        }
      }
    }
  }

  /// @return megabytes, by proc_pid_status(5)
  private static long memory(long pid, String key) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith(key))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  /// Whole runs from four nodes, over real ssh and in process.
  private void ssh() throws IOException, InterruptedException {
    Optional<String> missing = Lab.missing().or(LabSsh::missing);
    if (missing.isPresent()) {
      throw new IOException(missing.get());
    }
    try (Lab lab = Lab.start(Set.of())) {
      LabSsh ssh = lab.startSsh();
      List<String> options =
          ssh.options().stream().flatMap(o -> Stream.of("--ssh-option", o)).toList();
      Path far = inventory("ssh", name -> "{ssh: \"" + ssh.destination(name) + "\"}");
      Path near = inventory("netns", name -> "{netns: \"" + lab.namespace(name) + "\"}");
      double cold = run(lab, far, options);
      double[] overSsh = new double[times];
      double[] here = new double[times];
      for (int i = 0; i < times; i++) {
        overSsh[i] = run(lab, far, options);
        here[i] = run(lab, near, List.of());
      }
      System.out.printf(
          "a run from 4 nodes: %.2f s over ssh (first, with copying: %.2f s), %.2f s in process: %.2f s more%n",
          median(overSsh), cold, median(here), median(overSsh) - median(here));
    }
  }

  private Path inventory(String name, java.util.function.UnaryOperator<String> agent)
      throws IOException {
    Map<String, String> nodes =
        Map.of(
            "cp-1",
            "10.77.0.11",
            "worker-1",
            "10.77.0.21",
            "worker-2",
            "10.77.0.22",
            "etcd-1",
            "10.77.0.31");
    String lines =
        nodes.entrySet().stream()
            .map(node ->
                "- {name: %s, zones: [worker], addresses: [%s], agent: %s}\n"
                    .formatted(node.getKey(), node.getValue(), agent.apply(node.getKey())))
            .sorted()
            .collect(Collectors.joining());
    return Files.writeString(
        directory.resolve(name + ".yaml"), "inventory: " + name + "\nnodes:\n" + lines);
  }

  /// @return seconds
  private double run(Lab lab, Path inventory, List<String> options)
      throws IOException, InterruptedException {
    Path matrix =
        Files.writeString(
            directory.resolve("matrix.yaml"),
            "matrix: m\nversion: 1\nrules:\n- {id: all, to: worker, protocol: tcp, ports: 20000-20099, from: worker, expect: forbidden}\n");
    List<String> command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=" + lab.namespace("admin"),
                root.resolve("k8sfw-audit").toString(),
                "run",
                "--pace",
                "fast",
                "-m",
                matrix.toString(),
                "-i",
                inventory.toString()));
    command.addAll(options);
    Shell.Ended ended =
        Shell.timed(command, Map.of(), directory.resolve("run.log"), LIMIT, _ -> {});
    if (ended.exit() != 0) {
      throw new IOException(String.join(" ", command) + ": " + ended.output());
    }
    return ended.took().toNanos() / 1e9;
  }

  private static double median(double[] values) {
    double[] sorted = Arrays.stream(values).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
