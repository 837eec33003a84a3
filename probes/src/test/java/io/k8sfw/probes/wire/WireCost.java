package io.k8sfw.probes.wire;

import com.sun.management.OperatingSystemMXBean;
import io.k8sfw.model.Protocol;
import io.k8sfw.probes.batch.LiveTimeline;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/// What one attempt costs: wall and CPU time for every port of a range on some hosts, several
/// times, so that the last figures are warm.
///
/// `WireCost ROUNDS IN-FLIGHT PATIENCE-MS FROM TO ADDRESS...`
public final class WireCost {
  private final LiveTimeline timeline = new LiveTimeline();
  private int inFlight;
  private int heard;
  private int silent;
  private int faults;

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    int window = Integer.parseInt(args[1]);
    Duration patience = Duration.ofMillis(Long.parseLong(args[2]));
    int from = Integer.parseInt(args[3]);
    int to = Integer.parseInt(args[4]);
    List<InetAddress> addresses = Arrays.stream(args).skip(5).map(InetAddress::ofLiteral).toList();
    Transport transport = Transport.best();
    int loops = Integer.getInteger("loops", 1);
    try (Wire wire = Wire.open(transport, loops, Thread::new)) {
      for (int i = 0; i < rounds; i++) {
        new WireCost().round(wire.prober(Protocol.TCP), window, patience, from, to, addresses);
      }
    }
  }

  private void round(
      Prober prober, int window, Duration patience, int from, int to, List<InetAddress> addresses)
      throws InterruptedException {
    var os = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = os.getProcessCpuTime();
    long start = System.nanoTime();
    for (int port = from; port <= to; port++) {
      for (InetAddress address : addresses) {
        while (inFlight >= window) {
          timeline.await(1_000_000_000);
        }
        inFlight++;
        prober.attempt(address, port, patience, answer -> timeline.deliver(() -> took(answer)));
      }
    }
    while (inFlight > 0) {
      timeline.await(1_000_000_000);
    }
    int attempts = (to - from + 1) * addresses.size();
    System.out.printf(
        "%s: %d attempts, %d heard, %d silent, %d faults: wall %.3f s, %.1f us; CPU %.1f us each%n",
        prober.getClass().getSimpleName(),
        attempts,
        heard,
        silent,
        faults,
        (System.nanoTime() - start) / 1e9,
        (System.nanoTime() - start) / 1e3 / attempts,
        (os.getProcessCpuTime() - cpu) / 1e3 / attempts);
  }

  private void took(Answer answer) {
    inFlight--;
    switch (answer.outcome()) {
      case Outcome.Heard _ -> heard++;
      case Outcome.Silent _ -> silent++;
      case Outcome.Fault _ -> faults++;
    }
  }
}
