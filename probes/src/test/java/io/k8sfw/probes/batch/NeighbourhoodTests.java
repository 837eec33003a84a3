package io.k8sfw.probes.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.probes.batch.MadeUpNeighbourhood.Address;
import io.k8sfw.probes.batch.Neighbourhood.Lent;
import io.k8sfw.probes.wire.Outcome;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NeighbourhoodTests {
  private final MadeUpNeighbourhood made = new MadeUpNeighbourhood();
  private final Neighbourhood neighbours = made.neighbours();
  private final Address poor = made.address();

  private static String name(String address) {
    return Neighbourhood.name(InetAddress.ofLiteral(address));
  }

  @Test
  void neighboursShareASlash24OrASlash64() {
    assertThat(name("10.0.1.2")).isEqualTo(name("10.0.1.254")).isNotEqualTo(name("10.0.2.2"));
    assertThat(name("2001:db8:0:1::1"))
        .isEqualTo(name("2001:db8:0:1:ffff::9"))
        .isNotEqualTo(name("2001:db8:0:2::1"));
  }

  @Test
  void onlyWhatAnAddressCanSpareIsLent() {
    made.address().resets(1000, 1001);
    // 36 asks, of which 3 are for its last bracket and 24 for itself.
    assertThat(neighbours.lendable(poor.guard())).isEqualTo(9);
    int lent = 0;
    while (neighbours.lend(poor.guard()) != null) {
      lent++;
    }
    assertThat(lent).isEqualTo(9);
    assertThat(neighbours.lendable(poor.guard())).isZero();
  }

  @Test
  void nobodyBorrowsFromHimself() {
    Address rich = made.address().resets(1000, 1001, 1002);
    assertThat(neighbours.lendable(rich.guard())).isZero();
    assertThat(neighbours.lend(rich.guard())).isNull();
  }

  @Test
  void addressesLendInTurn() {
    Map<Guard, Integer> lent = new HashMap<>();
    Address first = made.address().resets(1000, 1001, 1002, 1003);
    Address second = made.address().resets(1000, 1001, 1002, 1003);
    for (int i = 0; i < 20; i++) {
      Lent one = requireNonNull(neighbours.lend(poor.guard()));
      lent.merge(one.owner(), 1, Integer::sum);
    }
    assertThat(lent).containsOnlyKeys(first.guard(), second.guard());
    assertThat(lent.get(first.guard())).isBetween(6, 14);
  }

  @Test
  void addressThatIsLostLendsNothingAndTellsNothing() {
    Address dies = made.address().resets(1000, 1001, 1002);
    Address lives = made.address();
    made.counted(dies, 100, 50);
    made.counted(lives, 30, 1);
    assertThat(neighbours.loss().asked()).isEqualTo(130);
    assertThat(neighbours.loss().lost()).isEqualTo(51);
    dies.dies();
    assertThat(neighbours.lendable(poor.guard())).isZero();
    assertThat(neighbours.lend(poor.guard())).isNull();
    assertThat(neighbours.loss().asked()).isEqualTo(30);
    assertThat(neighbours.loss().lost()).isEqualTo(1);
    double before = dies.guard().rate().perSecond();
    neighbours.limit(poor.guard().rate(), before / 2, 0);
    assertThat(dies.guard().rate().perSecond()).isEqualTo(before);
    assertThat(lives.guard().rate().perSecond()).isEqualTo(before / 2);
    assertThat(poor.guard().rate().perSecond()).isEqualTo(before);
  }

  @Test
  void whoeverWaitsForOthersIsWaitedForByNobody() {
    Address other = made.address();
    assertThat(poor.guard().waitsForNeighbours()).isTrue();
    // Or both would wait for ever.
    assertThat(other.guard().waitsForNeighbours()).isFalse();
    Address late = made.address();
    assertThat(poor.guard().waitsForNeighbours()).isTrue();
    late.guard().end();
    assertThat(poor.guard().waitsForNeighbours()).isFalse();
  }

  @Test
  void lentCanaryGuardsTheBorrowerAndProvesNothingOfIt() {
    Address rich = made.address().resets(1000, 1001, 1002);
    Bracket bracket = poor.guard().bracket(false);
    assertThat(bracket.wasAsked()).isTrue();
    assertThat(poor.asks()).isEmpty();
    rich.land(Outcome.REFUSED, 0);
    assertThat(bracket.isDecided()).isTrue();
    assertThat(bracket.failed()).isFalse();
    assertThat(bracket.provesItself()).isFalse();
  }
}
