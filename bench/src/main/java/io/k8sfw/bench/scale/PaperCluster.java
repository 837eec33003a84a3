package io.k8sfw.bench.scale;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.SocketTable.Owner;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.observation.WitnessReport.Hearing;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Nodes with agents, a few places outside, and what all of them would see: a firewall like that of
/// `builtin:seed`, with a fault on every hundredth node. The same size gives the same cluster.
final class PaperCluster {
  private static final PortSet NODE_PORTS = PortSet.of(30000, 32767);
  private static final PortSet SERVICES = PortSet.parse("30080, 30443, 31000-31007, 32001");
  private static final int CONTROL_PLANES = 5;

  /// Every hundredth node, of each kind of fault.
  private static final int FAULTS = 100;

  private static final List<String> OUTSIDE =
      List.of("office end-user", "admins cluster-admin", "partner api-client", "internet external");

  private final int nodes;
  private final Map<String, String> placeOf = new HashMap<>();
  private final Random random = new Random(1);

  PaperCluster(int nodes) {
    this.nodes = nodes;
    OUTSIDE.forEach(words -> placeOf.put(words.split(" ", -1)[0], words.split(" ", -1)[1]));
  }

  /// An inventory file.
  String inventory() {
    StringBuilder yaml = new StringBuilder();
    yaml.append("inventory: paper-").append(nodes).append('\n');
    yaml.append("facts: {cni: flannel, backend: vxlan}\n");
    yaml.append("clusterNetworks: [10.128.0.0/9, 10.96.0.0/12]\n");
    yaml.append("services:\n");
    SERVICES.stream()
        .forEach(p -> yaml.append("- {name: shop/s%d, nodePort: %d}\n".formatted(p, p)));
    yaml.append("nodes:\n");
    for (int i = 0; i < nodes; i++) {
      yaml.append(
          "- {name: %s, zones: [%s], addresses: [%s, {overlay: %s}], agent: offline}\n"
              .formatted(name(i), zones(i), internal(i), overlay(i)));
    }
    yaml.append("vantage:\n");
    for (String place : OUTSIDE) {
      String[] words = place.split(" ", -1);
      yaml.append("- {name: %s, zones: [%s], agent: offline}\n".formatted(words[0], words[1]));
    }
    yaml.append("- {name: a-pod, zones: [pod], agent: offline}\n");
    return yaml.toString();
  }

  private static String name(int i) {
    return i < CONTROL_PLANES ? "cp-" + i : "worker-" + i;
  }

  private static String zones(int i) {
    if (i < CONTROL_PLANES) {
      return "control-plane, etcd";
    }
    return i % 50 == 0 ? "worker, ingress" : "worker";
  }

  private static String internal(int i) {
    return "10." + (i >> 14) + "." + (i >> 6 & 255) + "." + (1 + (i & 63));
  }

  private static String overlay(int i) {
    return "10." + (128 + (i >> 8)) + "." + (i & 255) + ".0";
  }

  private static int number(String node) {
    return Integer.parseInt(node.substring(node.lastIndexOf('-') + 1));
  }

  /// What is seen when the orders are carried out.
  Observations observe(List<ProbeOrder> orders) {
    List<VantageReport> places = new ArrayList<>();
    List<TargetReading> readings = new ArrayList<>();
    List<Control> controls = new ArrayList<>();
    List<PathReport> paths = new ArrayList<>();
    List<WitnessReport> witnesses = new ArrayList<>();
    List<SourceReport> sources = new ArrayList<>();
    for (ProbeOrder order : orders) {
      places.add(
          new VantageReport(
              order.vantage(),
              "paper",
              EnumSet.allOf(Capability.class),
              Optional.empty(),
              order.size()));
      for (Target target : order.targets()) {
        readings.add(reading(order.vantage(), target));
        if (target.protocol().equals(Protocol.TCP)) {
          controls.addAll(controls(order.vantage(), target.address()));
          paths.add(
              new PathReport(
                  order.vantage(), target.address(), 120, 0, 0.025, 3, Optional.empty()));
          InetAddress own = own(order.vantage());
          sources.add(
              new SourceReport(
                  order.vantage(), target.address(), Optional.of(own), Optional.of(own)));
          witnesses.addAll(witnesses(order.vantage(), target, own));
        }
      }
    }
    List<TargetEvidence> targets =
        IntStream.range(0, nodes)
            .mapToObj(i -> new TargetEvidence(name(i), sockets(i), sockets(i)))
            .toList();
    return new Observations(
        Instant.EPOCH,
        Instant.EPOCH.plusSeconds(600),
        places,
        readings,
        controls,
        paths,
        targets,
        witnesses,
        Optional.empty(),
        List.of(),
        sources,
        List.of());
  }

