package io.k8sfw.probes.agent;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Taken;
import io.k8sfw.vantage.Campaign;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a place that nobody can log in to saw, brought from there as a file.
///
/// @param source the file as the user named it
/// @param seen of that place alone: its report, readings, controls, paths, sessions and sources,
///   all of them of what was ordered, and its times by its own clock
public record CarriedObservations(String source, String place, Observations seen) {
  private static final SealedLines<Line> FILE =
      new SealedLines<>(Line.class, "observations of k8sfw-audit", 1);

  /// TEST-NET-1 (RFC 5737), which controls may ask besides what was ordered.
  private static final InetAddress NOWHERE = InetAddress.ofLiteral("192.0.2.1");

  /// A line of the file.
  sealed interface Line {
    record Of(String place, String matrix, String inventory, String asked, Instant started)
        implements Line {}

    record Did(VantageReport report) implements Line {}

    record Saw(TargetReading reading) implements Line {}

    record Controlled(Control control) implements Line {}

    record Went(PathReport path) implements Line {}

    record Stands(SessionReport session) implements Line {}

    record Comes(SourceReport source) implements Line {}

    /// @param interrupted why it stopped early: what is missing is unmeasured
    record End(
        Instant finished,
        Optional<String> interrupted,
        int readings,
        int controls,
        int paths,
        int sessions,
        int sources)
        implements Line {}
  }

  /// Carries out a plan, and writes what came of it. The file is a torn one until all is done; one
  /// that was stopped early is whole, and says so.
  ///
  /// @param campaign has the plan's place
  public static Observations write(
      CarriedPlan plan, Campaign campaign, Progress progress, OutputStream out) throws IOException {
    SealedLines.Sealing<Line> file = FILE.begin(out);
    file.write(
        new Line.Of(plan.place(), plan.matrix(), plan.inventory(), plan.asked(), Instant.now()));
    Observations seen = campaign.observe(List.of(plan.order()), progress);
    for (VantageReport report : seen.vantages()) {
      file.write(new Line.Did(report));
    }
    for (TargetReading reading : seen.readings()) {
      file.write(new Line.Saw(reading));
    }
    for (Control control : seen.controls()) {
      file.write(new Line.Controlled(control));
    }
    for (PathReport path : seen.paths()) {
      file.write(new Line.Went(path));
    }
    for (SessionReport session : seen.sessions()) {
      file.write(new Line.Stands(session));
    }
    for (SourceReport source : seen.sources()) {
      file.write(new Line.Comes(source));
    }
    file.write(
        new Line.End(
            seen.finished(),
            seen.interrupted(),
            seen.readings().size(),
            seen.controls().size(),
            seen.paths().size(),
            seen.sessions().size(),
            seen.sources().size()));
    file.seal();
    return seen;
  }

  /// @param source the file as the user named it
  /// @param plans what each offline place is asked by the audit that is to judge, by its name
  /// @throws InvalidInputException where it is not a whole file of this build, or does not answer
  ///   exactly what is asked
  public static CarriedObservations read(
      String source, byte[] bytes, Map<String, CarriedPlan> plans) throws InvalidInputException {
    List<SealedLines.Line<Line>> lines = FILE.read(source, bytes);
    if (lines.size() < 3
        || !(lines.get(0).said() instanceof Line.Of of)
        || !(lines.get(1).said() instanceof Line.Did did)
        || !(lines.getLast().said() instanceof Line.End end)) {
      throw SealedLines.refused(source, 2, "is not " + FILE.kind());
    }
    CarriedPlan plan = plan(source, of, plans);
    Answers answers = new Answers(source, plan);
    for (SealedLines.Line<Line> line : lines.subList(2, lines.size() - 1)) {
      answers.take(line);
    }
    answers.complete(lines.getLast().number(), end);
    if (!did.report().vantage().equals(plan.place())) {
      throw SealedLines.refused(source, lines.get(1).number(), "is of several places");
    }
    VantageReport report =
        new VantageReport(
                plan.place(),
                "offline",
                did.report().capabilities(),
                did.report().failure(),
                Math.max(0, did.report().probesSent()))
            .at(new Taken(of.started(), end.finished()));
    return new CarriedObservations(
        source,
        plan.place(),
        new Observations(
            of.started(),
            end.finished(),
            List.of(report),
            answers.readings,
            answers.controls,
            answers.paths,
            List.of(),
            List.of(),
            end.interrupted(),
            answers.sessions,
            answers.sources,
            List.of()));
  }

