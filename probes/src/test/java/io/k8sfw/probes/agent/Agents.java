package io.k8sfw.probes.agent;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

  /// Starts as slowly as may be, and is given `patience` from then on.
  static Limits impatient(Duration patience) {
    return new Limits(
        Set.of(LOOPBACK), Duration.ofSeconds(60), patience, patience, Duration.ofMinutes(5));
  }

  /// What is written on the wire for `reply`.
  static String text(long id, AgentProtocol.Reply reply) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    try {
      new MessageWriter(written).write(id, AgentProtocol.Reply.class, reply);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return written.toString(StandardCharsets.UTF_8);
  }

  static AgentProtocol.Reply.Hello hello(int protocol, String build) {
    return new AgentProtocol.Reply.Hello(
        protocol, build, Set.of(Capability.WITNESS), 1, 1024, "25", "Linux amd64");
  }

  /// A script that is an agent of this build until it has been told its limits, and then does
  /// `after`. The first question that follows has number 2.
  static List<String> scriptAfterOpening(String after) {
    String hello = text(0, hello(AgentProtocol.VERSION, AgentProtocol.build()));
    String opened = text(1, new AgentProtocol.Reply.Opened(Instant.EPOCH));
    return script("printf '%s' '" + hello + "'\nread open\nprintf '%s' '" + opened + "'\n" + after);
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
