package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Assessment.Sample;
import io.k8sfw.evaluate.Verdict.ClosedUnproven;
import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.evaluate.Verdict.NotJudged;
import io.k8sfw.evaluate.Verdict.Unverified;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.inventory.InventoryIndex;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.inventory.VantagePoint.Fidelity;
import io.k8sfw.matrix.Condition.Holds;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Policy;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.ScanPlan;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Judges every check of a plan by what was observed. Pure: the same input gives the same verdicts.
public final class Evaluator {
  private final Matrix matrix;
  private final InventoryIndex inventory;
  private final EvidenceIndex index;
  private final Sources sources;
  private final Map<Asked, PortSet> ifListening = new HashMap<>();

  /// Ports of rows that are not of all ports.
  private final Map<Protocol, PortSet> named = new HashMap<>();

  private final boolean strict;

  /// Of a large cluster most is judged alike, and is kept once.
  private final Map<Object, Object> same = new HashMap<>();

  private record Asked(String vantage, InetAddress address, Protocol protocol) {}

  private Evaluator(
      ScanPlan plan,
      Matrix matrix,
      Inventory inventory,
      Observations observations,
      boolean strict) {
    this.matrix = matrix;
    this.inventory = new InventoryIndex(inventory);
    this.index = new EvidenceIndex(observations);
    this.sources = new Sources(inventory, observations);
    this.strict = strict;
    plan.checks().stream()
        .map(Check::row)
        .distinct()
        .filter(row -> !row.ports().isAll())
        .forEach(row -> named.merge(row.protocol(), row.ports(), PortSet::union));
    for (ProbeOrder order : plan.orders()) {
      for (Target target : order.targets()) {
        if (!target.ifListening().isEmpty()) {
          ifListening.merge(
              new Asked(order.vantage(), target.address(), target.protocol()),
              target.ifListening(),
              PortSet::union);
        }
      }
    }
  }

  /// @param strict whether closed-unproven counts as unverified
  /// @return one assessment a check, in the plan's order, and then those of listeners that the
  ///   policy wants to know of
  public static List<Assessment> assess(
      ScanPlan plan,
      Matrix matrix,
      Inventory inventory,
      Observations observations,
      boolean strict) {
    Evaluator evaluator = new Evaluator(plan, matrix, inventory, observations, strict);
    List<Assessment> asked =
        Twins.told(
            plan.checks().stream().map(evaluator::assess).toList(),
            matrix,
            inventory.facts(),
            evaluator.sources);
    return switch (matrix.policy().listeners()) {
      case IGNORE -> asked;
      case REPORT ->
          Stream.concat(
                  asked.stream(),
                  new UnlistedListeners(matrix, evaluator.inventory)
                      .of(observations.targets()).stream())
              .toList();
    };
  }

  private Assessment assess(Check check) {
    Map<Judgement, Judgement> folded = new LinkedHashMap<>();
    PortSet others = check.sampled() ? ifListening(check) : PortSet.NONE;
    PortSet listening = index.listening(check.flow(), others);
    Flow flow = listening.isEmpty() ? check.flow() : withPorts(check.flow(), listening);
    for (EvidenceIndex.Piece piece : index.pieces(flow)) {
      Judgement judgement = judge(check, piece);
      folded.merge(meaning(judgement), judgement, Evaluator::fold);
    }
    return new Assessment(
        check, shared(List.copyOf(folded.values())), sample(check, others, listening));
  }

  /// What the order to that address asks for besides of the row, where something listens.
  private PortSet ifListening(Check check) {
    Flow flow = check.flow();
    PortSet asked =
        ifListening.getOrDefault(
            new Asked(flow.vantage(), flow.address(), flow.protocol()), PortSet.NONE);
    return check.row().ports().isAll()
        ? asked.minus(named.getOrDefault(flow.protocol(), PortSet.NONE))
        : asked.intersect(check.row().ports());
  }

  /// The one that was equal to it before, or itself.
  @SuppressWarnings("unchecked") // equal things here are of one type
  private <T> T shared(T made) {
    return (T) same.computeIfAbsent(made, m -> m);
  }

  private static Flow withPorts(Flow flow, PortSet more) {
    return new Flow(
        flow.vantage(),
        flow.node(),
        flow.address(),
        flow.type(),
        flow.protocol(),
        flow.ports().union(more));
  }

