package io.k8sfw.reporters;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Assessment.Sample;
import io.k8sfw.evaluate.Grade;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Severity;
import io.k8sfw.evaluate.Sighting;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Sha256;
import io.k8sfw.input.SourcePosition;
import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.inventory.NodePortService.TrafficPolicy;
import io.k8sfw.inventory.Scope;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Flow;
import io.k8sfw.model.NodeAddress;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.model.Zone;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.Exclusion;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.PlaceSample;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.merge.Merge;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// Finished audits, made by hand.
final class SampleResults {
  static final Row KUBELET = row("tcp", "10250");
  static final Row READ_ONLY = row("tcp", "10255");
  static final Row API = row("tcp", "6443");
  static final Row ETCD = row("tcp", "2379-2380");
  static final Row WEB = row("tcp", "80, 443");
  static final Row NODE_PORTS = row("tcp", "30000-32767");
  static final Row EVERYTHING = row("tcp", "ALL");
  static final Row VXLAN = row("udp", "8472");
  static final Row BGP = row("tcp", "179");

  private static final Node CONTROL =
      node("cp-1", "control-plane etcd", "10.0.0.11", "fd00:0:0:0:0:0:0:11");
  private static final Node FIRST = node("worker-1", "worker", "10.0.0.21", "fd00:0:0:0:0:0:0:21");
  private static final Node SECOND = node("worker-2", "worker", "10.0.0.22");
  private static final Node THIRD = node("worker-3", "worker", "10.0.0.23");

  private final List<Assessment> assessments = new ArrayList<>();
  private final List<Gap> gaps = new ArrayList<>();
  private final List<Exclusion> exclusions = new ArrayList<>();
  private final List<AuditResult.Place> places = new ArrayList<>();
  private Optional<String> interrupted = Optional.empty();

  private SampleResults() {}

  /// Every kind of verdict, gap and exclusion, on a small cluster.
  static AuditResult everything() {
    SampleResults s = new SampleResults();
    s.usualPlaces();
    s.kubelet();
    s.controlPlane();
    s.nodePorts();
    s.unclear();
    s.notSeen();
    return with(
        s.build("prod-eu-1"),
        new AuditResult.Composition(
            List.of(source("my-cluster", "matrix.yaml"), source("flannel", "builtin:flannel")),
            Optional.of("chosen because cni flannel (detected)")),
        List.of(
            new NodePortService(
                "shop/web",
                Protocol.TCP,
                30080,
                Optional.of(TrafficPolicy.LOCAL),
                Optional.of(List.of("worker-2"))),
            new NodePortService(
                "shop/old", Protocol.TCP, 30090, Optional.empty(), Optional.of(List.of())),
            new NodePortService("shop/dns", Protocol.UDP, 30053)));
  }

  private static AuditResult.Source source(String name, String origin) {
    return new AuditResult.Source(
        Untrusted.of(name), Untrusted.of(origin), Sha256.of("the matrix"));
  }

  private static AuditResult with(
      AuditResult r, AuditResult.Composition composition, List<NodePortService> services) {
    return new AuditResult(
        r.tool(),
        r.run(),
        r.matrix(),
        r.inventory(),
        r.facts(),
        r.rules(),
        r.nodes(),
        r.places(),
        r.assessments(),
        r.gaps(),
        r.exclusions(),
        r.parts(),
        r.contradictions(),
        composition,
        services,
        r.placeSamples());
  }

