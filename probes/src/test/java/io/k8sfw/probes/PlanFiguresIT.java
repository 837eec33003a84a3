package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PortState;
import io.k8sfw.plan.Estimate;
import io.k8sfw.plan.Estimate.Part;
import io.k8sfw.vantage.Effort;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `plan` says, held against what goes over the wire.
class PlanFiguresIT {
  private static final PortSet NODE_PORTS = PortSet.of(30000, 32767);

  /// `1700000000.123456 IP 10.99.1.1.40000 > 10.99.2.2.30000: Flags [S], …`
  private static final Pattern SYN =
      Pattern.compile("([0-9]+)\\.([0-9]{6}) IP [0-9.]+\\.([0-9]+) > [0-9.]+\\.([0-9]+): .*");

  /// So much later than its turn may a busy machine send a packet, in seconds: bunches are no
  /// breach. Without a limit all ports would be asked within a part of that.
  private static final double LATE = 0.5;

  private static final Pace PACE =
      new Pace("test", 1000, 1000, 1024, 4096, Pace.FAST.attempts(), Pace.FAST.gap());

  private TestNet net;

  @TempDir Path directory = Path.of("");

  private record Syn(long micros, String from, int to) {}

  @BeforeEach
  void build() throws Exception {
    assumeTrue(TestNet.hasTool("tcpdump"), "needs tcpdump");
    net = TestNet.create();
  }

  @AfterEach
  void close() throws Exception {
    if (net != null) {
      net.close();
    }
  }

  @Test
  void whatGoesOverTheWireIsWhatThePlanSays() throws Exception {
    net.nft("dst", "input", "tcp dport 30000-32767 drop");
    ProbeOrder order =
        new ProbeOrder(
            "src",
            List.of(
                new ProbeOrder.Target(
                    Optional.empty(),
                    TestNet.DST4,
                    Protocol.TCP,
                    NODE_PORTS,
                    PortSet.NONE,
                    PortSet.NONE)),
            PACE,
            7,
            false,
            Integer.MAX_VALUE);
    Part said = Estimate.of(List.of(order)).parts().getFirst();

    List<Syn> sent = watch(order);

    assertThat((double) sent.size())
        .isCloseTo((double) said.clean().packets(), Percentage.withPercentage(5));
    assertThat((long) sent.size()).isLessThanOrEqualTo(said.worst().packets());
    assertThat(sent.stream().map(Syn::to).filter(port -> !NODE_PORTS.contains(port)).distinct())
        .allMatch(port -> port >= Effort.FIRST_CONTROL_PORT)
        .hasSizeLessThanOrEqualTo(Effort.CONTROL_PORTS);
    double burst = said.connectsPerSecond() / 20.0;
    assertThat((double) peak(connects(sent), 100_000))
        .isLessThanOrEqualTo(said.connectsPerSecond() * (0.1 + LATE) + burst);
    assertThat((double) peak(sent, 1_000_000))
        .isLessThanOrEqualTo(said.packetsPerSecond() * (1 + LATE) + 2 * burst);
  }

  /// The SYN packets that arrive at the target while the order is carried out.
  private List<Syn> watch(ProbeOrder order) throws Exception {
    Path capture = directory.resolve("syns");
    Process tcpdump = tcpdump(capture);
    try {
      Observations seen =
          new LiveCampaign(List.of(net.vantage("src"))).observe(List.of(order), Progress.SILENT);
      assertThat(seen.readings().getFirst().runs())
          .allSatisfy(run ->
              assertThat(run.observation())
                  .isInstanceOfSatisfying(
                      Measured.class, m -> assertThat(m.state()).isEqualTo(PortState.FILTERED)));
      Thread.sleep(1500);
    } finally {
      tcpdump.destroy();
      tcpdump.waitFor();
    }
    return syns(capture);
  }

  private Process tcpdump(Path capture) throws IOException, InterruptedException {
    Process tcpdump =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                net.path("dst").getFileName().toString(),
                "tcpdump",
                "-i",
                "eth0",
                "-nn",
                "-tt",
                "-B",
                "16384",
                "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn")
            .redirectOutput(capture.toFile())
            .redirectError(directory.resolve("said").toFile())
            .start();
    while (tcpdump.isAlive()
        && !Files.readString(directory.resolve("said")).contains("listening on")) {
      Thread.sleep(20);
    }
    return tcpdump;
  }

  private static List<Syn> syns(Path capture) throws IOException {
    List<Syn> syns = new ArrayList<>();
    for (String line : Files.readAllLines(capture, StandardCharsets.UTF_8)) {
      Matcher syn = SYN.matcher(line);
      if (syn.matches()) {
        long micros = Long.parseLong(syn.group(1)) * 1_000_000 + Long.parseLong(syn.group(2));
        syns.add(new Syn(micros, syn.group(3), Integer.parseInt(syn.group(4))));
      }
    }
    return syns;
  }

  /// Without what the kernel repeated.
  private static List<Syn> connects(List<Syn> syns) {
    Set<String> known = new HashSet<>();
    return syns.stream().filter(s -> known.add(s.from() + ">" + s.to())).toList();
  }

  /// The most in any window of that many microseconds.
  private static int peak(List<Syn> syns, long window) {
    int most = 0;
    int first = 0;
    for (int i = 0; i < syns.size(); i++) {
      while (syns.get(i).micros() - syns.get(first).micros() >= window) {
        first++;
      }
      most = Math.max(most, i - first + 1);
    }
    return most;
  }
}
