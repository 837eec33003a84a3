package io.k8sfw.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeveritiesTests {
  @ParameterizedTest(name = "{0}/{1} that is open and must not be is {2}")
  @CsvSource({
    "tcp, 22, CRITICAL",
    "tcp, 10000-10300, CRITICAL",
    "tcp, 443, HIGH",
    "tcp, 8472, HIGH",
    "udp, 8472, CRITICAL",
    "udp, 10250, HIGH"
  })
  void openPortIsAsSevereAsWhatMayListenThere(String protocol, String ports, Severity expected) {
    assertThat(Severities.of(Verdict.overExposed(), new Protocol(protocol), PortSet.parse(ports)))
        .isEqualTo(expected);
  }

  @Test
  void portThatIsMissingIsHighWhateverItIs() {
    assertThat(Severities.of(Verdict.missing(), Protocol.TCP, PortSet.of(22)))
        .isEqualTo(Severity.HIGH);
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "SERVICE_DOWN, MEDIUM",
    "UNSTABLE, MEDIUM",
    "FORBIDDEN_PORT, MEDIUM",
    "SOURCE_INDISTINGUISHABLE, MEDIUM",
    "OVERLAY_INJECTABLE, CRITICAL",
    "OPEN_PATH, LOW",
    "STALE_HOLE, LOW",
    "DENY_STYLE, LOW",
    "UNLISTED_LISTENER, LOW"
  })
  void deviationIsAsSevereAsItsKindWhateverThePort(Deviation deviation, Severity expected) {
    assertThat(Severities.of(Verdict.deviates(deviation), Protocol.TCP, PortSet.of(22)))
        .isEqualTo(expected);
    assertThat(Severities.of(Verdict.overExposed(deviation), Protocol.UDP, PortSet.of(53)))
        .isEqualTo(expected);
  }
}
