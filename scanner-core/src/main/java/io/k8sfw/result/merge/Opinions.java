package io.k8sfw.result.merge;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Assessment.Sample;
import io.k8sfw.evaluate.DecisionTable;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.evaluate.Verdict.ClosedUnproven;
import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.evaluate.Verdict.Finding;
import io.k8sfw.evaluate.Verdict.NotJudged;
import io.k8sfw.evaluate.Verdict.Unverified;
import io.k8sfw.model.PortSet;
import io.k8sfw.plan.Check;
import io.k8sfw.result.AuditResult.Contradiction;
import io.k8sfw.result.AuditResult.Run;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What several parts say of one check, port by port.
///
/// Of each port are kept: the best proven opinion of each finding, and the best proven of all
/// others, which falls where it judges nothing and a finding is there. That is what makes merging
/// independent of order: the best of the best is the best of all.
final class Opinions {
  private final Check check;

  /// Ids of runs, the oldest first.
  private final List<String> byAge;

  private final List<Stretch> stretches = new ArrayList<>();
  private final List<Sample> samples = new ArrayList<>();

  Opinions(Check check, List<String> byAge) {
    this.check = check;
    this.byAge = byAge;
  }

  /// Ports of which the parts say the same.
  ///
  /// @param said without ports; at most one of a verdict, and one that is no finding
  private record Stretch(PortSet ports, List<Judgement> said) {}

  /// Takes in what one result says.
  ///
  /// @param contradicted the check's, where the result is a merged one: there all opinions count
  /// @param run of the result, for judgements that name no part
  void add(Assessment assessment, List<Contradiction> contradicted, Run run) {
    assessment.sample().ifPresent(samples::add);
    PortSet disputed = PortSet.NONE;
    for (Contradiction contradiction : contradicted) {
      disputed = disputed.union(contradiction.ports());
      for (Judgement opinion : contradiction.opinions()) {
        add(contradiction.ports(), bare(opinion, run));
      }
    }
    for (Judgement judgement : assessment.judgements()) {
      add(judgement.ports().minus(disputed), bare(judgement, run));
    }
  }

  private void add(PortSet ports, Judgement said) {
    PortSet rest = ports;
    for (Stretch stretch : List.copyOf(stretches)) {
      PortSet common = stretch.ports().intersect(rest);
      if (common.isEmpty()) {
        continue;
      }
      stretches.remove(stretch);
      PortSet others = stretch.ports().minus(common);
      if (!others.isEmpty()) {
        stretches.add(new Stretch(others, stretch.said()));
      }
      stretches.add(new Stretch(common, kept(stretch.said(), said)));
      rest = rest.minus(common);
    }
    if (!rest.isEmpty()) {
      stretches.add(new Stretch(rest, List.of(said)));
    }
  }

  private List<Judgement> kept(List<Judgement> before, Judgement more) {
    Map<Object, Judgement> best = new HashMap<>();
    for (Judgement each : before) {
      best.put(group(each), each);
    }
    best.merge(group(more), more, (a, b) -> better().compare(a, b) >= 0 ? a : b);
    boolean found = best.values().stream().anyMatch(j -> j.verdict() instanceof Finding);
    return best.values().stream()
        .filter(j -> !found || isJudged(j))
        .sorted(Comparator.comparingInt(Opinions::weight).thenComparing(better()).reversed())
        .toList();
  }

  private static Object group(Judgement judgement) {
    return judgement.verdict() instanceof Finding finding ? finding : "other";
  }

  private Comparator<Judgement> better() {
    return Comparator.comparingInt(Opinions::rank)
        .thenComparing(Judgement::grade, Comparator.reverseOrder())
        .thenComparingInt(j -> byAge.indexOf(j.part().orElse("")));
  }

  /// How much an opinion says: one that judges beats one that does not.
  private static int rank(Judgement judgement) {
    return switch (judgement.verdict()) {
      case Finding _ -> 4;
      case Compliant _ -> 3;
      case ClosedUnproven _ -> 2;
      case Unverified _ -> 1;
      case NotJudged _ -> 0;
    };
  }

