package io.k8sfw.probes.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.batch.Lane.Ask;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LaneTests {
  private static final int[] NONE = {};
  private static final long SECOND = 1_000_000_000;

  private static Target target(Protocol protocol, String ports, String guarded) {
    PortSet kept = guarded.isEmpty() ? PortSet.NONE : PortSet.parse(guarded);
    InetAddress address = InetAddress.ofLiteral("10.0.0.1");
    return new Target(
        Optional.empty(), address, protocol, PortSet.parse(ports), PortSet.NONE, kept);
  }

  private static Lane lane(String ports) {
    return new Lane(target(Protocol.TCP, ports, ""), NONE, NONE, 1);
  }

  /// What canaries told of a path on which so many were lost.
  private static PathLoss path(int asked, int lost) {
    MadeUpNeighbourhood neighbourhood = new MadeUpNeighbourhood();
    MadeUpNeighbourhood.Address address = neighbourhood.address();
    neighbourhood.counted(address, asked, lost);
    return address.guard().path();
  }

  private static List<Ask> asks(Lane lane, long now) {
    List<Ask> asks = new ArrayList<>();
    for (Ask ask = lane.next(now, false, true); ask != null; ask = lane.next(now, false, true)) {
      asks.add(ask);
    }
    return asks;
  }

  private static Ask only(Lane lane, long now) {
    assertThat(lane.hasNow(now)).isTrue();
    return requireNonNull(lane.next(now, false, true));
  }

  /// Ports that are asked now, in their order.
  private static List<Integer> ports(Lane lane, long now) {
    return asks(lane, now).stream().map(ask -> lane.port(ask.place())).toList();
  }

  private static List<Integer> all(int first, int last) {
    return IntStream.rangeClosed(first, last).boxed().toList();
  }

  private static int[] places(Lane lane, long now) {
    return asks(lane, now).stream().mapToInt(Ask::place).toArray();
  }

  private static Measured measured(Lane lane, int port) {
    return (Measured) requireNonNull(lane.at(port));
  }

  private static String cause(Lane lane, int port) {
    return ((Unmeasured) requireNonNull(lane.at(port))).cause().raw();
  }

  @Test
  void firstPassAsksEveryPortOnce() {
    Lane lane = lane("1-3000, 6443, 10250-10260");
    List<Integer> ports = ports(lane, 0);
    assertThat(ports).hasSize(3012).doesNotHaveDuplicates();
    assertThat(ports).containsAll(all(1, 3000)).contains(6443).containsAll(all(10250, 10260));
    assertThat(lane.isIdle()).isTrue();
  }

  /// Among them are the services, whose answers are wanted as canaries.
  @Test
  void narrowRangesComeFirst() {
    Lane lane = lane("80, 443, 5000-5015, 6000-6016, 7000-9999");
    List<Integer> ports = ports(lane, 0);
    assertThat(ports.subList(0, 18)).contains(80, 443).containsAll(all(5000, 5015));
    // A host that bans whoever asks its ports in their order would see just that.
    assertThat(ports.subList(0, 18)).isNotEqualTo(ports.subList(0, 18).stream().sorted().toList());
  }

  @Test
  void portsAreShuffledByTheSeed() {
    List<Integer> ports = ports(lane("1-200, 6443, 6445, 6447, 6449"), 0);
    assertThat(ports.subList(4, 204)).isNotEqualTo(all(1, 200));
    assertThat(ports(lane("1-200, 6443, 6445, 6447, 6449"), 0)).isEqualTo(ports);
    Target target = target(Protocol.TCP, "1-200, 6443, 6445, 6447, 6449", "");
    assertThat(ports(new Lane(target, NONE, NONE, 2), 0)).isNotEqualTo(ports);
  }

  @Test
  void controlsGoBeforeAndAfterAllOthersThoughThoseAreOrderedToo() {
    int[] first = {60_001, 1007};
    int[] last = {1003, 60_000};
    Lane lane = new Lane(target(Protocol.TCP, "80, 1000-1003, 1005-1100", ""), first, last, 1);
    List<Integer> ports = ports(lane, 0);
    assertThat(ports).doesNotHaveDuplicates().hasSize(1 + 4 + 96 + 2);
    assertThat(ports).startsWith(60_001, 1007).endsWith(1003, 60_000);
  }

  @Test
  void guardedPortIsNeverAsked() {
    Lane lane = new Lane(target(Protocol.TCP, "170-190", "179"), NONE, NONE, 1);
    assertThat(ports(lane, 0)).hasSize(20).doesNotContain(179);
    assertThat(cause(lane, 179)).startsWith("port 179 is not connected to");
    assertThat(lane.advance()).isEqualTo(1);
  }

  @Test
  void portThatIsSettledMeanwhileIsNotAsked() {
    Lane lane = lane("1-100");
    lane.fault(41, "no route");
    assertThat(ports(lane, 0)).hasSize(99).doesNotContain(42);
    assertThat(cause(lane, 42)).isEqualTo("no route");
  }

  /// Behind a limiter that lets the first of a burst pass, the last would always be the same.
  @Test
  void repetitionIsInAnotherOrderEachTime() {
    Lane lane = lane("1-100");
    List<Integer> before = ports(lane, 0);
    for (int round = 0; round < 3; round++) {
      lane.repeat(IntStream.range(0, 100).toArray(), false, 0);
      List<Integer> again = ports(lane, 0);
      assertThat(again).isNotEqualTo(before).containsExactlyInAnyOrderElementsOf(before);
      before = again;
    }
  }

  @Test
  void repetitionWaitsUntilItIsDue() {
    Lane lane = lane("1-10");
    assertThat(lane.nanosUntilNext(0)).isZero();
    places(lane, 0);
    assertThat(lane.nanosUntilNext(0)).isEqualTo(Long.MAX_VALUE);
    lane.repeat(new int[] {3}, false, 2 * SECOND);
    lane.repeat(new int[] {5}, false, SECOND);
    assertThat(lane.isIdle()).isFalse();
    assertThat(lane.nanosUntilNext(SECOND / 4)).isEqualTo(SECOND * 3 / 4);
    assertThat(lane.next(SECOND - 1, false, true)).isNull();
    assertThat(places(lane, SECOND)).containsExactly(5);
    assertThat(places(lane, 3 * SECOND)).containsExactly(3);
    assertThat(lane.isIdle()).isTrue();
  }

  @Test
  void attemptThatFailedOnOurSideIsTriedAgainAndCounted() {
    Lane lane = lane("80");
    Ask first = only(lane, 0);
    lane.retry(first, 5);
    Ask second = only(lane, 5);
    assertThat(second.place()).isEqualTo(first.place());
    assertThat(second.tries()).isEqualTo(1);
    lane.retry(second, 6);
    assertThat(only(lane, 6).tries()).isEqualTo(2);
  }

  @Test
  void portThatWasAskedTooOftenIsGivenUp() {
    Lane lane = lane("80-81");
    places(lane, 0);
    lane.asked(0, 24);
    lane.asked(1, 25);
    lane.repeat(new int[] {0, 1}, false, 0);
    assertThat(ports(lane, 0)).containsExactly(80);
    assertThat(cause(lane, 81)).startsWith("asked 25 times, too seldom");
  }

  @Test
  void whereManyPacketsMakeASilenceAThirdMoreMayBeVoid() {
    Lane lane = lane("80-81");
    places(lane, 0);
    lane.needs(24);
    lane.asked(0, 32);
    lane.asked(1, 33);
    lane.repeat(new int[] {0, 1}, false, 0);
    assertThat(ports(lane, 0)).containsExactly(80);
    // No silence is to be believed: then it is not asked for either.
    lane.needs(0);
    lane.repeat(new int[] {0}, false, 0);
    assertThat(ports(lane, 0)).isEmpty();
  }

  @Test
  void recountAndUdpHaveBoundsOfTheirOwn() {
    Lane tcp = lane("80");
    places(tcp, 0);
    tcp.asked(0, 25);
    tcp.repeat(new int[] {0}, true, 0);
    assertThat(ports(tcp, 0)).containsExactly(80);
    Lane udp = new Lane(target(Protocol.UDP, "53", ""), NONE, NONE, 1);
    places(udp, 0);
    udp.asked(0, 25);
    udp.repeat(new int[] {0}, false, 0);
    assertThat(ports(udp, 0)).containsExactly(53);
  }

  @Test
  void morePacketsThanFitAreStillTooMany() {
    Lane lane = lane("80");
    for (int i = 0; i < 100; i++) {
      lane.asked(0, 2);
    }
    assertThat(lane.asked(0)).isEqualTo(127);
  }

  /// The one silence was a packet that was lost, or a port that changes its mind.
  @Test
  void openPortThatWasSilentIsConnectedToFourTimesMore() {
    Lane lane = lane("80");
    Ask ask = only(lane, 0);
    lane.silent(0, 1);
    open(lane, ask, path(200, 0));
    for (int i = 0; i < 4; i++) {
      assertThat(lane.nanosUntilNext(0)).isEqualTo(SECOND);
      ask = only(lane, SECOND);
      assertThat(ask.recount()).isTrue();
      open(lane, ask, path(200, 0));
    }
    assertThat(lane.isIdle()).isTrue();
    isOpen(lane, 6, 5, false);
  }

  @Test
  void openPortThatWasSilentSeveralTimesIsConnectedToTwelveTimesMore() {
    Lane lane = lane("80");
    Ask ask = only(lane, 0);
    lane.silent(0, 1);
    lane.silent(0, 1);
    int connects = recount(lane, ask, path(200, 0), _ -> true);
    assertThat(connects).isEqualTo(12);
    isOpen(lane, 15, 13, false);
  }

  @Test
  void recountThatFailsOnceIsMadeLonger() {
    Lane lane = lane("80");
    Ask ask = only(lane, 0);
    lane.silent(0, 1);
    int connects = recount(lane, ask, path(200, 0), number -> number != 1);
    assertThat(connects).isEqualTo(12);
    // Two of fourteen: such a path may lose as many.
    isOpen(lane, 14, 12, false);
  }

  @Test
  void openPortWhoseSilencesNoLossExplainsIsUnstable() {
    Lane lane = lane("80");
    Ask ask = only(lane, 0);
    lane.silent(0, 1);
    recount(lane, ask, path(200, 0), number -> number % 2 == 0);
    isOpen(lane, 14, 7, true);
  }

  @Test
  void pathThatLosesMuchIsNotAskedWhetherAPortIsSteady() {
    Lane lane = lane("80");
    Ask ask = only(lane, 0);
    lane.silent(0, 1);
    open(lane, ask, path(200, 20));
    assertThat(lane.isIdle()).isTrue();
    isOpen(lane, 2, 1, false);
  }

  @Test
  void recountEndsWithTheConnectsThatAPortIsWorth() {
    Lane lane = lane("80");
    Ask ask = only(lane, 0);
    lane.asked(0, 20);
    lane.silent(0, 1);
    lane.silent(0, 1);
    assertThat(recount(lane, ask, path(200, 0), _ -> true)).isEqualTo(4);
    Lane busy = lane("80");
    ask = only(busy, 0);
    busy.asked(0, 13);
    busy.silent(0, 1);
    // Twelve were too many, four are not.
    assertThat(recount(busy, ask, path(200, 0), number -> number != 1)).isEqualTo(4);
    Lane spent = lane("80");
    ask = only(spent, 0);
    spent.asked(0, 24);
    spent.silent(0, 1);
    assertThat(recount(spent, ask, path(200, 0), _ -> true)).isZero();
    assertThat(measured(spent, 80).state()).isEqualTo(PortState.OPEN);
  }

  private static void open(Lane lane, Ask ask, PathLoss path) {
    lane.open(ask, (Heard) Outcome.OPEN, 1000, path, SECOND);
  }

  private interface Connects {
    boolean opens(int number);
  }

  /// The port opens, and so do some of the connects of its recount, from number 0 on.
  ///
  /// @return how many there were
  private static int recount(Lane lane, Ask first, PathLoss path, Connects connects) {
    open(lane, first, path);
    int number = 0;
    for (Ask ask = lane.next(SECOND, false, true);
        ask != null;
        ask = lane.next(SECOND, false, true)) {
      if (connects.opens(number++)) {
        open(lane, ask, path);
      } else {
        lane.notOpen(ask.place(), path, SECOND);
      }
    }
    return number;
  }

  private static void isOpen(Lane lane, int sent, int answered, boolean unstable) {
    assertThat(lane.at(80))
        .isEqualTo(
            new Measured(
                PortState.OPEN, Reason.SYN_ACK, Optional.empty(), sent, answered, unstable));
  }

  @Test
  void refusalIsForgottenAndAnOpenPortIsNot() {
    Lane lane = lane("80-82");
    List<Ask> asks = asks(lane, 0);
    for (Ask ask : asks) {
      if (lane.port(ask.place()) == 80) {
        open(lane, ask, path(200, 0));
      } else {
        lane.refused(ask.place(), (Heard) Outcome.REFUSED, 1000);
      }
    }
    assertThat(lane.hasSilent()).isFalse();
    assertThat(lane.unsettle(new int[] {0, 2})).containsExactly(2);
    assertThat(measured(lane, 80).state()).isEqualTo(PortState.OPEN);
    assertThat(measured(lane, 81).state()).isEqualTo(PortState.CLOSED);
    assertThat(lane.at(82)).isNull();
    assertThat(lane.hasSilent()).isTrue();
    assertThat(lane.advance()).isEqualTo(2);
    assertThat(lane.unsettle(new int[] {2})).isEmpty();
  }

  @Test
  void refusalThatIsForgottenLeavesItsSilences() {
    Lane lane = lane("1-100");
    lane.silent(0, 1);
    lane.silent(0, 1);
    long before = lane.work();
    lane.refused(0, (Heard) Outcome.REFUSED, 1000);
    lane.unsettle(new int[] {0});
    assertThat(lane.work()).isEqualTo(before);
    assertThat(lane.silences(0)).isEqualTo(2);
  }

  @Test
  void refusalAfterSilenceTellsHowManyWereSent() {
    Lane lane = lane("80");
    places(lane, 0);
    lane.silent(0, 1);
    lane.silent(0, 2);
    lane.refused(0, (Heard) Outcome.REFUSED, 1000);
    assertThat(measured(lane, 80).sent()).isEqualTo(3);
    assertThat(measured(lane, 80).answered()).isEqualTo(1);
  }

  @Test
  void silenceIsAFactAfterThreeAttemptsAndAllPackets() {
    Lane lane = lane("80");
    lane.silent(0, 2);
    lane.silent(0, 2);
    assertThat(lane.isBelow(0, 4)).isTrue();
    lane.silent(0, 1);
    assertThat(lane.isBelow(0, 4)).isFalse();
    assertThat(lane.isBelow(0, 5)).isFalse();
    assertThat(lane.isBelow(0, 6)).isTrue();
  }

  @Test
  void portsThatAreNotSilentEnoughAreAskedAgain() {
    Lane lane = lane("1-5");
    places(lane, 0);
    lane.refused(0, (Heard) Outcome.REFUSED, 1000);
    for (int place = 1; place < 5; place++) {
      for (int i = 0; i < place; i++) {
        lane.silent(place, 1);
      }
    }
    assertThat(lane.repeatBelow(4, _ -> true, SECOND)).isTrue();
    assertThat(places(lane, SECOND)).containsExactlyInAnyOrder(1, 2, 3);
    // Fewer than three silences are none.
    assertThat(lane.repeatBelow(0, _ -> true, SECOND)).isTrue();
    assertThat(places(lane, SECOND)).containsExactlyInAnyOrder(1, 2);
    assertThat(lane.repeatBelow(4, place -> place > 2, SECOND)).isTrue();
    assertThat(places(lane, SECOND)).containsExactly(3);
    assertThat(lane.repeatBelow(4, place -> place > 3, SECOND)).isFalse();
  }

  @Test
  void whereSomeStoodForAllTheSameIsToldOfAll() {
    Lane lane = lane("1-3");
    lane.refused(0, (Heard) Outcome.REFUSED, 1000);
    for (int i = 0; i < 5; i++) {
      lane.silent(1, 1);
    }
    lane.silent(2, 1);
    lane.silent(2, 1);
    lane.settleSilences(true);
    assertThat(measured(lane, 1).state()).isEqualTo(PortState.CLOSED);
    assertThat(measured(lane, 2).sent()).isEqualTo(2);
    assertThat(measured(lane, 3).sent()).isEqualTo(2);
  }

  @Test
  void narrowRangesAndSomePortsAtRandomStandForAll() {
    Lane lane = lane("1-10, 1001-4000");
    List<Integer> sampled =
        IntStream.range(0, 3010).filter(lane::isSampled).mapToObj(lane::port).toList();
    assertThat(sampled).containsAll(all(1, 10)).hasSizeBetween(256, 266);
    assertThat(sampled.getLast()).isGreaterThan(3500);
  }

  @Test
  void silencesInTheDarkAreNoLoss() {
    Lane lane = lane("80");
    lane.silent(0, 1);
    lane.silentInTheDark(0);
    lane.silent(0, 1);
    lane.silentInTheDark(0);
    lane.silent(0, 1);
    assertThat(lane.silences(0)).isEqualTo(3);
    assertThat(lane.silencesInTheLight(0)).isEqualTo(1);
    lane.forgetSilences();
    assertThat(lane.silencesInTheLight(0)).isZero();
  }

  @Test
  void forgottenSilencesAreToBeGatheredAnew() {
    Lane lane = lane("80-81");
    places(lane, 0);
    lane.silent(0, 2);
    lane.silent(1, 2);
    lane.refused(1, (Heard) Outcome.REFUSED, 1000);
    assertThat(lane.work()).isEqualTo(2);
    lane.forgetSilences();
    assertThat(lane.work()).isEqualTo(3);
    assertThat(lane.silences(0)).isZero();
    assertThat(lane.packets(0)).isZero();
    assertThat(lane.silences(1)).isEqualTo(1);
    assertThat(lane.advance()).isEqualTo(1);
  }

  @Test
  void silenceIsFilteredOnTcpAndTellsLessOnUdp() {
    Lane tcp = lane("80");
    for (int i = 0; i < 3; i++) {
      tcp.silent(0, 1);
    }
    tcp.settleSilences(false);
    assertThat(tcp.at(80))
        .isEqualTo(
            new Measured(PortState.FILTERED, Reason.NO_RESPONSE, Optional.empty(), 3, 3, false));
    Lane udp = new Lane(target(Protocol.UDP, "53", ""), NONE, NONE, 1);
    udp.silent(0, 1);
    udp.settleSilences(false);
    assertThat(measured(udp, 53).state()).isEqualTo(PortState.OPEN_FILTERED);
  }

  /// Any order of silences, as many as a path without loss takes, and of answers between them.
  @Test
  void advanceNeverFallsAndEndsWithAllPorts() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Lane lane = new Lane(target(Protocol.TCP, "1-100", ""), new int[] {200}, NONE, seed);
      places(lane, 0);
      long before = lane.advance();
      assertThat(before).isZero();
      for (int i = 0; i < 1000; i++) {
        int place = random.nextInt(101);
        if (lane.at(lane.port(place)) == null) {
          if (random.nextInt(10) == 0) {
            lane.refused(place, (Heard) Outcome.REFUSED, 1000);
          } else if (lane.silences(place) < 4) {
            lane.silent(place, 1);
          }
        }
        assertThat(lane.advance()).isBetween(before, 100L);
        before = lane.advance();
      }
      assertThat(lane.hasSilent()).isTrue();
      lane.settleSilences(false);
      assertThat(lane.advance()).isEqualTo(100);
    }
  }

  @Test
  void silencesAloneNeverLookLikeTheEnd() {
    Lane lane = lane("1-100");
    for (int place = 0; place < 100; place++) {
      for (int i = 0; i < 24; i++) {
        lane.silent(place, 1);
      }
    }
    assertThat(lane.advance()).isEqualTo(95);
    assertThat(lane.work()).isEqualTo(1);
  }

  @Test
  void workIsWhatIsLeftOfThreeAttemptsOnEachPort() {
    Lane lane = lane("1-100");
    assertThat(lane.work()).isEqualTo(300);
    lane.silent(0, 1);
    lane.silent(1, 1);
    assertThat(lane.work()).isEqualTo(298);
    lane.refused(0, (Heard) Outcome.REFUSED, 1000);
    assertThat(lane.work()).isEqualTo(296);
  }

  @Test
  void whoGivesUpKeepsWhatHeKnowsAndAsksNothingMore() {
    Lane lane = lane("1-100");
    List<Ask> asks = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      asks.add(only(lane, 0));
    }
    Ask open = asks.getFirst();
    lane.silent(open.place(), 1);
    open(lane, open, path(200, 0));
    lane.refused(asks.get(1).place(), (Heard) Outcome.REFUSED, 1000);
    lane.repeat(new int[] {asks.get(2).place()}, false, 0);

    lane.giveUp("nobody there");

    assertThat(lane.isIdle()).isTrue();
    assertThat(lane.next(10 * SECOND, false, true)).isNull();
    assertThat(lane.nanosUntilNext(0)).isEqualTo(Long.MAX_VALUE);
    assertThat(lane.advance()).isEqualTo(100);
    assertThat(measured(lane, lane.port(open.place())).state()).isEqualTo(PortState.OPEN);
    assertThat(measured(lane, lane.port(asks.get(1).place())).state()).isEqualTo(PortState.CLOSED);
    assertThat(cause(lane, lane.port(asks.get(2).place()))).isEqualTo("nobody there");
  }

  @Test
  void repetitionTakesOverTheSourcePortOfASilence() {
    Lane lane = lane("80-81");
    places(lane, 0);
    Trail trail = new Trail(40_000, SECOND);
    lane.leave(0, trail);
    lane.repeat(new int[] {0, 1}, false, SECOND);
    List<Ask> asks = List.of(followed(lane, 2 * SECOND), followed(lane, 2 * SECOND));
    assertThat(asks)
        .anySatisfy(ask -> assertThat(ask).isEqualTo(new Ask(0, 0, false, trail)))
        .anySatisfy(ask -> assertThat(ask).isEqualTo(new Ask(1, 0, false, null)));
    // It is the end of that one that tells what became of the entry.
    lane.repeat(new int[] {0}, false, SECOND);
    assertThat(followed(lane, 2 * SECOND).trail()).isNull();
  }

  private static Ask followed(Lane lane, long now) {
    return requireNonNull(lane.next(now, true, true));
  }

  @Test
  void sourcePortIsNotTakenOverWhereItIsNotToBeOrNoEntryIsLeft() {
    Lane lane = lane("80");
    places(lane, 0);
    lane.leave(0, new Trail(40_000, SECOND));
    lane.repeat(new int[] {0}, false, 0);
    assertThat(only(lane, SECOND).trail()).isNull();
    lane.leave(0, new Trail(40_000, SECOND));
    lane.repeat(new int[] {0}, false, 0);
    assertThat(followed(lane, 150 * SECOND).trail()).isNull();
    lane.leave(0, new Trail(40_000, SECOND));
    lane.repeat(new int[] {0}, true, 0);
    assertThat(followed(lane, 2 * SECOND).trail()).isNull();
  }

  @Test
  void whereTablesAreFullOnlyWhatSharesAnEntryIsAsked() {
    Lane lane = lane("80-82");
    assertThat(lane.next(0, true, false)).isNull();
    places(lane, 0);
    lane.leave(1, new Trail(40_000, 0));
    lane.repeat(new int[] {1}, false, 0);
    lane.repeat(new int[] {2}, false, 1);
    Ask shares = requireNonNull(lane.next(SECOND, true, false));
    assertThat(shares.place()).isEqualTo(1);
    assertThat(lane.next(SECOND, true, false)).isNull();
    // It waits until there is room.
    assertThat(places(lane, SECOND)).containsExactly(2);
  }

  @Test
  void runsTellOfTheTargetAlone() {
    int[] first = {60_000};
    Lane lane = new Lane(target(Protocol.TCP, "80-83", ""), first, new int[] {84}, 1);
    places(lane, 0);
    lane.refused(1, (Heard) Outcome.REFUSED, 700);
    lane.fault(4, "no route");
    List<PortRun> runs = lane.runs("interrupted");
    assertThat(runs).extracting(run -> run.ports().toString()).containsExactly("80", "81", "82-83");
    assertThat(runs.get(1).rttMicros()).isEqualTo(700);
    assertThat(((Unmeasured) runs.get(2).observation()).cause().raw()).isEqualTo("interrupted");
    assertThat(lane.at(84)).isInstanceOf(Unmeasured.class);
  }
}
