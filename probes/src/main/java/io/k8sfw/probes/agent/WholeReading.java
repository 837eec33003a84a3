package io.k8sfw.probes.agent;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Makes sure that a reading is of the order: every port once, and nothing else.
final class WholeReading {
  private WholeReading() {}

  /// @throws IOException where it is not
  static void check(ProbeOrder order, VantageReading reading) throws IOException {
    List<TargetReading> readings = reading.readings();
    boolean whole = readings.size() == order.targets().size() && reading.probesSent() >= 0;
    for (int i = 0; whole && i < readings.size(); i++) {
      whole = isOf(order.vantage(), order.targets().get(i), readings.get(i));
    }
    Set<InetAddress> addresses =
        order.targets().stream().map(Target::address).collect(Collectors.toSet());
    whole &=
        reading.controls().stream().allMatch(c -> c.vantage().equals(order.vantage()))
            && reading.paths().stream()
                .allMatch(
                    p -> p.vantage().equals(order.vantage()) && addresses.contains(p.address()));
    if (!whole) {
      throw new IOException("the agent's reading is not of what it was asked");
    }
  }

  private static boolean isOf(String vantage, Target target, TargetReading reading) {
    List<PortRange> runs = reading.runs().stream().map(PortRun::ports).toList();
    int before = 0;
    for (PortRange run : runs) {
      if (run.first() <= before) {
        return false;
      }
      before = run.last();
    }
    return reading.vantage().equals(vantage)
        && reading.address().equals(target.address())
        && reading.protocol().equals(target.protocol())
        && PortSet.of(runs).equals(target.ports());
  }
}