  private InetAddress own(String place) {
    if (place.equals("a-pod")) {
      return InetAddress.ofLiteral("10.200.0.9");
    }
    return placeOf.containsKey(place)
        ? InetAddress.ofLiteral("198.51.100." + (10 * place.length() + placeOf.get(place).length()))
        : InetAddress.ofLiteral(internal(number(place)));
  }

  private static List<Control> controls(String place, InetAddress address) {
    List<Control> controls = new ArrayList<>();
    for (Control.Phase phase : List.of(Control.Phase.BEFORE, Control.Phase.AFTER)) {
      for (Control.Kind kind : List.of(Control.Kind.ARRIVAL, Control.Kind.NEGATIVE)) {
        controls.add(new Control(place, address, kind, phase, 50_123, true, "as it must"));
      }
    }
    return controls;
  }

  private List<WitnessReport> witnesses(String place, Target target, InetAddress own) {
    int node = number(target.node().orElseThrow());
    IntPredicate passes = passing(place, target);
    return target.witnessable().stream()
        .filter(port -> !listens(node, port) && passes.test(port))
        .mapToObj(port ->
            new WitnessReport(
                place,
                target.address(),
                Protocol.TCP,
                port,
                Hearing.ANSWERED,
                1,
                Optional.of(own),
                true))
        .toList();
  }

  private TargetReading reading(String place, Target target) {
    int node = number(target.node().orElseThrow());
    boolean tcp = target.protocol().equals(Protocol.TCP);
    IntPredicate passes = passing(place, target);
    IntFunction<Observation> seen =
        port -> !tcp ? DATAGRAM : !passes.test(port) ? SILENT : listens(node, port) ? OPEN : CLOSED;
    List<PortRun> runs = new ArrayList<>();
    for (PortRange range : target.ports().ranges()) {
      int first = range.first();
      Observation now = seen.apply(first);
      for (int port = first; port <= range.last(); port++) {
        Observation next = port == range.last() ? null : seen.apply(port + 1);
        if (!now.equals(next)) {
          boolean answers = now instanceof Measured m && m.reason() != Reason.NO_RESPONSE;
          int rtt = answers ? 80 + random.nextInt(900) : -1;
          runs.add(new PortRun(new PortRange(first, port), now, rtt));
          first = port + 1;
        }
        now = next == null ? now : next;
      }
    }
    return new TargetReading(place, target.address(), target.protocol(), runs);
  }

  private static final Observation OPEN = measured(PortState.OPEN, Reason.SYN_ACK, 1);
  private static final Observation CLOSED = measured(PortState.CLOSED, Reason.RESET, 1);
  private static final Observation SILENT = measured(PortState.FILTERED, Reason.NO_RESPONSE, 0);
  private static final Observation DATAGRAM =
      measured(PortState.OPEN_FILTERED, Reason.NO_RESPONSE, 0);

  private static Observation measured(PortState state, Reason reason, int answered) {
    return new Measured(state, reason, Optional.empty(), answered == 0 ? 3 : 1, answered, false);
  }

  /// What the firewall lets through.
  private IntPredicate passing(String place, Target target) {
    int n = number(target.node().orElseThrow());
    boolean outside = placeOf.containsKey(place);
    boolean pod = place.equals("a-pod");
    if (!target.address().equals(InetAddress.ofLiteral(internal(n)))) {
      return _ -> !outside;
    }
    boolean control = n < CONTROL_PLANES;
    boolean fromNode = !outside && !pod;
    boolean fromControl = fromNode && number(place) < CONTROL_PLANES;
    String from = placeOf.getOrDefault(place, place);
    return port ->
        switch (port) {
          case 443 -> fromNode || from.equals("end-user") || from.equals("api-client");
          case 6443 -> control && from.equals("cluster-admin");
          case 10250 -> !control && fromControl && n % FAULTS != 7;
          case 10255 -> !control && (pod || n % FAULTS == 11);
          case 2379, 2380 -> control && fromNode && !fromControl;
          default ->
              !control && outside && NODE_PORTS.contains(port) && !from.equals("cluster-admin");
        };
  }

  private static boolean listens(int node, int port) {
    boolean control = node < CONTROL_PLANES;
    return switch (port) {
      case 443, 22, 10250, 10255 -> true;
      case 6443, 2379, 2380 -> control;
      default -> SERVICES.contains(port);
    };
  }

  private static SocketTable sockets(int node) {
    List<Listener> listeners = new ArrayList<>();
    for (int port : new int[] {22, 443, 2379, 2380, 6443, 10250, 10255}) {
      if (listens(node, port)) {
        listeners.add(
            new Listener(
                Protocol.TCP,
                InetAddress.ofLiteral("0.0.0.0"),
                port,
                false,
                Owner.process("daemon-" + port)));
      }
    }
    listeners.add(
        new Listener(Protocol.UDP, InetAddress.ofLiteral("0.0.0.0"), 8472, false, Owner.KERNEL));
    return new SocketTable(listeners, 0);
  }
}