  private static CarriedPlan plan(String source, Line.Of of, Map<String, CarriedPlan> plans)
      throws InvalidInputException {
    CarriedPlan plan = plans.get(of.place());
    if (plan == null) {
      throw SealedLines.refused(
          source,
          2,
          "was taken at "
              + of.place()
              + ", which is no offline vantage point of this inventory; there "
              + (plans.isEmpty() ? "is none" : "are: " + String.join(", ", plans.keySet())));
    }
    String again = "; plan again for " + of.place() + ", and observe again there";
    if (!plan.matrix().equals(of.matrix())) {
      throw SealedLines.refused(
          source, 2, "was taken for another matrix (sha256 " + of.matrix() + ")" + again);
    }
    if (!plan.inventory().equals(of.inventory())) {
      throw SealedLines.refused(
          source, 2, "was taken for another inventory (sha256 " + of.inventory() + ")" + again);
    }
    if (!plan.asked().equals(of.asked())) {
      throw SealedLines.refused(
          source, 2, "was asked for other ports; give run the same --exhaustive as plan" + again);
    }
    return plan;
  }

  /// Holds lines to what was ordered.
  private static final class Answers {
    private record Asked(InetAddress address, Protocol protocol) {}

    private final String source;
    private final CarriedPlan plan;
    private final Map<Asked, PortSet> open = new HashMap<>();
    private final Set<InetAddress> addresses;
    final List<TargetReading> readings = new ArrayList<>();
    final List<Control> controls = new ArrayList<>();
    final List<PathReport> paths = new ArrayList<>();
    final List<SessionReport> sessions = new ArrayList<>();
    final List<SourceReport> sources = new ArrayList<>();

    Answers(String source, CarriedPlan plan) {
      this.source = source;
      this.plan = plan;
      for (Target target : plan.order().targets()) {
        open.put(new Asked(target.address(), target.protocol()), target.ports());
      }
      addresses = plan.order().targets().stream().map(Target::address).collect(Collectors.toSet());
    }

    void take(SealedLines.Line<Line> line) throws InvalidInputException {
      int number = line.number();
      switch (line.said()) {
        case Line.Saw(TargetReading reading) -> {
          here(number, reading.vantage(), reading.address(), false);
          all(number, reading);
          readings.add(reading);
        }
        case Line.Controlled(Control control) -> {
          here(number, control.vantage(), control.address(), true);
          controls.add(control);
        }
        case Line.Went(PathReport path) -> {
          here(number, path.vantage(), path.address(), false);
          paths.add(path);
        }
        case Line.Stands(SessionReport session) -> {
          here(number, session.vantage(), session.address(), false);
          sessions.add(fromHere(session));
        }
        case Line.Comes(SourceReport comes) -> {
          here(number, comes.vantage(), comes.target(), false);
          sources.add(
              new SourceReport(comes.vantage(), comes.target(), comes.own(), Optional.empty()));
        }
        case Line.Of _, Line.Did _, Line.End _ -> throw refused(number, "says this twice");
      }
    }

    /// Nobody at the nodes took part.
    private static SessionReport fromHere(SessionReport told) {
      return new SessionReport(told.vantage(), told.address(), told.port(), told.outward(), false);
    }

    private void here(int number, String place, InetAddress address, boolean control)
        throws InvalidInputException {
      if (!place.equals(plan.place())) {
        throw refused(number, "is of " + place + ", and the rest is of " + plan.place());
      }
      if (!addresses.contains(address) && !(control && address.equals(NOWHERE))) {
        throw refused(number, "is about " + AddressText.of(address) + ", which was not ordered");
      }
    }

    /// Every port that was ordered, and each once.
    private void all(int number, TargetReading reading) throws InvalidInputException {
      PortSet asked = open.remove(new Asked(reading.address(), reading.protocol()));
      if (asked == null) {
        throw refused(
            number,
            "reports again or unasked on "
                + reading.protocol()
                + " of "
                + AddressText.of(reading.address()));
      }
      PortSet told = PortSet.of(reading.runs().stream().map(PortRun::ports).toList());
      int ports = reading.runs().stream().mapToInt(r -> r.ports().size()).sum();
      if (!told.equals(asked) || ports != told.size()) {
        throw refused(
            number,
            "reports on %s/%s of %s, and %s was ordered"
                .formatted(reading.protocol(), told, AddressText.of(reading.address()), asked));
      }
    }

    void complete(int number, Line.End end) throws InvalidInputException {
      boolean counted =
          end.readings() == readings.size()
              && end.controls() == controls.size()
              && end.paths() == paths.size()
              && end.sessions() == sessions.size()
              && end.sources() == sources.size();
      if (!counted || !open.isEmpty()) {
        throw refused(number, "does not hold everything that was ordered");
      }
    }

    private InvalidInputException refused(int line, String what) {
      return SealedLines.refused(source, line, what + "; observe again there");
    }
  }
}
