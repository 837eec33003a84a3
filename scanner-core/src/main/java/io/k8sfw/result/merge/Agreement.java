package io.k8sfw.result.merge;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.input.Problem;
import io.k8sfw.input.SourcePosition;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortSet;
import io.k8sfw.plan.Check;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.AuditResult.Part;
import io.k8sfw.result.AuditResult.Place;
import io.k8sfw.result.Findings;
import io.k8sfw.result.merge.Merge.Input;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Whether results speak of the same cluster and policy. Where they do not, merging would put
/// verdicts side by side that answer different questions.
final class Agreement {
  private static final int MAX_PROBLEMS = 20;

  /// Who said a thing first.
  private record Said(String source, Object what) {}

  private record Way(String vantage, String address, String protocol) {}

  private record Expected(String source, Check check) {}

  private final List<Problem> problems = new ArrayList<>();
  private final Map<String, Said> said = new HashMap<>();
  private final Map<Way, List<Expected>> expected = new HashMap<>();

  private Agreement() {}

  /// Everything that stands in the way; of very many, the first.
  static List<Problem> problems(List<Input> inputs) {
    Agreement agreement = new Agreement();
    inputs.forEach(input -> agreement.take(input.source(), input.result()));
    List<Problem> all = agreement.problems;
    if (all.size() <= MAX_PROBLEMS) {
      return List.copyOf(all);
    }
    List<Problem> few = new ArrayList<>(all.subList(0, MAX_PROBLEMS));
    few.add(
        new Problem(
            all.get(MAX_PROBLEMS).where(), "", "and " + (all.size() - MAX_PROBLEMS) + " more"));
    return few;
  }

  private void take(String source, AuditResult result) {
    int before = problems.size();
    same(
        source,
        "matrix",
        result.matrix().sha256(),
        sha -> "the matrix has sha256 " + sha,
        "audit with one matrix at all places");
    if (problems.size() > before) {
      return;
    }
    facts(source, result);
    for (Node node : result.nodes()) {
      same(
          source,
          "node " + node.name(),
          node,
          n -> "node " + n.name() + " is " + describe(n),
          "describe it alike in both inventories");
    }
    for (Place place : result.places()) {
      VantagePoint v = place.vantagePoint();
      same(
          source,
          "vantage point " + v.name(),
          List.of(v.zones(), v.fidelity(), v.node()),
          _ -> "vantage point " + v.name() + " stands for " + describe(v),
          "give another place another name");
    }
    for (Part part : Merge.parts(result)) {
      same(
          source,
          "run " + part.run().id(),
          part,
          _ -> "run " + part.run().id() + " is another than the one",
          "one of the files was changed");
    }
    result.assessments().stream().map(Assessment::check).forEach(c -> expectation(source, c));
  }

  /// A fact that only one of them knows decides rules in one and leaves them open in the other.
  private void facts(String source, AuditResult result) {
    String facts =
        result.facts().values().entrySet().stream()
            .map(f -> f.getKey() + ": " + f.getValue().value())
            .collect(Collectors.joining(", ", "{", "}"));
    same(
        source,
        "facts",
        result.facts().values().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, f -> value(f.getValue()))),
        _ -> "the facts are " + facts,
        "state the same facts at all places");
  }

  private static String value(Facts.Fact fact) {
    return fact.value();
  }

  private <T> void same(
      String source,
      String path,
      T what,
      java.util.function.Function<T, String> words,
      String remedy) {
    Said first = said.putIfAbsent(path, new Said(source, what));
    if (first != null && !first.what().equals(what)) {
      problem(source, words.apply(what) + ", and not as in " + first.source() + "; " + remedy);
    }
  }

  private void problem(String source, String message) {
    problems.add(new Problem(SourcePosition.wholeFile(source), "", message));
  }

  private static String describe(Node node) {
    return Findings.zones(node.zones())
        + " at "
        + node.addresses().stream()
            .map(a -> a.type().word() + " " + AddressText.of(a.address()))
            .collect(Collectors.joining(", "));
  }

  private static String describe(VantagePoint place) {
    return Findings.zones(place.zones())
        + " ("
        + place.fidelity().name().toLowerCase(java.util.Locale.ROOT)
        + place.node().map(n -> ", on node " + n).orElse("")
        + ")";
  }

  /// With one matrix, the same facts, nodes and places, only the Services that an inventory lists
  /// can still make a difference.
  private void expectation(String source, Check check) {
    Way way =
        new Way(
            check.flow().vantage(),
            AddressText.of(check.flow().address()),
            check.flow().protocol().name());
    List<Expected> before = expected.computeIfAbsent(way, _ -> new ArrayList<>());
    for (Expected other : before) {
      PortSet common = other.check().flow().ports().intersect(check.flow().ports());
      if (other.source().equals(source) || common.isEmpty() || agree(other.check(), check)) {
        continue;
      }
      problem(
          source,
          "%s -> %s %s/%s is %s, and %s in %s; list the same services in both inventories"
              .formatted(
                  check.flow().vantage(),
                  AddressText.of(check.flow().address()),
                  check.flow().protocol(),
                  common,
                  describe(check),
                  describe(other.check()),
                  other.source()));
      return;
    }
    before.add(new Expected(source, check));
  }

  private static boolean agree(Check a, Check b) {
    return a.id().equals(b.id())
        ? a.equals(b)
        : a.expectation() == b.expectation() && a.otherwise().equals(b.otherwise());
  }

  private static String describe(Check check) {
    Optional<Expectation> otherwise = check.otherwise();
    return check.expectation().word()
        + otherwise.map(o -> " or " + o.word()).orElse("")
        + (check.rules().isEmpty() ? "" : " by " + String.join(", ", check.rules()));
  }
}
