package io.k8sfw.probes.simulation;

import io.k8sfw.evaluate.Assessment;
import io.k8sfw.evaluate.Grade;
import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Sighting;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.batch.SparedPorts;
import io.k8sfw.probes.simulation.SimulatedCampaign.Carried;
import io.k8sfw.probes.simulation.Violation.Promise;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What must hold of observations and verdicts, by the wire's ledger and by the truth of the world.
final class VerdictInvariants {
  private static final int LEAST_SILENCES = 3;

  /// Sightings that call a port blocked because nothing came back.
  private static final Set<Sighting> SILENTLY_BLOCKED =
      EnumSet.of(Sighting.DROPPED, Sighting.DROPPED_HELD);

  private final Simulation simulation;
  private final World world;
  private final Invariants invariants;
  private final boolean calm;
  private final Map<Asked, Told> told = new HashMap<>();
  private final Set<String> answering = new HashSet<>();

  /// Who heard what address on a port that may be asked again.
  private final Set<String> telling = new HashSet<>();

  private record Asked(String vantage, InetAddress address, Protocol protocol, int port) {}

  /// What the wire told of one port.
  private static final class Told {
    private int attempts;
    private int connects;
    private final Set<Outcome> outcomes = new HashSet<>();
  }

  VerdictInvariants(Simulation simulation, Invariants invariants) {
    this.simulation = simulation;
    this.world = simulation.scenario().world();
    this.invariants = invariants;
    this.calm = world.troubles().isEmpty();
  }

  void check() {
    simulation.carried().forEach(this::read);
    simulation.carried().forEach(this::observations);
    cells();
    simulation.assessments().forEach(this::verdicts);
  }

  private void read(Carried carried) {
    for (Attempt a : carried.ledger()) {
      Asked asked = new Asked(carried.order().vantage(), a.address, a.protocol, a.port);
      Told of = told.computeIfAbsent(asked, _ -> new Told());
      of.attempts++;
      of.connects += a.connects;
      if (a.outcome != null) {
        of.outcomes.add(a.outcome);
        boolean again = a.protocol.equals(Protocol.TCP) && !SparedPorts.ALL.contains(a.port);
        if (again && isOwn(a)) {
          telling.add(key(asked.vantage(), asked.address()));
        }
      }
    }
    for (Target target : carried.order().targets()) {
      // Who answers on no port that may be asked again and again, has no control.
      PortSet asked = target.ports().minus(target.guarded()).minus(SparedPorts.ALL);
      String vantage = carried.order().vantage();
      if (target.protocol().equals(Protocol.TCP)
          && asked.stream()
              .mapToObj(p -> truth(vantage, target.address(), Protocol.TCP, p))
              .anyMatch(t -> t.listens() || (t.passes() && simulation.scenario().errorQueue()))) {
        answering.add(key(vantage, target.address()));
      }
    }
  }

  private Truth truth(String vantage, InetAddress address, Protocol protocol, int port) {
    return world.truth(vantage, address, protocol, port);
  }

  private void observations(Carried carried) {
    List<Target> targets = carried.order().targets();
    List<TargetReading> readings = carried.reading().readings();
    if (readings.size() != targets.size()) {
      broken(Promise.COMPLETE, readings.size() + " readings of " + targets.size() + " targets");
      return;
    }
    for (int i = 0; i < targets.size(); i++) {
      Target target = targets.get(i);
      TargetReading reading = readings.get(i);
      List<PortRange> seen = new ArrayList<>();
      int last = 0;
      for (PortRun run : reading.runs()) {
        if (run.ports().first() <= last) {
          broken(Promise.COMPLETE, reading.address() + ": runs do not ascend at " + run.ports());
        }
        last = run.ports().last();
        seen.add(run.ports());
        for (int port = run.ports().first(); port <= run.ports().last(); port++) {
          observation(reading, port, run.observation());
        }
      }
      boolean same =
          reading.address().equals(target.address())
              && reading.protocol().equals(target.protocol())
              && PortSet.of(seen).equals(target.ports());
      if (!same) {
        broken(
            Promise.COMPLETE,
            AddressText.of(target.address()) + ": ordered " + target.ports() + ", told " + seen);
      }
    }
  }

  private void observation(TargetReading reading, int port, Observation observation) {
    Asked asked = new Asked(reading.vantage(), reading.address(), reading.protocol(), port);
    Told of = told.getOrDefault(asked, new Told());
    Truth truth = truth(asked.vantage(), asked.address(), asked.protocol(), port);
    String what = text(asked) + " is " + truth + ", seen " + observation;
    switch (observation) {
      case Measured m -> {
        honest(m, of, what);
        boolean fewSilences =
            m.reason() == Reason.NO_RESPONSE
                && m.state() == PortState.FILTERED
                && m.sent() < LEAST_SILENCES;
        // Where nobody could tell, nothing has to be proven.
        if (fewSilences && telling.contains(key(asked.vantage(), asked.address()))) {
          broken(Promise.CONTROLLED, what);
        }
        truthful(m, truth, asked.protocol(), what);
      }
      case Unmeasured u -> {
        if (calm && !u.cause().raw().contains("is not connected to")) {
          broken(Promise.USEFUL, what);
        }
      }
    }
  }

