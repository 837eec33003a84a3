package io.k8sfw.probes.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.probes.LocalVantage;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class RemoteVantageTests {
  @Test
  void anAgentOverPipesSeesWhatIsOpen() throws Exception {
    try (LocalVantage local = LocalVantage.open("agent");
        PipedAgent agent = new PipedAgent(local);
        Vantage far = RemoteVantage.open("far", "pipes", agent, Agents.LIMITS)) {
      seesWhatIsOpen(far);
    }
  }

  @Test
  void anAgentInAProcessSeesWhatIsOpen() throws Exception {
    try (Vantage far = ProcessVantage.start("far", "here", Agents.command(), Agents.LIMITS)) {
      seesWhatIsOpen(far);
    }
  }

  private static void seesWhatIsOpen(Vantage far) throws IOException, InterruptedException {
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(Agents.LOOPBACK, 0));
      int open = server.getLocalPort();
      VantageReading reading = far.probe(Agents.tcp(Agents.LOOPBACK, "" + open), Progress.SILENT);
      assertThat(reading.readings().getFirst().at(open).orElseThrow().observation())
          .isInstanceOfSatisfying(
              Measured.class, m -> assertThat(m.state()).isEqualTo(PortState.OPEN));
      assertThat(reading.controls()).isNotEmpty();
      assertThat(far.socketTable()).isPresent();
    }
  }
}
