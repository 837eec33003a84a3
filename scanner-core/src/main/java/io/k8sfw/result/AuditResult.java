package io.k8sfw.result;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.inventory.Node;
import io.k8sfw.inventory.NodePortService;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Facts;
import io.k8sfw.matrix.Rule;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.plan.Exclusion;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.PlaceSample;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A finished audit. Everything that a report says comes from here or follows from it by [Summary],
/// [Findings] and [Cells].
///
/// @param parts what was merged into it, oldest first; empty for one run
/// @param contradictions where the parts judged the same ports differently
/// @param composition what `matrix` is made of
/// @param services those that have a NodePort, as the inventory has them
/// @param placeSamples where not all places looked at every node
public record AuditResult(
    Tool tool,
    Run run,
    Source matrix,
    Source inventory,
    Facts facts,
    List<RuleInForce> rules,
    List<Node> nodes,
    List<Place> places,
    List<Assessment> assessments,
    List<Gap> gaps,
    List<Exclusion> exclusions,
    List<Part> parts,
    List<Contradiction> contradictions,
    Composition composition,
    List<NodePortService> services,
    List<PlaceSample> placeSamples) {
  /// Of one matrix that the user named, without Services, and every place looking at every node.
  public AuditResult(
      Tool tool,
      Run run,
      Source matrix,
      Source inventory,
      Facts facts,
      List<RuleInForce> rules,
      List<Node> nodes,
      List<Place> places,
      List<Assessment> assessments,
      List<Gap> gaps,
      List<Exclusion> exclusions,
      List<Part> parts,
      List<Contradiction> contradictions) {
    this(
        tool,
        run,
        matrix,
        inventory,
        facts,
        rules,
        nodes,
        places,
        assessments,
        gaps,
        exclusions,
        parts,
        contradictions,
        new Composition(List.of(matrix), Optional.empty()),
        List.of(),
        List.of());
  }

  /// What the policy was read from.
  ///
  /// @param matrices each file or built-in, in order; never empty
  /// @param chosen why these were chosen, where the user named none
  public record Composition(List<Source> matrices, Optional<String> chosen) {
    public Composition {
      matrices = List.copyOf(matrices);
    }
  }

  /// @param java version of the Java runtime
  public record Tool(String name, String version, String java) {}

  /// @param id from the plan and the start time, 12 hex digits
  /// @param interrupted why it stopped early; empty for a complete run
  /// @param seed of samples and orders
  /// @param strict whether closed-unproven counts as unverified
  public record Run(
      String id,
      Instant started,
      Instant finished,
      Optional<String> interrupted,
      String pace,
      long seed,
      boolean strict) {}

  /// A file that took part.
  ///
  /// @param sha256 64 hex digits
  public record Source(Untrusted name, Untrusted origin, String sha256) {}

  /// A rule of the matrix, and whether its condition holds here.
  public record RuleInForce(Rule rule, Condition.Holds holds) {}

  /// A vantage point, how it did, the controls that vouch for it, and what canaries told of the
  /// ways from there.
  ///
  /// @param paths one for each address that was asked over TCP
  /// @param sources whom the targets take it for
  public record Place(
      VantagePoint vantagePoint,
      VantageReport report,
      List<Control> controls,
      List<PathReport> paths,
      List<SourceReport> sources) {
    /// More canaries lost than one in so many make a path worth a warning.
    private static final int LOSSY = 20;

    public Place {
      controls = List.copyOf(controls);
      paths = List.copyOf(paths);
      sources = List.copyOf(sources);
    }

    /// The ways on which something gives its packets another source address.
    public List<SourceReport> translated() {
      return sources.stream()
          .filter(s -> s.own().isPresent() && s.seen().isPresent() && !s.own().equals(s.seen()))
          .toList();
    }

    /// The ways that lost more than 5 % of the canaries, or were asked more slowly than the pace
    /// allows.
    public List<PathReport> troubled() {
      return paths.stream()
          .filter(p -> p.slowed().isPresent() || (long) p.lost() * LOSSY > p.asked())
          .toList();
    }

    /// The controls that matter: an address that answers nobody is no failure where its node saw
    /// every packet of ours arrive.
    public List<Control> telling() {
      Map<InetAddress, Boolean> arrives =
          controls.stream()
              .filter(c -> c.kind() == Kind.ARRIVAL)
              .collect(Collectors.toMap(Control::address, Control::holds, (a, b) -> a && b));
      return controls.stream()
          .filter(c ->
              c.kind() != Kind.POSITIVE || c.holds() || !arrives.getOrDefault(c.address(), false))
          .toList();
    }
  }

  /// One of the runs that a merged audit is made of.
  ///
  /// @param places names of the vantage points that sent anything, in alphabetical order
  /// @param planned as [Summary#planned] of it alone
  /// @param judged likewise
  /// @param findings likewise
  public record Part(
      Tool tool,
      Run run,
      Source inventory,
      List<String> places,
      int planned,
      int judged,
      int findings) {
    public Part {
      places = List.copyOf(places);
    }
  }

  /// Ports of a check that one part has a finding on, and another judged otherwise. The worst
  /// opinion counts.
  ///
  /// @param check as [io.k8sfw.plan.Check#id]
  /// @param opinions worst first, at least two; each of exactly `ports`, and with its part
  public record Contradiction(String check, PortSet ports, List<Judgement> opinions) {
    public Contradiction {
      opinions = List.copyOf(opinions);
    }
  }

  public AuditResult {
    placeSamples = List.copyOf(placeSamples);
    parts = List.copyOf(parts);
    contradictions = List.copyOf(contradictions);
    rules = List.copyOf(rules);
    nodes = List.copyOf(nodes);
    places = List.copyOf(places);
    assessments = List.copyOf(assessments);
    gaps = List.copyOf(gaps);
    exclusions = List.copyOf(exclusions);
    services = List.copyOf(services);
  }

  /// False when it, or a part of it, was interrupted: what is missing is UNVERIFIED in
  /// `assessments`.
  public boolean complete() {
    return run.interrupted().isEmpty();
  }
}
