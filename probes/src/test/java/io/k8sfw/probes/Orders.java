package io.k8sfw.probes;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.VantageReading;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Orders for tests, and what came of them.
final class Orders {
  /// The waits of the fast pace, since the kernel needs its time, but short gaps.
  static final Pace PACE =
      new Pace(
          "test",
          1000,
          4000,
          256,
          1024,
          List.of(Duration.ofMillis(300), Duration.ofMillis(600), Duration.ofMillis(1400)),
          Duration.ofMillis(50));

  private Orders() {}

  static ProbeOrder tcp(InetAddress address, String ports) {
    return order(target(address, Protocol.TCP, ports));
  }

  static ProbeOrder udp(InetAddress address, String ports) {
    return order(target(address, Protocol.UDP, ports));
  }

  static ProbeOrder order(Target... targets) {
    return new ProbeOrder("src", List.of(targets), PACE, 42, false, Integer.MAX_VALUE);
  }

  static Target target(InetAddress address, Protocol protocol, String ports) {
    return new Target(
        Optional.empty(), address, protocol, PortSet.parse(ports), PortSet.NONE, PortSet.NONE);
  }

  static Observation at(VantageReading reading, int port) {
    return at(reading.readings().getFirst(), port);
  }

  static Observation at(TargetReading reading, int port) {
    return reading.at(port).orElseThrow().observation();
  }

  /// `closed reset 1/1`, `filtered port-unreachable 1/1 ICMP 3/3 from 10.99.1.254`, or the cause
  /// why not measured.
  static String text(Observation observation) {
    return switch (observation) {
      case Measured m ->
          m.state().word()
              + " "
              + m.reason().word()
              + m.icmp().map(i -> " " + i).orElse("")
              + (m.unstable() ? " unstable" : "");
      case Observation.Unmeasured u -> "unmeasured: " + u.cause().visible();
    };
  }

  static String text(VantageReading reading, int port) {
    return text(at(reading, port));
  }
}
