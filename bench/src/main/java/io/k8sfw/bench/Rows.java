package io.k8sfw.bench;

import io.k8sfw.fixtures.lab.PathFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// The fault matrix.
final class Rows {
  private static final int SIDECAR_PORT = 15_001;

  /// All addresses of the targets.
  private static final String NETWORK = "10.66.0.0/16";

  private Rows() {}

  static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    rows.addAll(loss());
    rows.addAll(targets());
    rows.addAll(vantage());
    rows.addAll(interruptions());
    rows.addAll(harm());
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
            .arrange(t -> t.bed().targetRules(PathFaults.silence())));
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

  /// What targets and boxes before them do.
  private static List<Row> targets() {
    return List.of(
        new Row("R1", "every way to reject, at any rate")
            .full(15, 200)
            .quick(15, 40)
            .truth((_, ports, seed) -> Truth.rejections(ports, seed))
            .arrange(Rows::icmpUnlimited)
            .exactReasons(),
        new Row("R1-limited", "every way to reject, ICMP limited as Linux does")
            .full(15, 200)
            .quick(15, 40)
            .truth((_, ports, seed) -> Truth.rejections(ports, seed)),
        new Row("R2-fresh", "listeners that do not accept, backlog 8")
            .full(200, 1)
            .quick(20, 1)
            .truth((hosts, _, _) -> Truth.uniform(Truth.addresses(hosts), 1, Fate.OPEN))
            .arrange(t -> hang(t, false))
            .check(t -> List.of(mostAttemptsOnOne(t) + " attempts on one port at the most")),
        new Row("R2-full", "listeners that do not accept, queue full, nodes have agents")
            .full(20, 1)
            .quick(5, 1)
            .truth((hosts, _, _) -> Truth.uniform(Truth.addresses(hosts), 1, Fate.HUNG))
            .arrange(t -> hang(t, true))
            .agents(),
        new Row("R3-redirect", "a sidecar takes every connection")
            .mix(Truth.Mix.NOTHING_OPEN)
            .arrange(Rows::sidecar),
        new Row("R3-synproxy", "a SYN proxy before the target")
            .mix(Truth.Mix.NOTHING_OPEN)
            .arrange(t -> {
              t.bed().atTarget("sysctl", "-qw", "net.ipv4.tcp_syncookies=2");
              t.bed().targetRules(PathFaults.synproxy());
            }),
        new Row("R4", "the node under test is the vantage point itself, behind a firewall")
            .full(1, 100)
            .quick(1, 20)
            .truth((_, ports, _) -> Truth.uniform(List.of(Bed.SOURCE), ports, Fate.DROPPED))
            .arrange(Rows::ownFirewall),
        new Row("R5", "the source is banned after 10 hits on blocked ports")
            .full(1, 200)
            .mix(new Truth.Mix(50, 0, 100, 0))
            .arrange(t -> t.bed().targetRules(PathFaults.ban(t.truth().traps(), 10))),
        new Row("R6", "closed UDP ports, ICMP limited as Linux does")
            .full(1, 200)
            .quick(1, 20)
            .truth((_, ports, _) -> Truth.uniform(Truth.addresses(1), ports, Fate.CLOSED))
            .udp()
            .peers(Peer.NMAP_UDP));
  }

  private static void icmpUnlimited(Trial trial) throws IOException, InterruptedException {
    trial
        .bed()
        .atTarget(
            "sysctl",
            "-qw",
            "net.ipv4.icmp_ratelimit=0",
            "net.ipv6.icmp.ratelimit=0",
            // Of all peers together.
            "net.ipv4.icmp_msgs_per_sec=1000000",
            "net.ipv4.icmp_msgs_burst=1000000");
  }

  private static void hang(Trial trial, boolean full) throws IOException, InterruptedException {
    Path target = Bed.path(trial.bed().targetName());
    Listeners hung = new Listeners(target, List.of());
    trial.keep(hung);
    hung.hang(target, trial.truth().addresses(), Truth.FIRST_PORT, 8, full);
  }

  private static long mostAttemptsOnOne(Trial trial) throws IOException, InterruptedException {
    return Counters.met(trial.bed(), trial.truth()).values().stream()
        .mapToLong(n -> n)
        .max()
        .orElse(0);
  }

  private static void sidecar(Trial trial) throws IOException, InterruptedException {
    trial.keep(new Listeners(Bed.path(trial.bed().sourceName()), List.of(SIDECAR_PORT)));
    trial.bed().sourceRules(PathFaults.localRedirect(SIDECAR_PORT));
  }

  private static void ownFirewall(Trial trial) throws IOException, InterruptedException {
    trial.keep(
        new Listeners(
            Bed.path(trial.bed().sourceName()),
            IntStream.rangeClosed(Truth.FIRST_PORT, trial.truth().lastPort()).boxed().toList()));
    trial
        .bed()
        .sourceRules(
            """
            table inet own {
              chain in {
                type filter hook input priority 0
                iifname "cable" tcp flags syn drop
              }
            }
            """);
  }

  /// What is broken where the probes leave from. Nothing is blocked at the target, so whoever says
  /// that something is, is wrong.
  private static List<Row> vantage() {
    return List.of(
        local("V1-files-96", "96 open files at the most").wrapper("prlimit", "--nofile=96:96"),
        local("V1-files-200", "200 open files at the most").wrapper("prlimit", "--nofile=200:200"),
        local("V1-ports", "10 local ports")
            .arrange(
                t -> t.bed().atSource("sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40009")),
        local("V1-egress-drop", "an egress rule drops all TCP")
            .arrange(t -> t.bed().sourceRules(PathFaults.localEgress(1, 65535, "drop"))),
        local("V1-egress-reject", "an egress rule rejects all TCP")
            .arrange(t -> t.bed().sourceRules(PathFaults.localEgress(1, 65535, "reject"))),
        local("V1-egress-some", "an egress rule drops the ports under test")
            .arrange(t -> t.bed().sourceRules(egressOfPorts(t, "drop"))),
        local("V1-egress-some-reject", "an egress rule rejects the ports under test")
            .arrange(t -> t.bed().sourceRules(egressOfPorts(t, "reject"))),
        local("V1-no-route", "no route")
            .arrange(t -> t.bed().atSource("ip", "route", "del", NETWORK)),
        local("V1-prohibit", "a prohibit route")
            .arrange(t -> t.bed().atSource("ip", "route", "replace", "prohibit", NETWORK)),
        local("V1-blackhole", "a blackhole route")
            .arrange(t -> t.bed().atSource("ip", "route", "replace", "blackhole", NETWORK)),
        local("V1-tracked", "no more than 50 tracked connections")
            .arrange(t -> t.bed().sourceRules(PathFaults.localTrackedAtMost(50))));
  }

  private static Row local(String id, String fault) {
    return new Row(id, fault)
        .full(1, 500)
        .quick(1, 100)
        .mix(Truth.Mix.NOTHING_BLOCKED)
        .peers(Peer.NMAP);
  }

  private static String egressOfPorts(Trial trial, String statement) {
    return PathFaults.localEgress(Truth.FIRST_PORT, trial.truth().lastPort(), statement);
  }

  /// What comes over a run in its middle. Slow, so that there is a middle.
  private static List<Row> interruptions() {
    return List.of(
        interrupted("V2-link", "the interface is down for 10 s")
            .during(t -> {
              t.awaitAttempts(Duration.ofSeconds(2));
              t.bed().atSource("ip", "link", "set", Bed.DEVICE, "down");
              Thread.sleep(10_000);
              t.bed().atSource("ip", "link", "set", Bed.DEVICE, "up");
              t.bed().addressesOfSource();
            }),
        interrupted("V2-address", "the own address is gone for 10 s")
            .during(t -> {
              t.awaitAttempts(Duration.ofSeconds(2));
              t.bed().atSource("ip", "address", "flush", "dev", Bed.DEVICE);
              Thread.sleep(10_000);
              t.bed().addressesOfSource();
            }),
        interrupted("V2-stop", "the program stands still for 20 s")
            .during(t -> {
              t.awaitAttempts(Duration.ofSeconds(2));
              stopped(t, Duration.ofSeconds(20));
            }),
        clock("V2-clock-on", "the clock jumps an hour on", "+1h"),
        clock("V2-clock-back", "the clock jumps an hour back", "-1h"),
        new Row("V3", "5 % of a processor")
            .full(20, 1000)
            .quick(1, 500)
            .arrange(t -> t.keep(CpuQuota.ofPercent(5)))
            .wrapper(
                "sh", "-c", "echo $$ >" + CpuQuota.DIRECTORY + "/cgroup.procs; exec \"$@\"", "sh")
            .peers(Peer.NMAP));
  }

  private static Row interrupted(String id, String fault) {
    return new Row(id, fault).full(4, 250).quick(4, 100).pace("polite").peers(Peer.NMAP);
  }

  private static void stopped(Trial trial, Duration time) throws IOException, InterruptedException {
    String pid = Long.toString(trial.process().orElseThrow().pid());
    Shell.run("kill", "-STOP", pid);
    try {
      Thread.sleep(time);
    } finally {
      Thread.interrupted();
      Shell.run("kill", "-CONT", pid);
    }
  }

  /// libfaketime: only what the wall clock says, which is what an administrator or NTP can set.
  private static Row clock(String id, String fault, String jump) {
    String libraries = "/usr/lib/x86_64-linux-gnu/faketime:/usr/lib/aarch64-linux-gnu/faketime";
    return interrupted(id, fault)
        .peers()
        .arrange(t -> Files.writeString(t.directory().resolve("clock"), "+0"))
        .environment(
            Map.of(
                "LD_PRELOAD", "libfaketimeMT.so.1",
                "LD_LIBRARY_PATH", libraries,
                "FAKETIME_TIMESTAMP_FILE", "$DIRECTORY/clock",
                "FAKETIME_NO_CACHE", "1",
                "FAKETIME_DONT_FAKE_MONOTONIC", "1",
                "DONT_FAKE_MONOTONIC", "1"))
        .during(t -> {
          t.awaitAttempts(Duration.ofSeconds(2));
          Files.writeString(t.directory().resolve("clock"), jump);
        });
  }

  /// What we do to others.
  private static List<Row> harm() {
    return List.of(
        new Row("H3", "connection tracking on both ends and on a router")
            .full(20, 2768)
            .quick(2, 500)
            .mix(new Truth.Mix(2, 0, 10, 0))
            .routed()
            .arrange(Tracked::track)
            .during(Tracked::watch)
            .check(Tracked::check)
            .peers(Peer.NMAP),
        new Row("H4", "none; every packet captured at the target")
            .full(10, 500)
            .quick(2, 200)
            .captured()
            .check(Capture::check)
            .peers());
  }
}
