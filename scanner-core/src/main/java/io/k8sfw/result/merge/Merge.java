package io.k8sfw.result.merge;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.Sha256;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Taken;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.Exclusion;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Composition;
import io.k8sfw.result.AuditResult.Contradiction;
import io.k8sfw.result.AuditResult.Part;
import io.k8sfw.result.AuditResult.Place;
import io.k8sfw.result.AuditResult.RuleInForce;
import io.k8sfw.result.AuditResult.Run;
import io.k8sfw.result.AuditResult.Source;
import io.k8sfw.result.AuditResult.Tool;
import io.k8sfw.result.Summary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Joins audits of one matrix into one audit.
///
/// The outcome depends on the set of runs alone: neither on their order, nor on which of them were
/// merged before, nor on how often one is given. What is judged beats what is not; where parts
/// contradict each other, the worst counts and all are kept.
public final class Merge {
  /// The oldest first; runs of the same moment by their id.
  private static final Comparator<Part> BY_AGE =
      Comparator.comparing((Part p) -> p.run().started()).thenComparing(p -> p.run().id());

  private static final Comparator<Check> BY_PLACE =
      Comparator.comparing((Check c) -> c.flow().vantage())
          .thenComparing(c -> c.flow().node())
          .thenComparing(c -> AddressText.of(c.flow().address()))
          .thenComparing(Check::row)
          .thenComparing(c -> c.flow().ports().toString());

  private final List<AuditResult> results;
  private final List<Part> parts;
  private final Tool tool;
  private final boolean strict;

  private Merge(List<AuditResult> results, List<Part> parts, Tool tool, boolean strict) {
    this.results = results;
    this.parts = parts;
    this.tool = tool;
    this.strict = strict;
  }

  /// An audit, and the file that it comes from as the user named it.
  public record Input(String source, AuditResult result) {}

  /// @param inputs at least one
  /// @param tool the program that merges
  /// @param strict whether closed-unproven counts as unverified; it does too where a part says so
  /// @return the first, unchanged, where all are the same
  /// @throws InvalidInputException with everything in which they are not about the same cluster and
  ///   policy
  public static AuditResult of(List<Input> inputs, Tool tool, boolean strict)
      throws InvalidInputException {
    AuditResult first = inputs.getFirst().result();
    boolean strictly = strict || inputs.stream().anyMatch(i -> i.result().run().strict());
    if (strictly == first.run().strict()
        && inputs.stream().allMatch(i -> i.result().equals(first))) {
      return first;
    }
    List<Problem> problems = Agreement.problems(inputs);
    if (!problems.isEmpty()) {
      throw new InvalidInputException(problems);
    }
    List<AuditResult> results = inputs.stream().map(Input::result).distinct().toList();
    List<Part> parts =
        results.stream().flatMap(r -> parts(r).stream()).distinct().sorted(BY_AGE).toList();
    return new Merge(results, parts, tool, strictly).merged();
  }

  /// Of a merged audit those that it has; of a run itself.
  static List<Part> parts(AuditResult result) {
    if (!result.parts().isEmpty()) {
      return result.parts();
    }
    Summary summary = Summary.of(result);
    return List.of(
        new Part(
            result.tool(),
            result.run(),
            result.inventory(),
            result.places().stream()
                .filter(p -> !isIdle(p))
                .map(p -> p.vantagePoint().name())
                .sorted()
                .distinct()
                .toList(),
            summary.planned(),
            summary.judged(),
            summary.findings()));
  }

  private AuditResult merged() {
    List<Assessment> assessments = new ArrayList<>();
    List<Contradiction> contradictions = new ArrayList<>();
    for (Map.Entry<Check, Opinions> each : opinions().entrySet()) {
      assessments.add(each.getValue().assessment(strict));
      contradictions.addAll(each.getValue().contradictions());
    }
    return new AuditResult(
        tool,
        run(),
        least(results.stream().map(AuditResult::matrix).toList(), Source::toString),
        inventory(),
        facts(),
        least(results.stream().map(AuditResult::rules).toList(), List<RuleInForce>::toString),
        nodes(),
        places(),
        assessments,
        OpenGaps.of(results),
        exclusions(),
        parts,
        contradictions,
        least(results.stream().map(AuditResult::composition).toList(), Composition::toString),
        services(),
        SeenByFew.of(results));
  }

  private SortedMap<Check, Opinions> opinions() {
    List<String> byAge = parts.stream().map(p -> p.run().id()).toList();
    SortedMap<Check, Opinions> opinions = new TreeMap<>(BY_PLACE);
    for (AuditResult result : results) {
      Map<String, List<Contradiction>> contradicted =
          result.contradictions().stream().collect(Collectors.groupingBy(Contradiction::check));
      for (Assessment assessment : result.assessments()) {
        Check check = assessment.check();
        opinions
            .computeIfAbsent(check, c -> new Opinions(c, byAge))
            .add(assessment, contradicted.getOrDefault(check.id(), List.of()), result.run());
      }
    }
    return opinions;
  }