  private static boolean isJudged(Judgement judgement) {
    return rank(judgement) >= 2;
  }

  /// How bad it is, over-exposed the worst.
  private static int weight(Judgement judgement) {
    return judgement.verdict() instanceof Finding finding
        ? switch (finding.kind()) {
          case DEVIATES -> 1;
          case MISSING -> 2;
          case OVER_EXPOSED -> 3;
        }
        : 0;
  }

  /// The check, judged by all of them together.
  ///
  /// @param strict whether closed-unproven is unverified
  Assessment assessment(boolean strict) {
    List<Judgement> judgements = judgements(strict);
    return new Assessment(check, judgements, sample(judgements));
  }

  /// The random ports follow from the matrix, and so are the same; what listens is added up.
  private Optional<Sample> sample(List<Judgement> judgements) {
    boolean known = samples.stream().anyMatch(s -> s.listening().isPresent());
    int listening =
        judgements.stream().mapToInt(j -> j.ports().minus(check.flow().ports()).size()).sum();
    return samples.stream()
        .findFirst()
        .map(
            s -> new Sample(s.random(), s.of(), known ? Optional.of(listening) : Optional.empty()));
  }

  /// By their first port.
  private List<Judgement> judgements(boolean strict) {
    List<Judgement> all = new ArrayList<>();
    grouped()
        .forEach((said, ports) -> {
          Judgement worst = said.getFirst();
          boolean fails = strict && worst.verdict() instanceof ClosedUnproven;
          all.add(
              with(
                  worst,
                  ports,
                  fails ? new Unverified() : worst.verdict(),
                  because(said),
                  worst.part()));
        });
    all.sort(Comparator.comparing(j -> j.ports().ranges().getFirst()));
    return all;
  }

  /// Where a finding is not the only judged opinion.
  List<Contradiction> contradictions() {
    List<Contradiction> all = new ArrayList<>();
    grouped()
        .forEach((said, ports) -> {
          if (said.size() > 1) {
            all.add(
                new Contradiction(
                    check.id(),
                    ports,
                    said.stream()
                        .map(j -> with(j, ports, j.verdict(), j.because(), j.part()))
                        .toList()));
          }
        });
    all.sort(Comparator.comparing(c -> c.ports().ranges().getFirst()));
    return all;
  }

  private Map<List<Judgement>, PortSet> grouped() {
    Map<List<Judgement>, PortSet> ports = new LinkedHashMap<>();
    stretches.forEach(s -> ports.merge(s.said(), s.ports(), PortSet::union));
    return ports;
  }

  private static String because(List<Judgement> said) {
    String because = said.getFirst().because();
    return said.size() == 1
        ? because
        : because
            + "; contradicted: "
            + said.stream()
                .skip(1)
                .map(j ->
                    "run "
                        + j.part().orElse("")
                        + " found it "
                        + word(j.verdict())
                        + " ("
                        + j.because()
                        + ")")
                .collect(Collectors.joining("; "));
  }

  private static String word(Verdict verdict) {
    return verdict instanceof Finding finding
        ? verdict.word() + finding.deviation().map(d -> " (" + d.word() + ")").orElse("")
        : verdict.word();
  }

  /// Without ports, as no strictness has touched it yet, and with its part.
  private Judgement bare(Judgement judgement, Run run) {
    boolean closed =
        run.strict()
            && judgement.verdict() instanceof Unverified
            && check.otherwise().isEmpty()
            && DecisionTable.judge(judgement.sighting(), check.expectation())
                instanceof ClosedUnproven;
    return with(
        judgement,
        PortSet.NONE,
        closed ? new ClosedUnproven() : judgement.verdict(),
        judgement.because(),
        judgement.part().or(() -> Optional.of(run.id())));
  }

  private static Judgement with(
      Judgement j, PortSet ports, Verdict verdict, String because, Optional<String> part) {
    return new Judgement(
        ports,
        j.observation(),
        j.rttMicros(),
        j.sighting(),
        verdict,
        j.grade(),
        j.severity(),
        because,
        part);
  }
}
