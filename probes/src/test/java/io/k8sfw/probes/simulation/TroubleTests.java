package io.k8sfw.probes.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Judgement;
import io.k8sfw.evaluate.Sighting;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.vantage.Pace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// One trouble at a time, in a world made by hand, with the real engine.
class TroubleTests {
  private static final long SECOND = 1_000_000_000;

  /// Of ten ports one is dropped and three are open.
  private static Truth mixed(int port) {
    return port % 10 == 0 ? Truth.DROPPED : port % 10 < 4 ? Truth.OPEN : Truth.CLOSED;
  }

  /// Every second port is open, nothing else is let through.
  private static Truth walled(int port) {
    return port < 40_000 && port % 2 == 0 ? Truth.OPEN : Truth.DROPPED;
  }

  private static ScenarioOf one(String ports) {
    return new ScenarioOf(ports).host("10.20.1.1", TroubleTests::mixed);
  }

  /// Keeps every promise.
  private static Simulation run(ScenarioOf scenario) {
    Simulation simulation = Simulation.of(scenario.build());
    assertThat(simulation.violations()).isEmpty();
    return simulation;
  }

  /// How many ports were sighted how.
  private static Map<Sighting, Integer> sightings(Simulation simulation) {
    Map<Sighting, Integer> counts = new TreeMap<>();
    for (Judgement judgement : judgements(simulation)) {
      counts.merge(judgement.sighting(), judgement.ports().size(), Integer::sum);
    }
    return counts;
  }

  private static List<Judgement> judgements(Simulation simulation) {
    return simulation.assessments().stream().flatMap(a -> a.judgements().stream()).toList();
  }

  private static void isTruth(Simulation simulation) {
    assertThat(sightings(simulation))
        .as(() -> causes(simulation))
        .isEqualTo(Map.of(Sighting.OPEN, 300, Sighting.RESET_UNKNOWN, 600, Sighting.DROPPED, 100));
  }

  /// Why what was not measured was not, and what the canaries told.
  private static String causes(Simulation simulation) {
    return judgements(simulation).stream()
            .filter(j -> j.observation() instanceof Unmeasured)
            .map(j -> ((Unmeasured) j.observation()).cause().raw())
            .distinct()
            .toList()
        + ", "
        + simulation.observations().paths();
  }

  private static long seconds(Simulation simulation) {
    return simulation.carried().getFirst().ended() / SECOND;
  }

  @Test
  void calmWorldIsSeenAsItIs() {
    Simulation simulation = run(one("1001-2000"));
    isTruth(simulation);
    assertThat(seconds(simulation)).isLessThan(10);
  }

  @Test
  void steadyLossCostsAttemptsAndNothingElse() {
    isTruth(run(one("1001-2000").with(new Trouble.Loss(0.1, 0.1))));
  }

  @Test
  void heavyLossCostsStillMore() {
    isTruth(run(one("1001-2000").with(new Trouble.Loss(0.2, 0.15))));
    run(one("1001-2000").with(new Trouble.Loss(0.3, 0.3)));
  }

  @Test
  void pathThatAnswersNothingProvesNothing() {
    Simulation simulation = run(one("1001-1100").with(new Trouble.Loss(0, 1)));
    assertThat(judgements(simulation)).allMatch(j -> j.verdict() instanceof Verdict.Unverified);
  }

  @Test
  void outagesThatComeAndGoAreNoFirewall() {
    run(one("1001-2000").with(new Trouble.Outages(0.2, 3)));
  }

  @Test
  void policerHidesNothing() {
    Simulation simulation =
        run(
            new ScenarioOf("1001-2000")
                .host("10.20.1.1", TroubleTests::walled)
                .with(new Trouble.Policer(100, 20, false)));
    // Where the control ports are policed away too, an open port is seen, and not trusted.
    assertThat(
            sightings(simulation).getOrDefault(Sighting.OPEN, 0)
                + sightings(simulation).getOrDefault(Sighting.OPEN_UNTRUSTED, 0))
        .isGreaterThan(300);
  }

  @Test
  void policerBehindLossHidesNothingEither() {
    run(one("1001-2000").with(new Trouble.Loss(0.05, 0.05), new Trouble.Policer(100, 20, false)));
  }

  @Test
  void banInMidScanIsNeverTakenForAFirewall() {
    Simulation simulation =
        run(one("1001-2000").with(new Trouble.Ban(10, Long.MAX_VALUE / 2, false, false)));
    assertThat(sightings(simulation)).containsKey(Sighting.UNMEASURED);
    assertThat(sightings(simulation)).doesNotContainKey(Sighting.DROPPED);
  }

