package io.k8sfw.probes.agent;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Agents for tests, and what to ask them.
final class Agents {
  static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  static final Limits LIMITS = Limits.to(Set.of(LOOPBACK));

  private Agents() {}

  /// The command line of an agent made of the classes under test.
  static List<String> command(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AgentMain.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  /// An agent that is a shell script instead.
  static List<String> script(String script) {
    return List.of("/bin/sh", "-c", script);
  }

  static Limits impatient(Duration silence) {
    return new Limits(Set.of(LOOPBACK), Duration.ofSeconds(60), silence, Duration.ofMinutes(5));
  }

  static ProbeOrder tcp(InetAddress address, String ports) {
    ProbeOrder.Target target =
        new ProbeOrder.Target(
            Optional.empty(),
            address,
            Protocol.TCP,
            PortSet.parse(ports),
            PortSet.NONE,
            PortSet.NONE);
    return new ProbeOrder("far", List.of(target), Pace.FAST, 42, false, Integer.MAX_VALUE);
  }
}
