package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import io.k8sfw.plan.Check;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds what a rule tells apart and no firewall can: one place is let in, another must not be, and
/// both arrive from the same address. Where the other was stopped all the same, something on the
/// way can. A node that nobody looks from is another place as well: it comes with its own address.
final class Twins {
  private record Way(String vantage, InetAddress target, Protocol protocol) {}

  private final Matrix matrix;
  private final Facts facts;
  private final Sources sources;
  private final Map<Way, List<Assessment>> forbidden = new HashMap<>();

  private Twins(List<Assessment> assessments, Matrix matrix, Facts facts, Sources sources) {
    this.matrix = matrix;
    this.facts = facts;
    this.sources = sources;
    for (Assessment a : assessments) {
      if (a.check().expectation() == Expectation.FORBIDDEN && a.check().otherwise().isEmpty()) {
        Flow flow = a.check().flow();
        forbidden
            .computeIfAbsent(
                new Way(flow.vantage(), flow.address(), flow.protocol()), _ -> new ArrayList<>())
            .add(a);
      }
    }
  }

  /// @return the same, in the same order, with those judgements changed
  static List<Assessment> told(
      List<Assessment> assessments, Matrix matrix, Facts facts, Sources sources) {
    Twins twins = new Twins(assessments, matrix, facts, sources);
    return assessments.stream().map(twins::told).toList();
  }

  private Assessment told(Assessment assessment) {
    Check check = assessment.check();
    if (check.expectation() == Expectation.FORBIDDEN) {
      return assessment;
    }
    Flow flow = check.flow();
    List<Judgement> judgements = assessment.judgements();
    for (var twin : sources.twins(flow.vantage(), flow.address()).entrySet()) {
      PortSet open = notStopped(new Way(twin.getKey(), flow.address(), flow.protocol()));
      judgements = told(judgements, open, twin.getValue(), "and so does " + twin.getKey());
    }
    for (var node : sources.nodes(flow.vantage(), flow.address()).entrySet()) {
      if (isUnseenAndForbidden(check, node.getKey())) {
        judgements =
            told(judgements, PortSet.ALL, node.getValue(), "as would " + node.getKey() + " itself");
      }
    }
    return judgements.equals(assessment.judgements())
        ? assessment
        : new Assessment(check, judgements, assessment.sample());
  }

  /// Whether nobody looks from that node, and it surely must not pass. Where the check's own place
  /// has all of the node's zones, the node may be that place.
  private boolean isUnseenAndForbidden(Check check, String node) {
    Flow flow = check.flow();
    Set<Zone> zones = sources.zones(node);
    return !node.equals(flow.node())
        && !check.from().containsAll(zones)
        && !forbidden.containsKey(new Way(node, flow.address(), flow.protocol()))
        && matrix.rules().stream().noneMatch(rule -> mayLetPass(rule, check, zones));
  }

  private boolean mayLetPass(Rule rule, Check check, Set<Zone> from) {
    Flow flow = check.flow();
    return rule.expect() != Expectation.FORBIDDEN
        && rule.protocol().equals(flow.protocol())
        && rule.ports().containsAll(flow.ports())
        && !Collections.disjoint(rule.to(), check.to())
        && !Collections.disjoint(rule.from(), from)
        && (rule.address() == AddressScope.DEFAULT || rule.address().names(flow.type()))
        && rule.when().in(facts) != Condition.Holds.NO;
  }

  /// Forbidden ports that nothing was proven to keep closed.
  private PortSet notStopped(Way way) {
    return forbidden.getOrDefault(way, List.of()).stream()
        .flatMap(a -> a.judgements().stream())
        .filter(j -> !(j.verdict() instanceof Compliant))
        .map(Judgement::ports)
        .reduce(PortSet.NONE, PortSet::union);
  }

  private static List<Judgement> told(
      List<Judgement> judgements, PortSet open, InetAddress source, String other) {
    return judgements.stream().flatMap(j -> told(j, open, source, other).stream()).toList();
  }

  private static List<Judgement> told(Judgement j, PortSet open, InetAddress source, String other) {
    boolean passes =
        switch (j.sighting()) {
          case OPEN, RESET_WITNESS_HEARD, UDP_WITNESS_HEARD -> true;
          default -> false;
        };
    PortSet same = j.ports().intersect(open);
    if (!passes || !(j.verdict() instanceof Compliant) || same.isEmpty()) {
      return List.of(j);
    }
    Finding finding = Verdict.deviates(Deviation.SOURCE_INDISTINGUISHABLE);
    String because =
        j.because()
            + "; but it arrives from "
            + AddressText.of(source)
            + ", "
            + other
            + ", which must not pass: no rule there can tell them apart";
    List<Judgement> told = new ArrayList<>();
    told.add(with(j, same, finding, because));
    PortSet rest = j.ports().minus(same);
    if (!rest.isEmpty()) {
      told.add(with(j, rest, j.verdict(), j.because()));
    }
    return told;
  }

  private static Judgement with(Judgement j, PortSet ports, Verdict verdict, String because) {
    Optional<Severity> severity =
        verdict instanceof Finding f
            ? Optional.of(Severities.of(f, Protocol.TCP, ports))
            : Optional.empty();
    return new Judgement(
        ports, j.observation(), j.rttMicros(), j.sighting(), verdict, j.grade(), severity, because);
  }
}
