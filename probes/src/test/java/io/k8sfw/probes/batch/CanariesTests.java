package io.k8sfw.probes.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.batch.Canaries.Canary;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Outcome.Heard;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanariesTests {
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("10.0.0.1");
  private static final Outcome REJECTED = rejectedBy(ADDRESS);
  private static final int SLOW = 5000;

  private final Canaries canaries = new Canaries(ADDRESS, true);

  private static Outcome rejectedBy(InetAddress from) {
    return new Heard(
        PortState.FILTERED, Reason.PORT_UNREACHABLE, Optional.of(new Icmp(3, 3, from)));
  }

  private void offer(int port, Outcome outcome) {
    offer(port, outcome, 0);
  }

  private void offer(int port, Outcome outcome, int before) {
    canaries.offer(MadeUpNeighbourhood.NOBODY, port, (Heard) outcome, before);
  }

  private Canary next(boolean last) {
    return requireNonNull(canaries.next(last));
  }

  /// Ports that are asked until none may be any more.
  private List<Integer> all(boolean last) {
    List<Integer> ports = new ArrayList<>();
    for (Canary next = canaries.next(last); next != null; next = canaries.next(last)) {
      ports.add(next.port());
    }
    return ports;
  }

  private static Map<Integer, Integer> times(List<Integer> ports) {
    Map<Integer, Integer> times = new HashMap<>();
    ports.forEach(port -> times.merge(port, 1, Integer::sum));
    return times;
  }

  @Test
  void portsThatResetComeFirst() {
    offer(80, Outcome.OPEN);
    offer(SLOW, REJECTED);
    offer(1000, Outcome.REFUSED);
    offer(1001, Outcome.REFUSED);
    for (int i = 0; i < 7; i++) {
      assertThat(next(false).port()).isEqualTo(1000);
      assertThat(next(false).port()).isEqualTo(1001);
    }
  }

  /// A ban may reset whatever it does not want: only an open port shows that.
  @Test
  void everySixteenthIsAnOpenPort() {
    offer(80, Outcome.OPEN);
    for (int port = 1000; port < 1010; port++) {
      offer(port, Outcome.REFUSED);
    }
    for (int i = 1; i <= 48; i++) {
      Canary next = next(false);
      assertThat(next.isOpen()).as("ask %d", i).isEqualTo(i % 16 == 0);
    }
    // One ask of an open port is kept for the end.
    for (int i = 49; i <= 96; i++) {
      assertThat(next(false).isOpen()).isFalse();
    }
    assertThat(next(true).isOpen()).isTrue();
  }

  @Test
  void portThatResetsIsAskedEighteenTimes() {
    offer(1000, Outcome.REFUSED);
    offer(1001, Outcome.REFUSED);
    List<Integer> asked = all(false);
    assertThat(asked).hasSize(2 * 18 - 3);
    asked.addAll(all(true));
    assertThat(times(asked)).isEqualTo(Map.of(1000, 18, 1001, 18));
  }

  @Test
  void openPortIsAskedFourTimesWhereOthersReset() {
    offer(80, Outcome.OPEN);
    offer(1000, Outcome.REFUSED);
    List<Integer> asked = new ArrayList<>();
    while (canaries.resetsLeft() > 0) {
      asked.add(next(true).port());
    }
    assertThat(times(asked)).isEqualTo(Map.of(80, 4, 1000, 18));
  }

  @Test
  void openPortIsAskedElevenTimesWhereNoneResets() {
    offer(80, Outcome.OPEN);
    offer(81, Outcome.OPEN);
    List<Integer> asked = all(false);
    asked.addAll(all(true));
    assertThat(times(asked)).isEqualTo(Map.of(80, 11, 81, 11));
  }

  /// A connect before it was known to answer was one all the same.
  @Test
  void whatWasSentToAnOpenPortBeforeCounts() {
    offer(80, Outcome.OPEN, 7);
    offer(81, Outcome.OPEN, 11);
    List<Integer> asked = all(false);
    asked.addAll(all(true));
    assertThat(asked).containsOnly(80).hasSize(4);
  }

  @Test
  void someAreKeptForTheLastBracket() {
    offer(1000, Outcome.REFUSED);
    assertThat(canaries.left()).isEqualTo(15);
    assertThat(all(false)).hasSize(15);
    assertThat(canaries.left()).isZero();
    assertThat(all(true)).hasSize(3);
  }

  @Test
  void openPortIsTheFirstOfTheLastBracket() {
    offer(1000, Outcome.REFUSED);
    offer(80, Outcome.OPEN);
    assertThat(next(true).port()).isEqualTo(80);
  }

  /// Linux sends one ICMP error a second.
  @Test
  void whatAnswersWithIcmpIsAskedOnlyInTheEndAndAfterAllOthers() {
    offer(SLOW, REJECTED);
    assertThat(canaries.isKnown()).isTrue();
    assertThat(canaries.left()).isZero();
    assertThat(canaries.next(false)).isNull();
    offer(1000, Outcome.REFUSED);
    List<Integer> asked = all(true);
    assertThat(asked.subList(0, 18)).containsOnly(1000);
    assertThat(asked.subList(18, asked.size())).containsOnly(SLOW).hasSize(4);
  }

  @Test
  void slowOneSaysSo() {
    offer(SLOW, REJECTED);
    Canary slow = next(true);
    assertThat(slow.isSlow()).isTrue();
    assertThat(slow.isOpen()).isFalse();
    offer(80, Outcome.OPEN);
    assertThat(next(true).isSlow()).isFalse();
  }

  @Test
  void portThatNoLongerResetsIsRetired() {
    offer(1000, Outcome.REFUSED);
    offer(1001, Outcome.REFUSED);
    Canary first = next(false);
    canaries.retire(first);
    assertThat(canaries.resetsLeft()).isEqualTo(18);
    assertThat(all(true)).containsOnly(1001).hasSize(18);
    // Nor is it taken anew: it does both, now and then.
    offer(1000, Outcome.REFUSED);
    assertThat(canaries.next(true)).isNull();
  }

  @Test
  void openPortIsAskedWhateverWasAskedWhenARefusalMayBeALie() {
    offer(1000, Outcome.REFUSED);
    assertThat(canaries.nextOpen()).isNull();
    offer(80, Outcome.OPEN);
    for (int i = 0; i < 4; i++) {
      canaries.next(true);
    }
    assertThat(requireNonNull(canaries.nextOpen()).port()).isEqualTo(80);
  }

  /// Each of its connects may be one too many for a listener that never accepts.
  @Test
  void openPortIsNeverAskedMoreThanElevenTimes() {
    offer(80, Outcome.OPEN);
    for (int i = 0; i < 11; i++) {
      assertThat(requireNonNull(canaries.nextOpen()).port()).isEqualTo(80);
    }
    assertThat(canaries.nextOpen()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {22, 179, 2379, 2380})
  void sparedPortIsNoCanary(int port) {
    offer(port, Outcome.OPEN);
    offer(port, Outcome.REFUSED);
    offer(port, REJECTED);
    assertThat(canaries.isKnown()).isFalse();
    assertThat(canaries.next(true)).isNull();
  }

  @Test
  void onlyWhatTheAddressItselfSaysProvesThatItAnswers() {
    assertThat(canaries.proves(Outcome.OPEN)).isTrue();
    assertThat(canaries.proves(Outcome.REFUSED)).isTrue();
    assertThat(canaries.proves(REJECTED)).isTrue();
    assertThat(canaries.proves(rejectedBy(InetAddress.ofLiteral("10.0.0.254")))).isFalse();
    assertThat(canaries.proves(Outcome.SILENT)).isFalse();
    assertThat(canaries.proves(new Outcome.Fault("no route", false))).isFalse();
    // Without ICMP there is nobody to name who said so.
    assertThat(
            canaries.proves(
                new Heard(PortState.FILTERED, Reason.PORT_UNREACHABLE, Optional.empty())))
        .isFalse();
  }

  /// Where an ICMP rejection looks like a reset, anybody may have sent it.
  @Test
  void refusalProvesNothingWhereItMayBeARejection() {
    Canaries blind = new Canaries(ADDRESS, false);
    assertThat(blind.proves(Outcome.REFUSED)).isFalse();
    assertThat(blind.proves(Outcome.OPEN)).isTrue();
    blind.offer(MadeUpNeighbourhood.NOBODY, 1000, (Heard) Outcome.REFUSED, 0);
    assertThat(blind.isKnown()).isFalse();
  }

  @Test
  void canaryHoldsWhenItAnswersAsBefore() {
    offer(80, Outcome.OPEN);
    Canary open = next(true);
    assertThat(canaries.holds(open, Outcome.OPEN)).isTrue();
    assertThat(canaries.holds(open, Outcome.REFUSED)).isFalse();
    assertThat(canaries.holds(open, Outcome.SILENT)).isFalse();
  }

  @Test
  void portIsOneCanaryHoweverOftenItIsOffered() {
    for (int i = 0; i < 5; i++) {
      offer(1000, Outcome.REFUSED);
    }
    assertThat(canaries.resetsLeft()).isEqualTo(18);
    assertThat(all(true)).hasSize(18);
    offer(1000, Outcome.REFUSED);
    assertThat(canaries.next(true)).isNull();
  }

  @Test
  void asManyAreKeptAsAreUseful() {
    for (int port = 10_000; port < 20_000; port++) {
      offer(port, Outcome.REFUSED);
    }
    assertThat(times(all(true))).hasSize(64);
  }
}