  private Optional<Sample> sample(Check check, PortSet others, PortSet listening) {
    if (!check.sampled()) {
      return Optional.empty();
    }
    int random = check.flow().ports().size();
    boolean known = index.knowsListeners(check.flow()) && !others.isEmpty();
    return Optional.of(
        new Sample(
            random,
            check.row().ports().size(),
            known ? Optional.of(listening.size()) : Optional.empty()));
  }

  /// A judgement without its ports and timing: ports of which this is equal are judged as one.
  private static Judgement meaning(Judgement j) {
    return placed(j, PortSet.NONE, -1);
  }

  private static Judgement fold(Judgement a, Judgement b) {
    boolean onlyOneAnswered = a.rttMicros() < 0 || b.rttMicros() < 0;
    int fastest =
        onlyOneAnswered
            ? Math.max(a.rttMicros(), b.rttMicros())
            : Math.min(a.rttMicros(), b.rttMicros());
    return placed(a, a.ports().union(b.ports()), fastest);
  }

  private static Judgement placed(Judgement j, PortSet ports, int rttMicros) {
    return new Judgement(
        ports,
        j.observation(),
        rttMicros,
        j.sighting(),
        j.verdict(),
        j.grade(),
        j.severity(),
        j.because());
  }

  private Judgement judge(Check check, EvidenceIndex.Piece piece) {
    Evidence evidence = piece.evidence();
    Sighting sighting = placed(check, Sightings.of(check.flow(), piece.observation(), evidence));
    String because =
        Because.of(
            sighting,
            piece.observation(),
            evidence,
            SocketTable.SESSION_PORTS.containsAll(piece.ports()));
    Verdict verdict = verdict(check, check.expectation(), sighting, piece);
    if (check.otherwise().isPresent()
        && !verdict.equals(verdict(check, check.otherwise().get(), sighting, piece))) {
      verdict = new Unverified();
      because += "; whether that is right hangs on facts that nobody stated (" + asked(check) + ")";
    }
    if (verdict instanceof Compliant && isRefusedByTheProxy(check, sighting)) {
      verdict = new ClosedUnproven();
      because += "; but nothing is forwarded there: " + unserved(check);
    }
    Optional<String> notOutside = sources.notOutside(check.flow().vantage(), check.from());
    if (notOutside.isPresent() && !(verdict instanceof NotJudged)) {
      verdict = new Unverified();
      because += "; but " + notOutside.get() + ": it stands for no place outside";
    }
    if (verdict instanceof ClosedUnproven && strict) {
      verdict = new Unverified();
    }
    Grade grade = Grades.of(sighting, verdict, evidence).atBest(cap(check, sighting));
    return new Judgement(
        piece.ports(),
        piece.observation(),
        piece.rttMicros(),
        sighting,
        verdict,
        grade,
        severity(check, verdict, piece.ports()),
        because);
  }

  /// Nodes may be meant to speak through the overlay; nobody else is. And whoever speaks through
  /// one that is blocked in either direction hears nothing.
  private Sighting placed(Check check, Sighting sighting) {
    boolean outside =
        inventory.vantagePoint(check.flow().vantage()).filter(v -> v.node().isEmpty()).isPresent();
    if (sighting == Sighting.OVERLAY_OPEN && outside) {
      return Sighting.OVERLAY_INJECTABLE;
    }
    boolean inside =
        check.flow().type() == AddressClass.OVERLAY
            && (check.from().contains(Zone.POD) || index.isMember(check.flow().vantage()));
    return inside && isSilent(sighting) && index.overlayIsBroken(check.flow().node())
        ? Sighting.OVERLAY_BROKEN
        : sighting;
  }

  private static boolean isSilent(Sighting sighting) {
    return switch (sighting) {
      case DROPPED, DROPPED_HELD, HUNG, SILENT_UNCONTROLLED, UDP_SILENT -> true;
      default -> false;
    };
  }

  /// Whether a forbidden NodePort may be closed by kube-proxy alone, which has no endpoint for it
  /// there: the next pod that starts would open it.
  private boolean isRefusedByTheProxy(Check check, Sighting sighting) {
    boolean refused =
        switch (sighting) {
          case DROPPED, DROPPED_HELD, ICMP_REJECTED, REJECTED -> true;
          default -> false;
        };
    return refused
        && check.expectation() == Expectation.FORBIDDEN
        && service(check).filter(s -> isServed(s, check) != Holds.YES).isPresent();
  }