  @Test
  void banThatEndsIsWaitedFor() {
    run(one("1001-2000").with(new Trouble.Ban(10, 5 * SECOND, false, false)));
  }

  @Test
  void banThatResetsClosesNoOpenPort() {
    Simulation simulation =
        run(one("1001-2000").with(new Trouble.Ban(10, Long.MAX_VALUE / 2, true, false)));
    assertThat(
            judgements(simulation).stream()
                .filter(j -> j.observation() instanceof Measured m && m.state() == PortState.CLOSED)
                .flatMapToInt(j -> j.ports().stream())
                .filter(port -> mixed(port) == Truth.OPEN))
        .isEmpty();
  }

  @Test
  void lateAnswersAreWaitedFor() {
    isTruth(run(one("1001-2000").with(new Trouble.Late(1, 0.3, 0.9))));
  }

  @Test
  void pathThatBecomesSlowIsNoFirewall() {
    isTruth(run(one("1001-2000").with(new Trouble.Slower(SECOND / 10, SECOND * 7 / 10))));
  }

  /// No round trip of it is ever learnt: the kernel sends its second SYN before the answer comes.
  @Test
  void pathThatBecomesSlowerThanASecondIsNoFirewall() {
    isTruth(run(one("1001-2000").with(new Trouble.Slower(SECOND / 10, SECOND * 11 / 10))));
  }

  /// Of any one of them, too few canaries are asked to tell it from too much.
  @Test
  void whatHalfIsLostOfIsToldByNeighboursTogether() {
    ScenarioOf many = new ScenarioOf("1001-1500").with(new Trouble.Loss(0.3, 0.3));
    for (int i = 1; i <= 10; i++) {
      many.host("10.20.1." + i, TroubleTests::mixed);
    }
    assertThat(judgements(run(many))).noneMatch(j -> j.observation() instanceof Unmeasured);
  }

  /// An etcd that answers may not be asked again and again.
  @Test
  void silenceProvesNothingWhereNobodyTellsWhatIsLost() {
    Simulation simulation =
        run(
            new ScenarioOf("2379-2400")
                .host("10.20.1.1", port -> port == 2379 ? Truth.OPEN : Truth.DROPPED));
    assertThat(sightings(simulation))
        .isEqualTo(Map.of(Sighting.OPEN, 1, Sighting.SILENT_UNCONTROLLED, 21));
  }

  @Test
  void machineThatStandsStillHasHeardNothing() {
    isTruth(run(one("1001-2000").with(new Trouble.Stall(SECOND / 20, 20 * SECOND, false))));
  }

  @Test
  void machineThatWasSuspendedHasHeardNothing() {
    isTruth(run(one("1001-2000").with(new Trouble.Stall(SECOND / 20, 20 * SECOND, true))));
  }

  @Test
  void lackOfSocketsIsNoPortState() {
    isTruth(run(one("1001-2000").with(new Trouble.Lacking(50, 0))));
    isTruth(run(one("1001-2000").with(new Trouble.Lacking(5000, 0.05))));
  }

  @Test
  void wayThatIsMissingIsNoPortState() {
    Simulation simulation = run(one("1001-1100").with(new Trouble.NoRoute(0, Long.MAX_VALUE)));
    assertThat(judgements(simulation)).allMatch(j -> j.verdict() instanceof Verdict.Unverified);
  }

  @Test
  void pathThatDiesInMidScanBlocksNothing() {
    run(one("1001-3000").with(new Trouble.Dead(SECOND / 10, Long.MAX_VALUE)));
  }

  @Test
  void pathThatComesBackIsAskedAgain() {
    isTruth(run(one("1001-2000").with(new Trouble.Dead(SECOND / 10, 2 * SECOND))));
  }

  /// Nothing was heard yet when those windows closed, so nothing guarded them.
  @Test
  void silenceBeforeTheFirstAnswerIsNotCounted() {
    Simulation simulation = run(one("1001-3000").with(new Trouble.Dead(0, SECOND * 3 / 10)));
    List<Attempt> ledger = simulation.carried().getFirst().ledger();
    long first = ledger.stream().mapToLong(a -> a.answered).min().orElseThrow();
    Map<Integer, Integer> silences = new TreeMap<>();
    ledger.stream()
        .filter(a -> a.sent >= first && Outcome.SILENT.equals(a.outcome))
        .forEach(a -> silences.merge(a.port, 1, Integer::sum));
    assertThat(
            judgements(simulation).stream()
                .filter(j -> j.sighting() == Sighting.DROPPED)
                .flatMapToInt(j -> j.ports().stream()))
        .isNotEmpty()
        .allMatch(port -> silences.getOrDefault(port, 0) >= 3);
  }

