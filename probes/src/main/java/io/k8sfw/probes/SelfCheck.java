package io.k8sfw.probes;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.linux.FileLimit;
import io.k8sfw.probes.linux.NetworkNamespace;
import io.k8sfw.probes.linux.PacketTap;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.HalfOpen;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.probes.wire.Transport;
import io.k8sfw.probes.wire.Wire;
import io.netty.channel.epoll.Epoll;
import io.netty.util.Version;
import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/// Whether this machine can do what probing needs. Sends to its own loopback address and nowhere
/// else, and changes nothing.
public final class SelfCheck {
  private static final int FEW_FILES = 1024;
  private static final int FEW_PORTS = 10_000;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private SelfCheck() {}

  /// One thing that was looked at.
  ///
  /// @param detail what was found; where it is not well, what that costs
  public record Line(String what, boolean ok, String detail) {}

  public static List<Line> run() {
    // First, since it silences Netty's own words about what it finds missing.
    Transport transport = Transport.best();
    List<Line> lines = new ArrayList<>();
    lines.add(netty());
    lines.add(epoll());
    lines.addAll(loopback(transport));
    lines.add(files());
    lines.add(ports());
    lines.add(namespaces());
    lines.add(packetTap());
    lines.add(rawSocket());
    lines.add(tool("ip", "the lab and the demo need it (package iproute2)"));
    lines.add(tool("nft", "the lab and the demo need it (package nftables)"));
    return lines;
  }

  private static Line netty() {
    Set<String> versions =
        Version.identify().values().stream()
            .map(Version::artifactVersion)
            .collect(Collectors.toCollection(TreeSet::new));
    return new Line(
        "Netty",
        versions.size() == 1,
        versions.size() == 1
            ? versions.iterator().next()
            : "parts of different versions, which fail at the first connect: " + versions);
  }

  private static Line epoll() {
    return Epoll.isAvailable()
        ? new Line("epoll transport", true, "available")
        : new Line(
            "epoll transport",
            false,
            "not available, so an ICMP rejection looks like a reset: "
                + Epoll.unavailabilityCause());
  }

  private static List<Line> loopback(Transport transport) {
    try (Wire wire =
        Wire.open(transport, 1, Thread.ofPlatform().daemon().name("self-check").factory())) {
      return loopback(wire, transport);
    } catch (IOException e) {
      return List.of(new Line("loopback", false, "no socket can be made: " + e.getMessage()));
    }
  }

  private static List<Line> loopback(Wire wire, Transport transport) throws IOException {
    InetAddress here = InetAddress.ofLiteral("127.0.0.1");
    Prober tcp = wire.prober(Protocol.TCP);
    Outcome open;
    int freePort;
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(here, 0));
      freePort = server.getLocalPort();
      open = ask(tcp, here, freePort);
    }
    Outcome closed = ask(tcp, here, freePort);
    List<Line> lines = new ArrayList<>();
    lines.add(line("an open port on loopback", open.equals(Outcome.OPEN), open));
    lines.add(line("a closed port on loopback", closed.equals(Outcome.REFUSED), closed));
    if (transport == Transport.NIO) {
      lines.add(
          new Line(
              "ICMP error queue",
              false,
              "cannot be read: not Linux, or started without --enable-native-access"));
    } else {
      lines.add(errorQueue(wire.prober(Protocol.UDP), here));
    }
    return lines;
  }

  private static Line errorQueue(Prober udp, InetAddress here) throws IOException {
    int freePort;
    try (DatagramSocket socket = new DatagramSocket(0, here)) {
      freePort = socket.getLocalPort();
    }
    Outcome outcome = ask(udp, here, freePort);
    boolean read =
        outcome instanceof Heard heard
            && heard.state() == PortState.CLOSED
            && heard.icmp().isPresent();
    return line("ICMP error queue", read, outcome);
  }

  private static Line line(String what, boolean ok, Outcome outcome) {
    return new Line(what, ok, (ok ? "" : "came out as ") + text(outcome));
  }

  private static String text(Outcome outcome) {
    return switch (outcome) {
      case Heard heard ->
          heard.state().word()
              + ", "
              + heard.reason().word()
              + heard.icmp().map(icmp -> ", " + icmp).orElse("");
      case Outcome.Silent _ -> "silence";
      case Outcome.Fault fault -> fault.cause();
    };
  }

  private static Outcome ask(Prober prober, InetAddress address, int port) throws IOException {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    prober.attempt(address, port, PATIENCE, answer::complete);
    try {
      return answer.get(3 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS).outcome();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
      throw new IOException("an attempt did not end", e);
    }
  }

  private static Line files() {
    OptionalLong limit = FileLimit.read();
    boolean enough = limit.isEmpty() || limit.getAsLong() >= FEW_FILES;
    String found = limit.isEmpty() ? "no known limit" : "at most " + limit.getAsLong();
    return new Line(
        "open files", enough, found + (enough ? "" : ", so fewer ports are probed at once"));
  }

  /// ip(7), `ip_local_port_range`.
  private static Line ports() {
    String what = "source ports";
    // In one read: such a file gives nothing more after the first, however little that took.
    try (var file = Files.newBufferedReader(Path.of("/proc/sys/net/ipv4/ip_local_port_range"))) {
      String range = String.valueOf(file.readLine());
      long[] ends = Arrays.stream(range.split("\\s+", 2)).mapToLong(Long::parseLong).toArray();
      boolean enough = ends[1] - ends[0] + 1 >= FEW_PORTS;
      String note = enough ? "" : ", so fewer ports are probed at once";
      return new Line(what, enough, ends[0] + "-" + ends[1] + note);
    } catch (IOException | RuntimeException _) {
      return new Line(what, true, "range not known on this system");
    }
  }

  /// Enters the namespace that we are in already, on a thread that ends afterwards.
  private static Line namespaces() {
    String what = "network namespaces";
    try (NetworkNamespace own = NetworkNamespace.open(Path.of("/proc/self/ns/net"))) {
      own.tryToEnter();
      return new Line(what, true, "can be entered");
    } catch (IOException e) {
      return new Line(
          what,
          false,
          "cannot be entered; the demo and netns vantage points need root: " + e.getMessage());
    }
  }

  private static Line rawSocket() {
    return HalfOpen.isAllowed()
        ? new Line("raw socket", true, "BGP ports can be asked without a connection")
        : new Line(
            "raw socket",
            false,
            "not allowed (CAP_NET_RAW): BGP ports whose state no session and no socket table tells"
                + " are unverified");
  }

  private static Line packetTap() {
    return PacketTap.isAllowed()
        ? new Line("packet tap", true, "what leaves this machine can be seen")
        : new Line(
            "packet tap",
            false,
            "not allowed, so a rule of this machine that drops what we send looks like one of the"
                + " target; needs CAP_NET_RAW");
  }

  private static Line tool(String name, String use) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    for (String directory : path.split(":", -1)) {
      File file = new File(directory, name);
      if (!directory.isEmpty() && file.canExecute()) {
        return new Line(name, true, file.getPath());
      }
    }
    return new Line(name, false, "not found; " + use);
  }
}