  /// Of which Service the check's port is the NodePort.
  private Optional<NodePortService> service(Check check) {
    PortSet ports = check.flow().ports();
    return ports.size() == 1
        ? inventory.service(check.flow().protocol(), ports.ranges().getFirst().first())
        : Optional.empty();
  }

  private Holds isServed(NodePortService service, Check check) {
    return inventory.isServed(service, check.flow().node());
  }

  private String unserved(Check check) {
    NodePortService service = service(check).orElseThrow();
    return service.name()
        + (service.endpointNodes().isPresent() ? " has" : " may have")
        + " no endpoint for "
        + check.flow().node()
        + " to forward to, so that kube-proxy refuses it, whatever the firewall would do";
  }

  private static boolean isReached(Sighting sighting) {
    return switch (sighting) {
      case OPEN, SESSION, OVERLAY_OPEN, OVERLAY_INJECTABLE -> true;
      default -> false;
    };
  }

  private Verdict verdict(
      Check check, Expectation expectation, Sighting sighting, EvidenceIndex.Piece piece) {
    Verdict verdict = DecisionTable.judge(sighting, expectation);
    if (verdict instanceof Compliant) {
      return byPolicy(check, expectation, sighting, piece);
    }
    boolean stale =
        isReached(sighting)
            && expectation == Expectation.FORBIDDEN
            && !check.staleRules().isEmpty()
            && check.from().stream().anyMatch(inventory::isRole);
    return stale ? Verdict.deviates(Deviation.STALE_HOLE) : verdict;
  }

  /// What is compliant by the matrix may still not be as the policy wants it.
  private Verdict byPolicy(
      Check check, Expectation expectation, Sighting sighting, EvidenceIndex.Piece piece) {
    Policy policy = matrix.policy();
    if (isReached(sighting) && policy.forbids(check.flow().protocol(), piece.ports())) {
      return Verdict.deviates(Deviation.FORBIDDEN_PORT);
    }
    // Not the reverse: Linux limits ICMP errors, so a rejection may look like a drop.
    boolean rejected =
        switch (sighting) {
          case REJECTED, RESET_WITNESS_UNHEARD, ICMP_REJECTED -> true;
          default -> false;
        };
    return rejected && expectation == Expectation.FORBIDDEN && policy.denial() == Policy.Denial.DROP
        ? Verdict.deviates(Deviation.DENY_STYLE)
        : new Compliant();
  }

  /// A place that is only like its zones, or a pass that another of its zones may have earned, is
  /// never proof from both ends.
  private Grade cap(Check check, Sighting sighting) {
    Optional<VantagePoint> vantage = inventory.vantagePoint(check.flow().vantage());
    boolean representative =
        vantage.map(v -> v.fidelity() == Fidelity.REPRESENTATIVE).orElse(false);
    boolean ambiguous =
        isReached(sighting)
            && check.expectation() != Expectation.FORBIDDEN
            && !permittedZones(check).containsAll(check.from());
    return representative || ambiguous ? Grade.B : Grade.A;
  }

  private Set<Zone> permittedZones(Check check) {
    return matrix.rules().stream()
        .filter(r -> check.rules().contains(r.id()))
        .flatMap(r -> r.from().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private String asked(Check check) {
    List<String> conditions = new ArrayList<>();
    for (Rule rule : matrix.rules()) {
      if (check.rules().contains(rule.id()) && !rule.when().clauses().isEmpty()) {
        conditions.add(rule.when().toString());
      }
    }
    if (check.expectation() == Expectation.PERMITTED) {
      service(check)
          .filter(s -> isServed(s, check) == Holds.UNKNOWN)
          .ifPresent(s -> conditions.add(s.name() + " has an endpoint on " + check.flow().node()));
    }
    return String.join("; ", conditions);
  }

  private static Optional<Severity> severity(Check check, Verdict verdict, PortSet ports) {
    return verdict instanceof Finding finding
        ? Optional.of(Severities.of(finding, check.flow().protocol(), ports))
        : Optional.empty();
  }
}
