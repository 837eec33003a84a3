package io.k8sfw.probes.simulation;

import static io.k8sfw.probes.simulation.NaiveEngine.Flaw;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.probes.simulation.Violation.Promise;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/// A simulation that cannot fail shows nothing: every promise is broken by somebody here.
class InvariantsTests {
  private static final long SECOND = 1_000_000_000;

  private static ScenarioOf open(String ports) {
    return new ScenarioOf(ports).host("10.20.1.1", _ -> Truth.OPEN);
  }

  private static ScenarioOf with(IntFunction<Truth> truth) {
    return new ScenarioOf("80, 179, 1000-1030").host("10.20.1.1", truth);
  }

  private static List<Promise> broken(ScenarioOf scenario, Flaw... flaws) {
    return broken(scenario, new NaiveEngine(flaws));
  }

  private static List<Promise> broken(ScenarioOf scenario, Engine engine) {
    return Simulation.of(scenario.build(), engine).violations().stream()
        .map(Violation::promise)
        .distinct()
        .toList();
  }

  @Test
  void naiveEngineIsRightInACalmWorld() {
    assertThat(broken(with(_ -> Truth.CLOSED))).isEmpty();
  }

  @Test
  void lossIsTakenForAFirewall() {
    assertThat(broken(open("1000-1999").with(new Trouble.Loss(0.2, 0.2))))
        .contains(Promise.NEVER_FALSELY_BLOCKED, Promise.PROVEN);
  }

  @Test
  void banIsTakenForAFirewall() {
    assertThat(
            broken(
                with(port -> port % 2 == 0 ? Truth.OPEN : Truth.DROPPED)
                    .with(new Trouble.Ban(5, 1000 * SECOND, false, false))))
        .contains(Promise.NEVER_FALSELY_BLOCKED);
  }

  @Test
  void policerIsTakenForAFirewall() {
    assertThat(broken(open("1000-1100").with(new Trouble.Policer(0.5, 2, true))))
        .contains(Promise.NEVER_FALSELY_BLOCKED);
  }

  @Test
  void proxyIsTakenForTheService() {
    assertThat(broken(with(_ -> Truth.CLOSED).with(new Trouble.Proxy(Optional.empty()))))
        .contains(Promise.PROVEN);
  }

  @Test
  void faultIsTakenForSilence() {
    assertThat(
            broken(
                open("1000-1010").with(new Trouble.NoRoute(0, Long.MAX_VALUE)),
                Flaw.BELIEVES_FAULTS))
        .contains(Promise.HONEST, Promise.NEVER_FALSELY_BLOCKED);
  }

  @Test
  void oneSilenceIsTooFew() {
    assertThat(broken(with(port -> port % 2 == 0 ? Truth.CLOSED : Truth.DROPPED), Flaw.ASKS_ONCE))
        .contains(Promise.CONTROLLED);
  }

  @Test
  void missingPortIsMissed() {
    assertThat(broken(with(_ -> Truth.CLOSED), Flaw.FORGETS_A_PORT)).contains(Promise.COMPLETE);
  }

  @Test
  void wrongPortIsNoticed() {
    assertThat(broken(with(port -> port % 2 == 0 ? Truth.OPEN : Truth.CLOSED), Flaw.MIXES_PORTS_UP))
        .contains(Promise.HONEST, Promise.NEVER_FALSELY_OPEN);
  }

  @Test
  void hurryIsNoticed() {
    assertThat(broken(open("1000-3999"), Flaw.HURRIES)).contains(Promise.PACED);
  }

  @Test
  void strayPacketIsNoticed() {
    assertThat(
            broken(
                new ScenarioOf("50000-50010").host("10.20.1.1", _ -> Truth.CLOSED),
                Flaw.ASKS_OTHERS))
        .contains(Promise.WITHIN_BOUNDS);
  }

  @Test
  void guardedPortIsWatched() {
    assertThat(broken(with(_ -> Truth.CLOSED), Flaw.ASKS_GUARDED)).contains(Promise.WITHIN_BOUNDS);
  }

  @Test
  void listenersAreCounted() {
    assertThat(broken(open("1000-1001"), Flaw.ASKS_ON_AND_ON)).contains(Promise.GENTLE);
  }

  @Test
  void trackedConnectionsAreCounted() {
    assertThat(broken(with(_ -> Truth.DROPPED).trackedAtMost(20))).contains(Promise.TRACKED);
    assertThat(broken(with(_ -> Truth.REJECTED_BY_ICMP).trackedAtMost(20)))
        .contains(Promise.TRACKED);
  }

  @Test
  void deafnessIsNoticed() {
    assertThat(
            broken(with(_ -> Truth.DROPPED).with(new Trouble.Cancelled(SECOND)), Flaw.NEVER_STOPS))
        .contains(Promise.STOPPED);
  }

  @Test
  void socketsAreCounted() {
    assertThat(broken(with(_ -> Truth.CLOSED), Flaw.KEEPS_SOCKETS)).contains(Promise.COMPLETE);
  }

  @Test
  void inventedAttemptIsNoticed() {
    assertThat(broken(with(_ -> Truth.CLOSED), Flaw.CLAIMS_MORE)).contains(Promise.HONEST);
  }

  @Test
  void endlessnessEnds() {
    Scenario scenario = with(_ -> Truth.CLOSED).build();
    Engine endless = new NaiveEngine(Flaw.NEVER_ENDS);
    assertThatThrownBy(() -> Simulation.of(scenario, endless))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("does not end");
  }

  /// The wire swallows what the oracle takes for open.
  @Test
  void lyingWireConvictsTheRealEngine() {
    Trouble lie = new Trouble.Lie("ports below 2000 are swallowed", packet -> packet.port() < 2000);
    ScenarioOf scenario =
        new ScenarioOf("1000-1010, 3000-3100")
            .host("10.20.1.1", port -> port < 2000 ? Truth.OPEN : Truth.CLOSED)
            .with(lie);
    assertThat(broken(scenario, Engine.REAL))
        .contains(Promise.NEVER_FALSELY_BLOCKED, Promise.PROVEN);
  }

  @Test
  void anotherSecondTimeIsNoticed() {
    Scenario scenario = with(port -> port % 3 == 0 ? Truth.OPEN : Truth.CLOSED).build();
    assertThat(
            SimulationTests.isTheSame(
                Simulation.of(scenario), Simulation.of(scenario.with(new Trouble.Loss(0.3, 0)))))
        .isFalse();
  }
}
