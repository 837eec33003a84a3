package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import org.junit.jupiter.api.Test;

class TallyTests {
  private static final Observation REST = said("rest");

  private static Observation said(String text) {
    return new Unmeasured(Untrusted.of(text));
  }

  @Test
  void neighboursOfWhichTheSameWasSaidAreOneRun() {
    Tally tally = new Tally(PortSet.parse("10-12, 20-21, 22, 30"));
    tally.put(0, said("a"), 7);
    tally.put(1, said("a"), 5);
    tally.put(3, said("a"));
    tally.put(4, said("b"), 9);
    tally.put(5, said("b"), 3);
    assertThat(tally.runs(REST))
        .containsExactly(
            new PortRun(new PortRange(10, 11), said("a"), 5),
            new PortRun(new PortRange(12, 12), REST, -1),
            new PortRun(new PortRange(20, 20), said("a"), -1),
            new PortRun(new PortRange(21, 22), said("b"), 3),
            new PortRun(new PortRange(30, 30), REST, -1));
  }

  @Test
  void placesArePortsInAscendingOrder() {
    PortSet ports = PortSet.parse("1, 5-7, 65535");
    Tally tally = new Tally(ports);
    assertThat(java.util.stream.IntStream.range(0, tally.size()).map(tally::port).toArray())
        .isEqualTo(ports.stream().toArray());
  }

  @Test
  void differentAnswerForEveryPortAndMoreCostsNothingButTheirWording() {
    Tally tally = new Tally(PortSet.ALL);
    for (int round = 0; round < 2; round++) {
      for (int place = 0; place < tally.size(); place++) {
        tally.put(place, said(round + " " + place));
      }
    }
    assertThat(tally.at(0)).isNotNull();
    assertThat(tally.runs(REST).getFirst().ports().first()).isEqualTo(1);
    assertThat(tally.runs(REST).getLast().ports().last()).isEqualTo(65535);
    assertThat(tally.runs(REST)).noneMatch(run -> run.observation().equals(said("0 65534")));
  }
}