  /// From inside, from outside three days later, and from outside again, when it was another.
  static AuditResult merged() {
    SampleResults inside = new SampleResults();
    inside.usualPlaces();
    inside.add("cp-1", FIRST, 0, KUBELET, Expectation.REQUIRED, open(KUBELET.ports()));
    inside.add(
        "bastion",
        FIRST,
        0,
        KUBELET,
        Expectation.FORBIDDEN,
        unmeasured(KUBELET.ports(), "nobody can log in there"));
    inside.notSeen();
    SampleResults outside = new SampleResults();
    outside.place("bastion", "end-user external", Optional.empty(), true, "");
    outside.add("bastion", FIRST, 0, KUBELET, Expectation.FORBIDDEN, overExposed(KUBELET.ports()));
    SampleResults again = new SampleResults();
    again.place("bastion", "end-user external", Optional.empty(), true, "");
    again.add("bastion", FIRST, 0, KUBELET, Expectation.FORBIDDEN, dropped(KUBELET.ports()));
    try {
      return Merge.of(
          List.of(
              new Merge.Input("inside.json", inside.build("inside")),
              new Merge.Input("outside.json", at(outside.build("outside"), "0ddc0ffee000", 3)),
              new Merge.Input("again.json", at(again.build("outside"), "a9a1ac0ffee0", 4))),
          new AuditResult.Tool("k8sfw-audit", "0.1.0", "25.0.3"),
          false);
    } catch (InvalidInputException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The same, so many days later.
  private static AuditResult at(AuditResult r, String run, int days) {
    return new AuditResult(
        r.tool(),
        new AuditResult.Run(
            run,
            r.run().started().plus(Duration.ofDays(days)),
            r.run().finished().plus(Duration.ofDays(days)),
            r.run().interrupted(),
            r.run().pace(),
            r.run().seed(),
            r.run().strict()),
        r.matrix(),
        r.inventory(),
        r.facts(),
        r.rules(),
        r.nodes(),
        r.places(),
        r.assessments(),
        r.gaps(),
        r.exclusions(),
        r.parts(),
        r.contradictions());
  }

  /// All green, as seen by few of many places.
  static AuditResult sampled() {
    AuditResult r = compliant();
    return new AuditResult(
        r.tool(),
        r.run(),
        r.matrix(),
        r.inventory(),
        r.facts(),
        r.rules(),
        r.nodes(),
        r.places(),
        r.assessments(),
        r.gaps(),
        r.exclusions(),
        r.parts(),
        r.contradictions(),
        r.composition(),
        r.services(),
        List.of(
            new PlaceSample(zones("worker"), 4998, 3),
            new PlaceSample(zones("ingress worker"), 12, 3)));
  }

  /// All green.
  static AuditResult compliant() {
    SampleResults s = new SampleResults();
    s.usualPlaces();
    s.add("bastion", FIRST, 0, KUBELET, Expectation.FORBIDDEN, dropped(KUBELET.ports()));
    s.add("cp-1", FIRST, 0, KUBELET, Expectation.REQUIRED, open(KUBELET.ports()));
    return s.build("prod-eu-1");
  }

  /// A control plane that nobody can be in, as cloud providers have it, and two execs: one that
  /// worked, and one that did not.
  static AuditResult managedControlPlane() {
    SampleResults s = new SampleResults();
    s.usualPlaces();
    for (Node node : List.of(FIRST, SECOND)) {
      s.gaps.add(
          new Gap(
              Zone.CONTROL_PLANE,
              node.name(),
              zones("worker"),
              KUBELET,
              Expectation.REQUIRED,
              List.of("kubelet-api"),
              "no vantage point in zone control-plane"));
    }
    return s.build("managed");
  }

  /// All green, and open at one of two nodes of a role only: it is not wanted at the other.
  static AuditResult openAtOneOfTwo() {
    SampleResults s = new SampleResults();
    s.usualPlaces();
    s.add("cp-1", FIRST, 0, KUBELET, Expectation.REQUIRED, open(KUBELET.ports()));
    s.add("cp-1", SECOND, 0, KUBELET, Expectation.FORBIDDEN, dropped(KUBELET.ports()));
    return s.build("prod-eu-1");
  }

  /// Green, but one port is only closed.
  static AuditResult compliantButUnproven() {
    SampleResults s = new SampleResults();
    s.usualPlaces();
    s.add("bastion", FIRST, 0, KUBELET, Expectation.FORBIDDEN, closedUnproven(KUBELET.ports()));
    return s.build("prod-eu-1");
  }

  /// Nothing was checked.
  static AuditResult nothing() {
    return new SampleResults().build("empty");
  }

  /// Only permitted flows, of which nothing was seen.
  static AuditResult notJudged() {
    SampleResults s = new SampleResults();
    s.usualPlaces();
    s.add("bastion", FIRST, 0, NODE_PORTS, Expectation.PERMITTED, uncontrolled(NODE_PORTS, false));
    return s.build("idle");
  }

  /// Stopped by Ctrl-C.
  static AuditResult interrupted(String why) {
    SampleResults s = new SampleResults();
    s.interrupted = Optional.of(why);
    s.usualPlaces();
    s.kubelet();
    return s.build("prod-eu-1");
  }

  /// Every text field that can come from a file, the network or a results file holds `evil`.
  static AuditResult hostile(String evil) {
    SampleResults s = new SampleResults();
    s.interrupted = Optional.of(evil);
    s.place("bastion", "end-user", Optional.of(Untrusted.of(evil)), false, evil);
    Node node =
        new Node(
            evil,
            zones("worker"),
            List.of(new NodeAddress(ip("10.0.0.21"), AddressClass.INTERNAL)));
    Flow flow =
        new Flow(evil, evil, ip("10.0.0.21"), AddressClass.INTERNAL, Protocol.TCP, KUBELET.ports());
    Check check =
        new Check(
            flow,
            zones("end-user"),
            zones("worker"),
            KUBELET,
            Expectation.FORBIDDEN,
            Optional.empty(),
            List.of(evil),
            List.of(evil),
            List.of(evil),
            false);
    s.assessments.add(new Assessment(check, List.of(because(overExposed(KUBELET.ports()), evil))));
    Check second =
        new Check(
            new Flow(evil, evil, ip("10.0.0.21"), AddressClass.INTERNAL, Protocol.TCP, API.ports()),
            zones("end-user"),
            zones("worker"),
            API,
            Expectation.REQUIRED,
            Optional.empty(),
            List.of(evil),
            List.of(evil),
            List.of(evil),
            false);
    s.assessments.add(new Assessment(second, List.of(unmeasured(API.ports(), evil))));
    s.gaps.add(
        new Gap(
            new Zone("pod"),
            evil,
            zones("worker"),
            READ_ONLY,
            Expectation.REQUIRED,
            List.of(evil),
            evil));
    s.gaps.add(
        new Gap(
            Zone.CONTROL_PLANE,
            evil,
            zones("worker"),
            KUBELET,
            Expectation.REQUIRED,
            List.of(evil),
            evil));
    s.exclusions.add(new Exclusion(new Scope.OfRule(evil, evil), 1));
    s.exclusions.add(new Exclusion(new Scope.OfZone(evil, evil), 2));
    AuditResult r = s.build(evil);
    Rule rule = rule(evil, KUBELET, "worker", "control-plane", Expectation.REQUIRED, evil);
    return new AuditResult(
        new AuditResult.Tool(evil, evil, evil),
        new AuditResult.Run(
            evil, r.run().started(), r.run().finished(), Optional.of(evil), evil, 1, false),
        new AuditResult.Source(Untrusted.of(evil), Untrusted.of(evil), evil),
        new AuditResult.Source(Untrusted.of(evil), Untrusted.of(evil), evil),
        Facts.declared(Map.of(evil, evil)),
        List.of(new AuditResult.RuleInForce(rule, Condition.Holds.YES)),
        List.of(node),
        r.places(),
        r.assessments(),
        r.gaps(),
        r.exclusions(),
        List.of(
            new AuditResult.Part(
                new AuditResult.Tool(evil, evil, evil),
                new AuditResult.Run(
                    evil, r.run().started(), r.run().finished(), Optional.of(evil), evil, 1, false),
                new AuditResult.Source(Untrusted.of(evil), Untrusted.of(evil), evil),
                List.of(evil),
                2,
                1,
                1)),
        List.of(
            new AuditResult.Contradiction(
                check.id(),
                KUBELET.ports(),
                List.of(
                    of(evil, because(overExposed(KUBELET.ports()), evil)),
                    of(evil, because(dropped(KUBELET.ports()), evil))))),
        new AuditResult.Composition(
            List.of(
                new AuditResult.Source(Untrusted.of(evil), Untrusted.of(evil), evil),
                new AuditResult.Source(Untrusted.of(evil), Untrusted.of(evil), evil)),
            Optional.of(evil)),
        List.of(
            new NodePortService(
                evil, Protocol.TCP, 6443, Optional.empty(), Optional.of(List.of(evil))),
            new NodePortService(
                evil, Protocol.TCP, 30080, Optional.of(TrafficPolicy.LOCAL), Optional.empty())),
        List.of(new PlaceSample(zones("worker"), 12, 3)));
  }

  /// One compliant check from each of so many zones.
  static AuditResult manyZones(int zones) {
    SampleResults s = new SampleResults();
    for (int i = 0; i < zones; i++) {
      s.place("v" + i, "zone-" + i, Optional.empty(), true, "");
      s.add("v" + i, FIRST, 0, KUBELET, Expectation.FORBIDDEN, dropped(KUBELET.ports()));
    }
    return s.build("many");
  }

  /// One finding on so many nodes.
  static AuditResult large(int nodes) {
    SampleResults s = new SampleResults();
    s.usualPlaces();
    for (int i = 0; i < nodes; i++) {
      Node node = node("worker-" + i, "worker", "10.%d.%d.1".formatted(1 + i / 250, i % 250));
      s.add("bastion", node, 0, KUBELET, Expectation.FORBIDDEN, overExposed(KUBELET.ports()));
    }
    return s.build("large");
  }

  /// Seen from so many places, of which the last had failed.
  static AuditResult manyPlaces(int places) {
    SampleResults s = new SampleResults();
    for (int i = 1; i < places; i++) {
      s.place("worker-" + i, "worker", Optional.empty(), true, "");
    }
    s.place("worker-" + places, "worker", Optional.of(Untrusted.of("nobody is there")), true, "");
    s.add("worker-1", FIRST, 0, KUBELET, Expectation.FORBIDDEN, dropped(KUBELET.ports()));
    return s.build("many");
  }

  private void usualPlaces() {
    place("cp-1", "control-plane etcd", Optional.empty(), true, "");
    place("worker-1", "worker", Optional.empty(), true, "");
    place("bastion", "end-user external", Optional.empty(), true, "");
    place(
        "probe-pod",
        "pod",
        Optional.of(Untrusted.of("ip netns exec: no such namespace")),
        false,
        "");
  }

  private void kubelet() {
    add("bastion", FIRST, 0, KUBELET, Expectation.FORBIDDEN, overExposed(KUBELET.ports()));
    add("bastion", SECOND, 0, KUBELET, Expectation.FORBIDDEN, overExposed(KUBELET.ports()));
    add("bastion", THIRD, 0, KUBELET, Expectation.FORBIDDEN, dropped(KUBELET.ports()));
    add("bastion", FIRST, 1, KUBELET, Expectation.FORBIDDEN, overExposed(KUBELET.ports()));
    add("cp-1", FIRST, 0, KUBELET, Expectation.REQUIRED, open(KUBELET.ports()));
    add("cp-1", SECOND, 0, KUBELET, Expectation.REQUIRED, missing(KUBELET.ports()));
    add(
        "cp-1",
        THIRD,
        0,
        KUBELET,
        Expectation.REQUIRED,
        finding(
            KUBELET.ports(),
            measured(PortState.CLOSED, Reason.RESET, 3, 3),
            Sighting.RESET_WITNESS_HEARD,
            Verdict.deviates(Deviation.SERVICE_DOWN),
            Grade.A,
            Severity.MEDIUM,
            "The port is free, a witness on it was heard: the path passes and nothing listens."));
    add(
        "cp-1",
        FIRST,
        0,
        READ_ONLY,
        Expectation.PERMITTED,
        finding(
            READ_ONLY.ports(),
            measured(PortState.OPEN, Reason.SYN_ACK, 1, 1),
            Sighting.OPEN,
            Verdict.deviates(Deviation.FORBIDDEN_PORT),
            Grade.B,
            Severity.MEDIUM,
            "It answers, and the policy wants the port closed whatever a rule permits."));
    add("bastion", FIRST, 0, READ_ONLY, Expectation.FORBIDDEN, closedUnproven(READ_ONLY.ports()));
  }

  private void controlPlane() {
    add("bastion", CONTROL, 0, API, Expectation.REQUIRED, open(API.ports()));
    add("worker-1", CONTROL, 0, API, Expectation.REQUIRED, open(API.ports()));
    add("worker-1", CONTROL, 1, API, Expectation.REQUIRED, rejected(API.ports()));
    add(
        "bastion",
        CONTROL,
        0,
        ETCD,
        Expectation.FORBIDDEN,
        dropped(PortSet.of(2380)),
        finding(
            PortSet.of(2379),
            measured(PortState.CLOSED, Reason.RESET, 3, 3),
            Sighting.RESET_WITNESS_HEARD,
            Verdict.overExposed(Deviation.OPEN_PATH),
            Grade.A,
            Severity.LOW,
            "Nothing listens now, but a witness on the port was heard: the firewall lets it pass."));
    add("worker-1", CONTROL, 0, ETCD, Expectation.REQUIRED, open(ETCD.ports()));
  }

  private void nodePorts() {
    PortSet range = NODE_PORTS.ports();
    PortSet web = PortSet.parse("30443");
    Row service = new Row(Protocol.TCP, PortSet.of(30080));
    PortSet stray = PortSet.parse("31000-31003, 32500");
    add(
        "bastion",
        FIRST,
        0,
        NODE_PORTS,
        Expectation.FORBIDDEN,
        overExposed(stray),
        dropped(range.minus(stray)));
    add(
        "worker-1",
        SECOND,
        0,
        NODE_PORTS,
        Expectation.PERMITTED,
        open(web),
        closed(range.minus(web).minus(service.ports())));
    add("worker-1", SECOND, 0, service, Expectation.REQUIRED, open(service.ports()));
    add("cp-1", SECOND, 0, service, Expectation.REQUIRED, missing(service.ports()));
    add(
        "worker-1",
        SECOND,
        0,
        EVERYTHING,
        Expectation.PATH,
        freePath(PortSet.parse("1, 7777, 65535")));
    add(
        "worker-1",
        THIRD,
        0,
        BGP,
        Expectation.REQUIRED,
        finding(
            BGP.ports(),
            new Observation.Measured(PortState.OPEN, Reason.SYN_ACK, Optional.empty(), 10, 4, true),
            Sighting.UNSTABLE,
            Verdict.deviates(Deviation.UNSTABLE),
            Grade.B,
            Severity.MEDIUM,
            "4 of 10 attempts connected, more than loss explains."));
  }

  private void unclear() {
    add(
        "worker-1",
        SECOND,
        0,
        VXLAN,
        Expectation.PATH,
        new Judgement(
            VXLAN.ports(),
            measured(PortState.OPEN_FILTERED, Reason.NO_RESPONSE, 5, 0),
            -1,
            Sighting.UDP_SILENT,
            new Verdict.Unverified(),
            Grade.D,
            Optional.empty(),
            "No answer and no ICMP: an overlay port never answers, so silence proves nothing."));
    add(
        "probe-pod",
        FIRST,
        0,
        READ_ONLY,
        Expectation.REQUIRED,
        unmeasured(READ_ONLY.ports(), "no such namespace"));
    add("bastion", SECOND, 0, WEB, Expectation.PERMITTED, uncontrolled(WEB, false));
    add("bastion", THIRD, 0, WEB, Expectation.FORBIDDEN, uncontrolled(WEB, true));
  }

  private void notSeen() {
    gaps.add(
        new Gap(
            new Zone("cluster-admin"),
            "cp-1",
            zones("control-plane etcd"),
            API,
            Expectation.REQUIRED,
            List.of("api-admin"),
            "no vantage point stands for cluster-admin"));
    gaps.add(
        new Gap(
            new Zone("external"),
            "[ingress]",
            zones("ingress"),
            WEB,
            Expectation.REQUIRED,
            List.of("web"),
            "no node has the role ingress"));
    exclusions.add(
        new Exclusion(new Scope.OfZone("ingress", "the load balancer team audits it"), 4));
    exclusions.add(
        new Exclusion(new Scope.OfRule("flannel-udp", "the udp backend is not in use here"), 2));
    exclusions.add(
        new Exclusion(
            new Scope.OfAddress(AddressClass.OVERLAY, "the overlay is audited from inside"), 7));
  }

  AuditResult build(String name) {
    return new AuditResult(
        new AuditResult.Tool("k8sfw-audit", "0.1.0", "25.0.3"),
        new AuditResult.Run(
            "5f2c00c0ffee",
            Instant.parse("2026-11-22T12:57:02.125Z"),
            Instant.parse("2026-11-22T12:57:43.375Z"),
            interrupted,
            "normal",
            6_917_529_027_641_081_857L,
            false),
        source("my-cluster", "matrix.yaml"),
        new AuditResult.Source(
            Untrusted.of(name), Untrusted.of("inventory.yaml"), Sha256.of("inventory")),
        Facts.declared(Map.of("cni", "flannel", "backend", "vxlan")),
        List.of(
            inForce(
                rule(
                    "kubelet-api",
                    KUBELET,
                    "worker",
                    "control-plane",
                    Expectation.REQUIRED,
                    "Kubelet API for exec and logs")),
            inForce(
                rule(
                    "api-admin",
                    API,
                    "control-plane",
                    "cluster-admin worker end-user",
                    Expectation.REQUIRED,
                    "Kubernetes API server")),
            inForce(
                rule(
                    "etcd-client",
                    ETCD,
                    "etcd",
                    "worker",
                    Expectation.REQUIRED,
                    "etcd server client API")),
            inForce(
                rule(
                    "web",
                    WEB,
                    "ingress",
                    "external",
                    Expectation.REQUIRED,
                    "http and https traffic"))),
        List.of(CONTROL, FIRST, SECOND, THIRD),
        places,
        assessments,
        gaps,
        exclusions,
        List.of(),
        List.of());
  }

  private static AuditResult.RuleInForce inForce(Rule rule) {
    return new AuditResult.RuleInForce(rule, Condition.Holds.YES);
  }

  private static Rule rule(
      String id, Row row, String to, String from, Expectation expect, String purpose) {
    return new Rule(
        id,
        new SourcePosition("matrix.yaml", 7, 3),
        zones(to),
        row.protocol(),
        row.ports(),
        zones(from),
        expect,
        new Condition(
            List.of(
                new Condition.Clause("cni", new TreeSet<>(List.of("flannel", "canal")), false))),
        AddressScope.DEFAULT,
        Optional.of("kubelet"),
        purpose,
        "seed.md, Worker Node Inbound");
  }

  private void place(
      String name, String zones, Optional<Untrusted> failure, boolean holds, String detail) {
    List<Control> controls = new ArrayList<>();
    for (Control.Kind kind : Control.Kind.values()) {
      controls.add(
          new Control(
              name,
              ip("10.0.0.21"),
              kind,
              Control.Phase.BEFORE,
              kind == Control.Kind.POSITIVE ? 0 : 45_123,
              holds,
              detail.isEmpty() ? "reset from the target" : detail));
    }
    places.add(
        new AuditResult.Place(
            new VantagePoint(
                name,
                zones(zones),
                name.equals("probe-pod")
                    ? new Agent.Command(
                        List.of("kubectl", "exec", "-i", "probe"), List.of("/opt/k8sfw-audit"))
                    : name.equals("bastion")
                        ? new Agent.Ssh("root@bastion", Optional.empty(), Optional.of("/opt/cache"))
                        : name.equals("cp-1")
                            ? new Agent.Pod(Optional.empty())
                            : new Agent.Netns("/run/netns/" + name),
                name.equals("bastion")
                    ? VantagePoint.Fidelity.REPRESENTATIVE
                    : VantagePoint.Fidelity.EXACT,
                name.startsWith("worker") || name.startsWith("cp")
                    ? Optional.of(name)
                    : Optional.empty()),
            new VantageReport(
                    name,
                    detail.isEmpty() ? "netns /run/netns/" + name : detail,
                    Set.of(Capability.WITNESS, Capability.ERROR_QUEUE, Capability.SOCKET_TABLE),
                    failure,
                    12_345)
                .by(exec(name, detail)),
            controls,
            failure.isPresent() ? List.of() : paths(name, detail),
            sources(name)));
  }

  /// One exec worked, of the pod on another node; one did not.
  private static Optional<ExecReport> exec(String name, String detail) {
    return switch (name) {
      case "worker-1" ->
          Optional.of(new ExecReport("worker-1", ip("10.0.0.21"), 10250, Optional.empty()));
      case "probe-pod" ->
          Optional.of(
              new ExecReport(
                  "worker-2",
                  ip("10.0.0.22"),
                  10250,
                  Optional.of(
                      Untrusted.of(
                          "the API server said 500: dial tcp 10.0.0.22:10250: i/o timeout"))));
      case "bastion" ->
          detail.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  new ExecReport(
                      detail, ip("10.0.0.21"), 10250, Optional.of(Untrusted.of(detail))));
      default -> Optional.empty();
    };
  }

  /// The bastion's packets are translated on the way to one node.
  private static List<SourceReport> sources(String name) {
    InetAddress own = ip("192.0.2.10");
    Optional<InetAddress> seen =
        name.equals("bastion") ? Optional.of(ip("192.0.2.1")) : Optional.empty();
    return List.of(
        new SourceReport(name, ip("10.0.0.21"), Optional.of(own), seen),
        new SourceReport(name, ip("10.0.0.22"), Optional.of(own), Optional.of(own)));
  }

  /// From the bastion one lossy and one policed path; elsewhere all is well.
  private static List<PathReport> paths(String name, String detail) {
    PathReport clean = new PathReport(name, ip("10.0.0.21"), 300, 0, 0.009936, 3, Optional.empty());
    PathReport unknown =
        new PathReport(name, ip("fd00:0:0:0:0:0:0:21"), 0, 0, 1, 5, Optional.empty());
    if (!detail.isEmpty()) {
      return List.of(
          new PathReport(name, ip("10.0.0.21"), 100, 0, 0.029513, 3, Optional.of(detail)));
    }
    if (!name.equals("bastion")) {
      return List.of(clean, unknown);
    }
    return List.of(
        clean,
        new PathReport(name, ip("10.0.0.22"), 300, 31, 0.137482, 7, Optional.empty()),
        new PathReport(
            name,
            ip("10.0.0.23"),
            210,
            2,
            0.029643,
            4,
            Optional.of("more than 100 a second were lost")));
  }

  private void add(
      String vantage,
      Node node,
      int address,
      Row row,
      Expectation expectation,
      Judgement... judgements) {
    PortSet ports = PortSet.NONE;
    for (Judgement judgement : judgements) {
      ports = ports.union(judgement.ports());
    }
    NodeAddress at = node.addresses().get(address);
    List<String> named = row.equals(KUBELET) ? List.of("kubelet-api") : List.of();
    assessments.add(
        new Assessment(
            new Check(
                new Flow(vantage, node.name(), at.address(), at.type(), row.protocol(), ports),
                places.stream()
                    .map(AuditResult.Place::vantagePoint)
                    .filter(v -> v.name().equals(vantage))
                    .findFirst()
                    .orElseThrow()
                    .zones(),
                node.zones(),
                row,
                expectation,
                Optional.empty(),
                expectation == Expectation.FORBIDDEN ? List.of() : named,
                named,
                List.of(),
                row.ports().isAll()),
            Arrays.asList(judgements),
            sample(row, ports, judgements)));
  }

  /// What is judged besides the ports of the check listens.
  private static Optional<Sample> sample(Row row, PortSet ports, Judgement... judgements) {
    int judged = Arrays.stream(judgements).mapToInt(j -> j.ports().size()).sum();
    return row.ports().isAll()
        ? Optional.of(
            new Sample(ports.size(), row.ports().size(), Optional.of(judged - ports.size())))
        : Optional.empty();
  }

  static Judgement open(PortSet ports) {
    return new Judgement(
        ports,
        measured(PortState.OPEN, Reason.SYN_ACK, 1, 1),
        812,
        Sighting.OPEN,
        new Verdict.Compliant(),
        Grade.B,
        Optional.empty(),
        "It answers.");
  }

  static Judgement closed(PortSet ports) {
    return new Judgement(
        ports,
        measured(PortState.CLOSED, Reason.RESET, 1, 1),
        640,
        Sighting.RESET_UNKNOWN,
        new Verdict.Compliant(),
        Grade.C,
        Optional.empty(),
        "Refused; either is right here.");
  }

  static Judgement freePath(PortSet ports) {
    return new Judgement(
        ports,
        measured(PortState.CLOSED, Reason.RESET, 1, 1),
        640,
        Sighting.RESET_NO_WITNESS,
        new Verdict.Compliant(),
        Grade.C,
        Optional.empty(),
        "The target itself refuses it, so the way is free.");
  }

  static Judgement dropped(PortSet ports) {
    return new Judgement(
        ports,
        measured(PortState.FILTERED, Reason.NO_RESPONSE, 3, 0),
        -1,
        Sighting.DROPPED,
        new Verdict.Compliant(),
        Grade.B,
        Optional.empty(),
        "Silent in 3 attempts while the address answered its control.");
  }

  static Judgement overExposed(PortSet ports) {
    return finding(
        ports,
        measured(PortState.OPEN, Reason.SYN_ACK, 1, 1),
        Sighting.OPEN,
        Verdict.overExposed(),
        Grade.B,
        Severity.CRITICAL,
        "It answers, and no rule lets this source reach it.");
  }

  static Judgement missing(PortSet ports) {
    return finding(
        ports,
        measured(PortState.FILTERED, Reason.NO_RESPONSE, 3, 0),
        Sighting.DROPPED,
        Verdict.missing(),
        Grade.B,
        Severity.HIGH,
        "Silent in 3 attempts while the address answered its control.");
  }

  static Judgement rejected(PortSet ports) {
    return finding(
        ports,
        new Observation.Measured(
            PortState.FILTERED,
            Reason.ADMIN_PROHIBITED,
            Optional.of(new Icmp(1, 1, ip("fd00:0:0:0:0:0:0:1"))),
            3,
            3,
            false),
        Sighting.ICMP_REJECTED,
        Verdict.missing(),
        Grade.B,
        Severity.HIGH,
        "A box on the way says that it is prohibited.");
  }

  static Judgement closedUnproven(PortSet ports) {
    return new Judgement(
        ports,
        measured(PortState.CLOSED, Reason.RESET, 3, 3),
        700,
        Sighting.RESET_UNKNOWN,
        new Verdict.ClosedUnproven(),
        Grade.D,
        Optional.empty(),
        "Refused, and nobody on the target could say by whom.");
  }

  static Judgement uncontrolled(Row row, boolean matters) {
    return new Judgement(
        row.ports(),
        measured(PortState.FILTERED, Reason.NO_RESPONSE, 3, 0),
        -1,
        Sighting.SILENT_UNCONTROLLED,
        matters ? new Verdict.Unverified() : new Verdict.NotJudged(),
        Grade.D,
        Optional.empty(),
        "Silent, and the address answered no control.");
  }

  static Judgement unmeasured(PortSet ports, String cause) {
    return new Judgement(
        ports,
        new Observation.Unmeasured(Untrusted.of(cause)),
        -1,
        Sighting.UNMEASURED,
        new Verdict.Unverified(),
        Grade.D,
        Optional.empty(),
        "Nothing was measured.");
  }

  private static Judgement of(String part, Judgement j) {
    return new Judgement(
        j.ports(),
        j.observation(),
        j.rttMicros(),
        j.sighting(),
        j.verdict(),
        j.grade(),
        j.severity(),
        j.because(),
        Optional.of(part));
  }

  private static Judgement because(Judgement j, String because) {
    return new Judgement(
        j.ports(),
        j.observation(),
        j.rttMicros(),
        j.sighting(),
        j.verdict(),
        j.grade(),
        j.severity(),
        because);
  }

  private static Judgement finding(
      PortSet ports,
      Observation observation,
      Sighting sighting,
      Verdict verdict,
      Grade grade,
      Severity severity,
      String because) {
    return new Judgement(
        ports,
        observation,
        observation instanceof Observation.Measured m && m.state() == PortState.OPEN ? 812 : -1,
        sighting,
        verdict,
        grade,
        Optional.of(severity),
        because);
  }

  private static Observation measured(PortState state, Reason reason, int sent, int answered) {
    return new Observation.Measured(state, reason, Optional.empty(), sent, answered, false);
  }

  static Row row(String protocol, String ports) {
    return new Row(new Protocol(protocol), PortSet.parse(ports));
  }

  private static Node node(String name, String zones, String... addresses) {
    return new Node(
        name,
        zones(zones),
        Arrays.stream(addresses).map(a -> new NodeAddress(ip(a), AddressClass.INTERNAL)).toList());
  }

  private static SortedSet<Zone> zones(String names) {
    SortedSet<Zone> zones = new TreeSet<>();
    for (String name : names.split(" ", -1)) {
      zones.add(new Zone(name));
    }
    return zones;
  }

  private static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }
}