  private Run run() {
    Instant started = parts.getFirst().run().started();
    Instant finished =
        parts.stream().map(p -> p.run().finished()).max(Comparator.naturalOrder()).orElseThrow();
    List<String> stopped = new ArrayList<>();
    for (Part part : parts) {
      part.run().interrupted().ifPresent(why -> stopped.add("run " + part.run().id() + ": " + why));
    }
    String ids = parts.stream().map(p -> p.run().id()).sorted().collect(Collectors.joining("+"));
    return new Run(
        Sha256.of(ids).substring(0, 12),
        started,
        finished,
        stopped.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", stopped)),
        distinct(parts, p -> p.run().pace()),
        // Each part tells its own, should they differ.
        parts.getFirst().run().seed(),
        strict);
  }

  private Source inventory() {
    Set<Source> sources = parts.stream().map(Part::inventory).collect(Collectors.toSet());
    if (sources.size() == 1) {
      return sources.iterator().next();
    }
    Set<String> hashes = sources.stream().map(Source::sha256).collect(Collectors.toSet());
    return new Source(
        Untrusted.of(distinct(sources, s -> s.name().visible())),
        Untrusted.of(distinct(sources, s -> s.origin().visible())),
        hashes.size() == 1
            ? hashes.iterator().next()
            : Sha256.of(String.join("+", hashes.stream().sorted().toList())));
  }

  private static <T> String distinct(Collection<T> from, Function<T, String> text) {
    return from.stream().map(text).distinct().sorted().collect(Collectors.joining(", "));
  }

  /// Parts agree on the values.
  private Facts facts() {
    SortedMap<String, Facts.Fact> facts = new TreeMap<>();
    for (AuditResult result : results) {
      result
          .facts()
          .values()
          .forEach((name, fact) ->
              facts.merge(
                  name, fact, (a, b) -> a.provenance().compareTo(b.provenance()) <= 0 ? a : b));
    }
    return new Facts(facts);
  }

  /// Parts agree on those that several have.
  private List<Node> nodes() {
    SortedMap<String, Node> nodes = new TreeMap<>();
    results.forEach(r -> r.nodes().forEach(n -> nodes.put(n.name(), n)));
    return List.copyOf(nodes.values());
  }

  /// Of a Service that parts know differently, what one of them knows: the same one, in whatever
  /// order they are given.
  private List<NodePortService> services() {
    SortedMap<String, NodePortService> services = new TreeMap<>();
    results.stream()
        .flatMap(r -> r.services().stream())
        .sorted(Comparator.comparing(NodePortService::toString))
        .forEach(s -> services.putIfAbsent(s.protocol() + "/" + s.nodePort(), s));
    return List.copyOf(services.values());
  }

  /// Each place as often as it was used; once, where nobody could use it.
  private List<Place> places() {
    Set<Place> all = new HashSet<>();
    for (AuditResult result : results) {
      result.places().stream().map(p -> dated(p, result)).forEach(all::add);
    }
    Set<String> used =
        all.stream()
            .filter(p -> !isIdle(p))
            .map(p -> p.vantagePoint().name())
            .collect(Collectors.toSet());
    Map<String, Place> idle = new LinkedHashMap<>();
    List<Place> places = new ArrayList<>();
    for (Place place : all) {
      String name = place.vantagePoint().name();
      if (!isIdle(place)) {
        places.add(place);
      } else if (!used.contains(name)) {
        idle.merge(name, place, (a, b) -> least(List.of(a, b), Merge::key));
      }
    }
    places.addAll(idle.values());
    places.sort(Comparator.comparing(Merge::key));
    return places;
  }

  private static String key(Place place) {
    return place.vantagePoint().name()
        + " "
        + place.report().taken().map(Taken::started).map(Instant::toString).orElse("")
        + " "
        + place;
  }

  private static boolean isIdle(Place place) {
    return place.report().probesSent() == 0 && place.controls().isEmpty();
  }

  /// In a merged audit every place says when.
  private static Place dated(Place place, AuditResult result) {
    VantageReport r = place.report();
    if (r.taken().isPresent() || !result.parts().isEmpty() || isIdle(place)) {
      return place;
    }
    Taken during = new Taken(result.run().started(), result.run().finished());
    return new Place(
        place.vantagePoint(), r.at(during), place.controls(), place.paths(), place.sources());
  }

  /// What any part left out; how much, where most was left out.
  private List<Exclusion> exclusions() {
    Map<Object, Exclusion> byScope = new LinkedHashMap<>();
    for (AuditResult result : results) {
      for (Exclusion e : result.exclusions()) {
        byScope.merge(e.scope(), e, (a, b) -> a.checks() >= b.checks() ? a : b);
      }
    }
    return byScope.values().stream()
        .sorted(Comparator.comparing(e -> e.scope().toString()))
        .toList();
  }

  /// The same one whatever the order.
  private static <T> T least(List<T> all, Function<T, String> key) {
    return all.stream().min(Comparator.comparing(key)).orElseThrow();
  }
}
