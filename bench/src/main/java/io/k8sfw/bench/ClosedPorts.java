package io.k8sfw.bench;

import com.sun.management.OperatingSystemMXBean;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// Probes all ports of an address again and again in one process, so that the last rounds show what
/// a port costs once the code is compiled. Runs where the prober is; [Speed] starts it.
public final class ClosedPorts {
  private ClosedPorts() {}

  /// @param arguments an address and how many rounds; prints a line a round: ports, CPU
  ///   milliseconds, milliseconds
  public static void main(String[] arguments) throws IOException, InterruptedException {
    PortSet ports = PortSet.ALL;
    Target target =
        new Target(
            Optional.empty(),
            InetAddress.ofLiteral(arguments[0]),
            Protocol.TCP,
            ports,
            PortSet.NONE,
            PortSet.NONE);
    // As fast as it gets: what is measured is the cost of a port, not a budget.
    Pace pace =
        new Pace(
            "unlimited", 1_000_000, 1_000_000, 8192, 8192, Pace.FAST.attempts(), Pace.FAST.gap());
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    try (LocalVantage vantage = LocalVantage.open("here")) {
      for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
        ProbeOrder order =
            new ProbeOrder("here", List.of(target), pace, round, false, Integer.MAX_VALUE);
        long cpu = system.getProcessCpuTime();
        long from = System.nanoTime();
        VantageReading reading = vantage.probe(order, Progress.SILENT);
        long took = System.nanoTime() - from;
        System.out.printf(
            "%d %.1f %.1f%n",
            closed(reading), (system.getProcessCpuTime() - cpu) / 1e6, took / 1e6);
      }
    }
  }

  private static long closed(VantageReading reading) {
    return reading.readings().getFirst().runs().stream()
        .filter(r -> r.observation() instanceof Measured m && m.state() == PortState.CLOSED)
        .mapToLong(r -> r.ports().size())
        .sum();
  }
}
