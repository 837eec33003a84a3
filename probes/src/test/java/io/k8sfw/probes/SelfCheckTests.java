package io.k8sfw.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.k8sfw.probes.SelfCheck.Line;
import io.netty.channel.epoll.Epoll;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelfCheckTests {
  @Test
  void partsOfNettyAreOfOneVersion() {
    assertThat(line("Netty").ok()).as(line("Netty").detail()).isTrue();
  }

  @Test
  void loopbackIsToldApart() {
    assumeTrue(Epoll.isAvailable(), "needs Netty's epoll transport");
    List<Line> lines = SelfCheck.run();
    for (String what :
        List.of("epoll transport", "an open port on loopback", "a closed port on loopback")) {
      assertThat(lines).anySatisfy(l -> assertThat(l.what().equals(what) && l.ok()).isTrue());
    }
    assertThat(line("ICMP error queue").detail())
        .isEqualTo("closed, port-unreachable, ICMP 3/3 from 127.0.0.1");
  }

  @Test
  void everyLineSaysSomething() {
    assertThat(SelfCheck.run()).allSatisfy(l -> assertThat(l.detail()).isNotBlank());
  }

  private static Line line(String what) {
    return SelfCheck.run().stream().filter(l -> l.what().equals(what)).findFirst().orElseThrow();
  }
}