  private void honest(Measured m, Told of, String what) {
    boolean silent = m.reason() == Reason.NO_RESPONSE;
    boolean heard =
        silent
            ? of.outcomes.contains(Outcome.SILENT)
            : of.outcomes.contains(new Outcome.Heard(m.state(), m.reason(), m.icmp()));
    if (!heard) {
      broken(Promise.HONEST, what + ", never told by the wire");
    }
    if (m.sent() < 1 || m.sent() > of.attempts || m.answered() > m.sent()) {
      broken(Promise.HONEST, what + ", asked " + of.attempts + " times");
    }
  }

  private void truthful(Measured m, Truth truth, Protocol protocol, String what) {
    boolean open = m.state() == PortState.OPEN;
    if (open && !truth.listens() && !world.has(Trouble.Proxy.class)) {
      broken(Promise.NEVER_FALSELY_OPEN, what);
    }
    if (m.state() == PortState.CLOSED && !maySayClosed(truth, protocol)) {
      broken(Promise.NEVER_FALSELY_BLOCKED, what);
    }
    if (m.unstable() && world.troubles().stream().allMatch(Trouble.Loss.class::isInstance)) {
      broken(Promise.PROVEN, what + ", which loss explains");
    }
    if (calm && !isCalmly(m, truth, protocol)) {
      broken(Promise.USEFUL, what);
    }
  }

  private boolean maySayClosed(Truth truth, Protocol protocol) {
    return switch (truth) {
      case CLOSED, REJECTED_BY_RESET -> true;
      case REJECTED_BY_ICMP ->
          protocol.equals(Protocol.UDP) || !simulation.scenario().errorQueue() || banResets();
      case OPEN, HUNG, DROPPED -> banResets();
    };
  }

  private boolean banResets() {
    return world.troubles().stream().anyMatch(t -> t instanceof Trouble.Ban b && b.resets());
  }

  /// What a port must look like where nothing goes wrong.
  private boolean isCalmly(Measured m, Truth truth, Protocol protocol) {
    if (protocol.equals(Protocol.UDP)) {
      return (m.state() == PortState.OPEN) == (truth == Truth.OPEN);
    }
    return m.state()
            == switch (truth) {
              case OPEN, HUNG -> PortState.OPEN;
              case CLOSED, REJECTED_BY_RESET -> PortState.CLOSED;
              case DROPPED -> PortState.FILTERED;
              case REJECTED_BY_ICMP ->
                  m.state() == PortState.CLOSED && maySayClosed(truth, protocol)
                      ? PortState.CLOSED
                      : PortState.FILTERED;
            }
        && !m.unstable();
  }

  private void cells() {
    if (simulation.assessments().size() != simulation.plan().checks().size()) {
      broken(Promise.COMPLETE, "not one assessment a check");
    }
    for (Assessment assessment : simulation.assessments()) {
      PortSet together = PortSet.NONE;
      int size = 0;
      for (Judgement judgement : assessment.judgements()) {
        together = together.union(judgement.ports());
        size += judgement.ports().size();
      }
      PortSet ports = assessment.check().flow().ports();
      if (!together.equals(ports) || size != ports.size()) {
        broken(Promise.COMPLETE, assessment.check().id() + " is judged on " + together);
      }
    }
  }

  private void verdicts(Assessment assessment) {
    for (Judgement judgement : assessment.judgements()) {
      judgement(assessment, judgement);
      judgement.ports().stream().forEach(port -> verdict(assessment, judgement, port));
    }
  }

  private void judgement(Assessment assessment, Judgement judgement) {
    Flow flow = assessment.check().flow();
    boolean undecided =
        judgement.verdict() instanceof Verdict.Unverified
            || judgement.verdict() instanceof Verdict.NotJudged;
    if (judgement.observation() instanceof Unmeasured && !undecided) {
      broken(Promise.PROVEN, assessment.check().id() + " was not measured: " + judgement);
    }
    if (SILENTLY_BLOCKED.contains(judgement.sighting())) {
      List<Control> controls =
          simulation.observations().controls().stream()
              .filter(c -> c.kind() == Control.Kind.POSITIVE)
              .filter(c -> c.vantage().equals(flow.vantage()))
              .filter(c -> c.address().equals(flow.address()))
              .toList();
      // Port 0: nothing there may be asked twice, so that only its neighbours guard it.
      boolean lost =
          controls.stream()
              .anyMatch(c -> !c.holds() && c.phase() == Control.Phase.AFTER && c.port() != 0);
      boolean own = controls.stream().anyMatch(Control::holds) || answered(flow);
      boolean inferred = judgement.grade() == Grade.C;
      if ((lost || !own) && !inferred) {
        broken(Promise.CONTROLLED, assessment.check().id() + ": " + judgement + " by " + controls);
      }
    }
    boolean uncontrolled =
        judgement.sighting() == Sighting.SILENT_UNCONTROLLED
            || judgement.sighting() == Sighting.OPEN_UNTRUSTED;
    if (calm && uncontrolled && answering.contains(key(flow.vantage(), flow.address()))) {
      broken(Promise.USEFUL, assessment.check().id() + " has no control: " + judgement);
    }
  }

