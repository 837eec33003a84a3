package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.DepartureSample.Ruling;
import io.k8sfw.vantage.Vantage.Departures.Fate;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class DepartureSampleTests {
  private static final InetAddress THERE = InetAddress.ofLiteral("10.0.0.2");

  private static PortRun run(int first, int last, PortState state, Reason reason) {
    return new PortRun(
        new PortRange(first, last), new Measured(state, reason, Optional.empty(), 3, 3, false), -1);
  }

  private static PortRun silent(int first, int last) {
    return run(first, last, PortState.FILTERED, Reason.NO_RESPONSE);
  }

  private static PortRun refused(int first, int last) {
    return run(first, last, PortState.CLOSED, Reason.RESET);
  }

  private static PortRun open(int port) {
    return run(port, port, PortState.OPEN, Reason.SYN_ACK);
  }

  private static DepartureSample sample(List<Control> controls, PortRun... runs) {
    return new DepartureSample(
        new TargetReading("here", THERE, Protocol.TCP, Arrays.asList(runs)),
        controls,
        PortSet.NONE);
  }

  private static Control held(Kind kind, int port) {
    return new Control("here", THERE, kind, Phase.BEFORE, port, true, "");
  }

  private static Ruling judge(DepartureSample sample, IntFunction<Fate> fate) {
    Map<Integer, Fate> fates = new HashMap<>();
    sample.ports().forEach(port -> fates.put(port, fate.apply(port)));
    return sample.judge(fates);
  }

  private static boolean isMeasured(Ruling ruling, int port) {
    return !(Orders.at(ruling.reading(), port) instanceof Unmeasured);
  }

  @Test
  void firstAndLastPortOfEveryRunAreAskedAndAFewBetween() {
    assertThat(sample(List.of(), silent(1, 4), refused(100, 199), open(443)).ports())
        .containsExactlyInAnyOrder(1, 2, 3, 4, 100, 133, 166, 199, 443);
    assertThat(sample(List.of(), silent(30000, 32767)).ports())
        .hasSize(8)
        .contains(30000, 32767)
        .doesNotHaveDuplicates();
    assertThat(sample(List.of(), silent(1, 65535)).ports()).hasSize(8).contains(1, 65535);
  }

  @Test
  void everyRunIsAskedBeforeAnyIsAskedTwice() {
    List<PortRun> runs = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      runs.add(silent(1000 + 100 * i, 1049 + 100 * i));
    }
    List<Integer> ports = sample(List.of(), runs.toArray(PortRun[]::new)).ports();
    assertThat(ports).hasSize(64);
    assertThat(runs).allMatch(run -> ports.contains(run.ports().first()));
  }

  @Test
  void portsThatCouldComeToHarmAreNotAsked() {
    assertThat(sample(List.of(held(Kind.POSITIVE, 22)), open(22), open(179), open(2379)).ports())
        .isEmpty();
    TargetReading reading =
        new TargetReading("here", THERE, Protocol.TCP, List.of(silent(178, 180)));
    assertThat(new DepartureSample(reading, List.of(), PortSet.of(179)).ports())
        .containsExactlyInAnyOrder(178, 180);
  }

  @Test
  void runsWhosePacketsAllLeftStandAsTheyWere() {
    DepartureSample sample = sample(List.of(), silent(1, 9), refused(20, 30), open(443));
    Ruling ruling = judge(sample, _ -> Fate.LEFT);
    assertThat(ruling.reading()).isEqualTo(sample.reading());
    assertThat(ruling.control()).hasValueSatisfying(c -> assertThat(c.holds()).isTrue());
    assertThat(ruling.answersItself()).isEmpty();
  }

  @Test
  void runWithAPortThatWasHeldBackIsUnmeasuredAndTheOthersStand() {
    Ruling ruling =
        judge(
            sample(List.of(), silent(1, 9), silent(20, 20), refused(30, 39)),
            port -> port == 9 ? Fate.HELD_BACK : Fate.LEFT);
    assertThat(isMeasured(ruling, 1)).isFalse();
    assertThat(isMeasured(ruling, 20)).isTrue();
    assertThat(isMeasured(ruling, 30)).isTrue();
    assertThat(ruling.control())
        .hasValueSatisfying(c -> {
          assertThat(c.holds()).isFalse();
          assertThat(c.port()).isEqualTo(9);
        });
  }

  @Test
  void runThatNobodyTriedStandsOnlyWhereNothingWasHeldBack() {
    List<PortRun> runs = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      runs.add(silent(1000 + 2 * i, 1000 + 2 * i));
    }
    DepartureSample sample = sample(List.of(), runs.toArray(PortRun[]::new));
    assertThat(sample.ports()).doesNotContain(1198);
    assertThat(isMeasured(judge(sample, _ -> Fate.LEFT), 1198)).isTrue();
    Ruling one = judge(sample, port -> port == 1000 ? Fate.HELD_BACK : Fate.LEFT);
    assertThat(isMeasured(one, 1002)).isTrue();
    assertThat(isMeasured(one, 1198)).isFalse();
  }

  @Test
  void controlThatThisMachineMetItselfLeavesNoSilenceStanding() {
    for (Kind kind : List.of(Kind.POSITIVE, Kind.NEGATIVE)) {
      Ruling ruling =
          judge(
              sample(List.of(held(kind, 50000)), silent(1, 1), refused(5, 5)),
              port -> port == 50000 ? Fate.REFUSED_HERE : Fate.LEFT);
      assertThat(isMeasured(ruling, 1)).isFalse();
      assertThat(isMeasured(ruling, 5)).isTrue();
      assertThat(ruling.answersItself()).isPresent();
    }
  }

  @Test
  void whatDoesNotShowItselfIsNotJudged() {
    DepartureSample encrypted = sample(List.of(), silent(1, 1), open(443));
    Ruling hidden = judge(encrypted, port -> port == 443 ? Fate.HIDDEN : Fate.HELD_BACK);
    assertThat(hidden.reading()).isEqualTo(encrypted.reading());
    assertThat(hidden.control()).isEmpty();
    DepartureSample arriving = sample(List.of(held(Kind.ARRIVAL, 50000)), silent(1, 1));
    assertThat(judge(arriving, _ -> Fate.HELD_BACK).control()).isEmpty();
  }

  /// A local proxy that takes 443 and drops the rest must not pass for IPsec.
  @Test
  void redirectedPortDoesNotExcuseThoseHeldBack() {
    Ruling ruling =
        judge(
            sample(List.of(), silent(1, 1), open(443)),
            port -> port == 443 ? Fate.DIVERTED : Fate.HELD_BACK);
    assertThat(isMeasured(ruling, 1)).isFalse();
    assertThat(isMeasured(ruling, 443)).isFalse();
  }

  @Test
  void portsThatCouldNotBeAskedSayNothing() {
    DepartureSample sample = sample(List.of(), silent(1, 1));
    Ruling ruling = sample.judge(Map.of());
    assertThat(ruling.reading()).isEqualTo(sample.reading());
    assertThat(ruling.control()).isEmpty();
  }
}