  /// As neighbour discovery does: all that was sent in the first moments is lost together.
  @Test
  void silenceBeforeTheFirstAnswerIsNoLoss() {
    for (int tenths = 1; tenths < 40; tenths++) {
      Simulation simulation = run(one("1001-1200").with(new Trouble.Dead(0, tenths * SECOND / 10)));
      assertThat(simulation.observations().paths())
          .as("dead for %d tenths of a second", tenths)
          .allMatch(path -> path.lost() == 0);
      assertThat(judgements(simulation)).noneMatch(j -> j.observation() instanceof Unmeasured);
    }
  }

  @Test
  void addressThatOnlyNeighboursCanGuardWaitsForThem() {
    for (int tenths = 0; tenths < 200; tenths++) {
      List<Attempt> answered =
          run(
                  new ScenarioOf("22, 80")
                      .host("10.20.1.1", port -> port < 100 ? Truth.DROPPED : Truth.CLOSED)
                      .host("10.20.1.2", port -> port == 22 ? Truth.CLOSED : Truth.DROPPED)
                      .pace(Pace.POLITE)
                      .with(new Trouble.Dead(0, tenths * SECOND / 10)))
              .carried()
              .getFirst()
              .ledger()
              .stream()
              .filter(a -> a.answered < Long.MAX_VALUE)
              .toList();
      assertThat(
              answered.stream().noneMatch(a -> a.port >= 100)
                  || answered.stream().anyMatch(a -> a.port == 22))
          .as("dead for %d tenths of a second", tenths)
          .isTrue();
    }
  }

  @Test
  void canaryOfANeighbourIsWaitedForAsLongAsItsWayTakes() {
    Simulation simulation =
        run(
            new ScenarioOf("22, 1001-1050")
                .host("10.20.1.1", SECOND / 4, _ -> Truth.CLOSED)
                .host("10.20.1.2", port -> port == 22 ? Truth.OPEN : Truth.DROPPED));
    assertThat(sightings(simulation))
        .containsEntry(Sighting.DROPPED, 50)
        .doesNotContainKey(Sighting.UNMEASURED);
  }

  @Test
  void whatAcceptsEverythingOpensNothing() {
    Simulation simulation = run(one("1001-1100").with(new Trouble.Proxy(Optional.empty())));
    assertThat(judgements(simulation)).allMatch(j -> j.verdict() instanceof Verdict.Unverified);
  }

  @Test
  void listenerThatHangsIsOpenAndLeftAlone() {
    Simulation simulation =
        run(
            new ScenarioOf("1001-1020")
                .host("10.20.1.1", port -> port == 1001 ? Truth.HUNG : Truth.DROPPED)
                .host("10.20.1.2", TroubleTests::mixed)
                .with(new Trouble.HungListeners(1)));
    assertThat(
            judgements(simulation).stream()
                .filter(j -> j.ports().contains(1001))
                .map(Judgement::sighting))
        .isNotEmpty()
        .isSubsetOf(Sighting.OPEN, Sighting.OPEN_UNTRUSTED);
  }

  @Test
  void trackingTableKeepsItsRoom() {
    isTruth(run(one("1001-2000").trackedAtMost(300)));
  }

  @Test
  void whoeverSaysStopIsObeyed() {
    Simulation simulation =
        run(one("1001-2000").pace(Pace.POLITE).with(new Trouble.Cancelled(5 * SECOND)));
    assertThat(sightings(simulation)).containsKey(Sighting.UNMEASURED);
  }

  /// In a small run each attempt in turn fails, be it the first or a canary or a control.
  @Test
  void anySingleFaultCostsOnePortAtMost() {
    ScenarioOf small =
        new ScenarioOf("80, 443, 1000-1007")
            .host("10.20.1.1", TroubleTests::mixed)
            .host("10.20.1.2", TroubleTests::walled);
    long attempts = run(small).attempts();
    assertThat(attempts).isGreaterThan(40);
    for (boolean passing : new boolean[] {true, false}) {
      for (long k = 0; k < attempts; k++) {
        Trouble fault = new Trouble.OneFault(k, passing);
        Simulation simulation = Simulation.of(small.build().with(fault));
        assertThat(simulation.violations()).as("%s", fault).isEmpty();
        assertThat(sightings(simulation).getOrDefault(Sighting.UNMEASURED, 0))
            .as("%s", fault)
            .isLessThanOrEqualTo(passing ? 0 : 1);
      }
    }
  }
}
