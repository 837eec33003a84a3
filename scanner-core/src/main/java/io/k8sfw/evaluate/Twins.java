package io.k8sfw.evaluate;

import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds what a rule tells apart and no firewall can: one place is let in, another must not be, and
/// both arrive from the same address. Where the other was stopped all the same, something on the
/// way can.
final class Twins {
  private record Way(String vantage, InetAddress target, Protocol protocol) {}

  private final Sources sources;
  private final Map<Way, List<Assessment>> forbidden = new HashMap<>();

  private Twins(List<Assessment> assessments, Sources sources) {
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
  static List<Assessment> told(List<Assessment> assessments, Sources sources) {
    Twins twins = new Twins(assessments, sources);
    return assessments.stream().map(twins::told).toList();
  }

  private Assessment told(Assessment assessment) {
    Flow flow = assessment.check().flow();
    Map<String, InetAddress> all =
        assessment.check().expectation() == Expectation.FORBIDDEN
            ? Map.of()
            : sources.twins(flow.vantage(), flow.address());
    if (all.isEmpty()) {
      return assessment;
    }
    List<Judgement> judgements = assessment.judgements();
    for (Map.Entry<String, InetAddress> twin : all.entrySet()) {
      PortSet open = notStopped(new Way(twin.getKey(), flow.address(), flow.protocol()));
      judgements =
          judgements.stream()
              .flatMap(j -> told(j, open, twin.getKey(), twin.getValue()).stream())
              .toList();
    }
    return new Assessment(assessment.check(), judgements, assessment.sample());
  }

  /// Forbidden ports that nothing was proven to keep closed.
  private PortSet notStopped(Way way) {
    return forbidden.getOrDefault(way, List.of()).stream()
        .flatMap(a -> a.judgements().stream())
        .filter(j -> !(j.verdict() instanceof Compliant))
        .map(Judgement::ports)
        .reduce(PortSet.NONE, PortSet::union);
  }

  private static List<Judgement> told(Judgement j, PortSet open, String twin, InetAddress source) {
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
            + ", and so does "
            + twin
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
