package io.k8sfw.cli;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.agent.AgentReport;
import io.k8sfw.probes.agent.RemoteVantage;
import io.k8sfw.probes.linux.FileLimit;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/// What a vantage point can do, and whether it calls an open port open and a closed one closed, on
/// its own loopback.
///
/// @param fit whether it can be used
/// @param says for people, the most important first
record PlaceCheck(String name, String transport, boolean fit, List<String> says) {
  static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  /// Neither registered services, nor NodePorts, nor the ports that Linux gives to clients.
  private static final int FIRST_PORT = 20_000;

  private static final int PORTS = 9_000;
  private static final int TRIES = 10;

  PlaceCheck {
    says = List.copyOf(says);
  }

  static PlaceCheck of(Vantage vantage) {
    Optional<String> cause = Vantages.cause(vantage);
    if (cause.isPresent()) {
      return new PlaceCheck(vantage.name(), vantage.transport(), false, List.of(cause.get()));
    }
    String selfCheck;
    boolean fit = false;
    try {
      Optional<String> wrong = wrong(vantage);
      fit = wrong.isEmpty();
      selfCheck = wrong.orElse("an open port is open and a closed one closed");
    } catch (IOException e) {
      selfCheck = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      selfCheck = "interrupted";
    }
    List<String> says = new ArrayList<>();
    says.add(selfCheck);
    says.addAll(agent(vantage));
    says.add(capabilities(vantage));
    return new PlaceCheck(vantage.name(), vantage.transport(), fit, says);
  }

  private static Optional<String> wrong(Vantage vantage) throws IOException, InterruptedException {
    for (int i = 0; i < TRIES; i++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      try (Vantage.Witness held =
          vantage.holdWitness(Protocol.TCP, LOOPBACK, port, Set.of()).orElse(null)) {
        if (held != null) {
          PortState open = state(vantage, port);
          return open == PortState.OPEN
              ? closed(vantage)
              : Optional.of("its self-check called an open port " + open.word());
        }
      }
    }
    return Optional.of("its self-check found no free port on its loopback");
  }

  /// A port that could be held a moment ago, and is let go of.
  private static Optional<String> closed(Vantage vantage) throws IOException, InterruptedException {
    for (int i = 0; i < TRIES; i++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
      Optional<Vantage.Witness> held = vantage.holdWitness(Protocol.TCP, LOOPBACK, port, Set.of());
      if (held.isPresent()) {
        held.get().close();
        PortState closed = state(vantage, port);
        return closed == PortState.CLOSED
            ? Optional.empty()
            : Optional.of("its self-check called a closed port " + closed.word());
      }
    }
    return Optional.of("its self-check found no free port on its loopback");
  }

  private static PortState state(Vantage vantage, int port)
      throws IOException, InterruptedException {
    ProbeOrder.Target target =
        new ProbeOrder.Target(
            Optional.empty(), LOOPBACK, Protocol.TCP, PortSet.of(port), PortSet.NONE, PortSet.NONE);
    VantageReading reading =
        vantage.probe(
            new ProbeOrder(
                vantage.name(), List.of(target), Pace.NORMAL, 1, false, Integer.MAX_VALUE),
            Progress.SILENT);
    Observation observation =
        reading.readings().getFirst().at(port).map(PortRun::observation).orElseThrow();
    return switch (observation) {
      case Measured measured -> measured.state();
      case Observation.Unmeasured unmeasured ->
          throw new IOException("its self-check measured nothing: " + unmeasured.cause());
    };
  }

  /// Version, clock and limit: of the agent where there is one, else of this process.
  private static List<String> agent(Vantage vantage) {
    if (vantage instanceof RemoteVantage remote) {
      AgentReport agent = remote.agent();
      return List.of(
          "version " + agent.build() + " on " + agent.platform() + ", Java " + agent.java(),
          "clock "
              + seconds(agent.clockOffset())
              + " of ours (round trip "
              + agent.roundTrip().toMillis()
              + " ms)",
          files(agent.openFiles()));
    }
    return List.of(
        "version " + Version.number() + ", this process", files(FileLimit.read().orElse(-1)));
  }

  private static String seconds(Duration offset) {
    double seconds = offset.toMillis() / 1000.0;
    return String.format(
        Locale.ROOT, "%.3f s %s", Math.abs(seconds), seconds < 0 ? "behind" : "ahead");
  }

  private static String files(long limit) {
    return limit < 0 ? "no known limit of open files" : "at most " + limit + " open files";
  }

  private static String capabilities(Vantage vantage) {
    List<String> has = new ArrayList<>();
    List<String> lacks = new ArrayList<>();
    Arrays.stream(Capability.values())
        .forEach(c -> (vantage.capabilities().contains(c) ? has : lacks).add(c.word()));
    return "has "
        + (has.isEmpty() ? "nothing more" : String.join(", ", has))
        + (lacks.isEmpty() ? "" : lacks.stream().collect(Collectors.joining(", ", ", lacks ", "")));
  }
}