  private static String key(String vantage, InetAddress address) {
    return vantage + " " + AddressText.of(address);
  }

  /// Whether an answer came that can only be the address's own.
  private boolean answered(Flow flow) {
    return simulation.carried().stream()
        .filter(c -> c.order().vantage().equals(flow.vantage()))
        .flatMap(c -> c.ledger().stream())
        .filter(a -> a.address.equals(flow.address()))
        .anyMatch(this::isOwn);
  }

  private boolean isOwn(Attempt a) {
    return a.outcome instanceof Outcome.Heard heard
        && (heard.icmp().isPresent()
            || heard.state() == PortState.OPEN
            || simulation.scenario().errorQueue());
  }

  private void verdict(Assessment assessment, Judgement judgement, int port) {
    Flow flow = assessment.check().flow();
    Truth truth = truth(flow.vantage(), flow.address(), flow.protocol(), port);
    Asked asked = new Asked(flow.vantage(), flow.address(), flow.protocol(), port);
    String what =
        text(asked)
            + " is "
            + truth
            + ", "
            + assessment.check().expectation()
            + ", judged "
            + judgement.verdict()
            + " as "
            + judgement.sighting()
            + " "
            + judgement.observation();
    boolean full =
        truth == Truth.HUNG
            && told.getOrDefault(asked, new Told()).connects >= queue(flow.address());
    boolean answers = truth.passes() || truth == Truth.REJECTED_BY_RESET;
    if (SILENTLY_BLOCKED.contains(judgement.sighting())) {
      if (answers && !full) {
        broken(Promise.NEVER_FALSELY_BLOCKED, what);
      }
      if (((Measured) judgement.observation()).sent() < LEAST_SILENCES) {
        broken(Promise.CONTROLLED, what);
      }
    }
    boolean wrong =
        switch (judgement.verdict()) {
          case Verdict.Compliant _ -> isWronglyCompliant(assessment, judgement, truth, full);
          case Verdict.Finding f -> (f.kind() == Verdict.Kind.MISSING) == truth.listens() && !full;
          case Verdict.ClosedUnproven _, Verdict.Unverified _, Verdict.NotJudged _ -> false;
        };
    if (wrong && !(judgement.sighting() == Sighting.REJECTED && isUnseenBan(asked))) {
      broken(Promise.PROVEN, what);
    }
  }

  /// Whether a ban refused the port that nobody could tell from a rule: a port of the address that
  /// had been open was still so when it was asked the next time, before and after; or none ever
  /// was.
  private boolean isUnseenBan(Asked asked) {
    if (!banResets()) {
      return false;
    }
    List<Attempt> onAddress =
        simulation.carried().stream()
            .filter(c -> c.order().vantage().equals(asked.vantage()))
            .flatMap(c -> c.ledger().stream())
            .filter(a -> a.address.equals(asked.address()) && a.protocol.equals(Protocol.TCP))
            .toList();
    long refused =
        onAddress.stream()
            .filter(a -> a.port == asked.port() && Outcome.REFUSED.equals(a.outcome))
            .mapToLong(a -> a.sent)
            .max()
            .orElse(Long.MIN_VALUE);
    Set<Integer> open = new HashSet<>();
    boolean before = true;
    for (Attempt a : onAddress) {
      boolean isOpen = Outcome.OPEN.equals(a.outcome);
      boolean refuses = open.contains(a.port) && Outcome.REFUSED.equals(a.outcome);
      if (a.sent > refused && (isOpen || refuses)) {
        return before && isOpen;
      }
      if (isOpen || refuses) {
        before = isOpen;
      }
      if (isOpen) {
        open.add(a.port);
      }
    }
    return before;
  }

  /// A reset that a firewall forged passes for a free path by the decision table: nobody can tell.
  private static boolean isWronglyCompliant(
      Assessment assessment, Judgement judgement, Truth truth, boolean full) {
    Expectation expectation = assessment.check().expectation();
    return switch (expectation) {
      case REQUIRED -> !truth.listens();
      case PATH -> !truth.passes() && judgement.sighting() == Sighting.OPEN;
      case FORBIDDEN -> truth.listens() && !full;
      case PERMITTED -> judgement.observation() instanceof Unmeasured;
    };
  }

  private int queue(InetAddress address) {
    World.Host host = world.hosts().get(address);
    return host == null ? 0 : host.queue();
  }

  private static String text(Asked asked) {
    return asked.vantage()
        + " -> "
        + AddressText.of(asked.address())
        + " "
        + asked.protocol()
        + "/"
        + asked.port();
  }

  private void broken(Promise promise, String detail) {
    invariants.broken(promise, detail);
  }
}
