package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.evaluate.Evidence.Hold;
import io.k8sfw.evaluate.Verdict.Compliant;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.WitnessReport.Hearing;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SightingsTests {
  private static final String TARGET = "10.0.0.2";

  private static Flow flow(Protocol protocol) {
    return new Flow("v", "n", ip(TARGET), AddressClass.INTERNAL, protocol, PortSet.of(443));
  }

  /// control: grade or -; negative: y/n; overflow: y/n; elsewhere: y/n; datagrams: grade or -
  @ParameterizedTest(
      name =
          "{0} {1} {2} icmp {3} control {4}/{5} {6} overflow {7} elsewhere {8} witness {9} datagrams {10} is {11}")
  @CsvSource(
      textBlock =
          """
          tcp, open,          syn-ack,          -,          -, y, UNKNOWN, n, n, -,        -, OPEN
          tcp, open,          syn-ack,          -,          B, n, HELD,    n, y, ANSWERED, -, OPEN_UNTRUSTED
          tcp, closed,        reset,            -,          -, y, HELD,    n, n, -,        -, REJECTED
          tcp, closed,        reset,            -,          B, y, HELD,    y, n, -,        -, RESET_UNKNOWN
          tcp, closed,        reset,            -,          B, y, UNKNOWN, y, y, -,        -, REJECTED
          tcp, closed,        reset,            -,          B, y, FREE,    n, y, ANSWERED, -, REJECTED
          tcp, closed,        reset,            -,          B, y, FREE,    n, n, ANSWERED, -, RESET_WITNESS_HEARD
          tcp, closed,        reset,            -,          B, y, FREE,    n, n, UNHEARD,  -, RESET_WITNESS_UNHEARD
          tcp, closed,        reset,            -,          B, y, FREE,    n, n, -,        -, RESET_NO_WITNESS
          tcp, closed,        reset,            -,          B, y, UNKNOWN, n, n, UNHEARD,  -, RESET_UNKNOWN
          tcp, closed,        reset,            -,          B, y, UNKNOWN, n, n, -,        -, RESET_UNKNOWN
          tcp, filtered,      port-unreachable, 10.0.0.2,   B, y, FREE,    n, n, -,        -, ICMP_REJECTED
          tcp, filtered,      admin-prohibited, 10.0.0.254, C, y, UNKNOWN, n, n, -,        -, ICMP_REJECTED
          tcp, filtered,      host-prohibited,  10.0.0.254, -, y, UNKNOWN, n, n, -,        -, UNREACHABLE
          tcp, filtered,      host-unreachable, -,          B, y, UNKNOWN, n, n, -,        -, UNREACHABLE
          tcp, filtered,      net-unreachable,  -,          B, y, UNKNOWN, n, n, -,        -, UNREACHABLE
          tcp, filtered,      host-unreachable, 10.0.0.254, B, y, UNKNOWN, n, n, -,        -, UNREACHABLE
          tcp, filtered,      host-unreachable, 10.0.0.2,   B, y, UNKNOWN, n, n, -,        -, ICMP_REJECTED
          tcp, filtered,      net-unreachable,  10.0.0.2,   B, y, UNKNOWN, n, n, -,        -, ICMP_REJECTED
          tcp, filtered,      net-unreachable,  10.0.0.2,   -, y, UNKNOWN, n, n, -,        -, UNREACHABLE
          tcp, filtered,      no-response,      -,          -, y, HELD,    n, n, -,        -, SILENT_UNCONTROLLED
          tcp, filtered,      no-response,      -,          C, y, UNKNOWN, y, n, -,        -, DROPPED
          tcp, filtered,      no-response,      -,          B, y, FREE,    y, n, -,        -, DROPPED
          tcp, filtered,      no-response,      -,          B, y, HELD,    n, n, -,        -, DROPPED_HELD
          tcp, filtered,      no-response,      -,          B, y, HELD,    y, n, -,        -, HUNG
          udp, open,          udp-response,     -,          -, y, UNKNOWN, n, n, -,        -, OPEN
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, HELD,    n, n, -,        -, REJECTED
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, FREE,    n, n, -,        -, UDP_REFUSED
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, UNKNOWN, n, n, -,        -, UDP_REFUSED
          udp, closed,        port-unreachable, -,          B, y, UNKNOWN, n, n, -,        -, UDP_REFUSED
          udp, closed,        port-unreachable, 10.0.0.254, B, y, FREE,    n, n, -,        -, ICMP_REJECTED
          udp, closed,        port-unreachable, 10.0.0.254, -, y, FREE,    n, n, -,        -, UNREACHABLE
          udp, open|filtered, no-response,      -,          B, y, FREE,    n, n, -,        -, UDP_SILENT
          tcp, closed,        reset,            -,          B, y, FREE,    n, n, RECEIVED, A, RESET_WITNESS_HEARD
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, FREE,    n, n, ANSWERED, B, UDP_WITNESS_HEARD
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, FREE,    n, n, RECEIVED, B, UDP_WITNESS_UNANSWERED
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, FREE,    n, n, UNHEARD,  B, UDP_WITNESS_UNHEARD
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, FREE,    n, n, UNHEARD,  -, UDP_REFUSED
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, UNKNOWN, n, n, ANSWERED, B, UDP_REFUSED
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, HELD,    n, n, ANSWERED, B, REJECTED
          udp, closed,        port-unreachable, 10.0.0.2,   B, y, FREE,    n, y, ANSWERED, B, REJECTED
          udp, open|filtered, no-response,      -,          B, y, FREE,    n, n, ANSWERED, -, UDP_WITNESS_HEARD
          udp, open|filtered, no-response,      -,          B, y, FREE,    n, n, RECEIVED, -, UDP_WITNESS_UNANSWERED
          udp, open|filtered, no-response,      -,          -, y, FREE,    n, n, UNHEARD,  A, UDP_WITNESS_UNHEARD
          udp, open|filtered, no-response,      -,          A, y, FREE,    n, n, UNHEARD,  -, UDP_SILENT
          udp, open|filtered, no-response,      -,          A, y, HELD,    n, n, UNHEARD,  A, UDP_SILENT
          udp, open|filtered, no-response,      -,          A, y, UNKNOWN, n, n, ANSWERED, A, UDP_SILENT
          """)
  void evidenceDecidesWhatWasSeen(
      String protocol,
      String state,
      String reason,
      String icmpFrom,
      String control,
      String negative,
      Hold hold,
      String overflow,
      String elsewhere,
      String witness,
      String datagrams,
      Sighting expected) {
    Optional<Icmp> icmp =
        icmpFrom.equals("-") ? Optional.empty() : Optional.of(new Icmp(3, 13, ip(icmpFrom)));
    Evidence evidence =
        new Evidence(
            control.equals("-") ? Optional.empty() : Optional.of(Grade.valueOf(control)),
            negative.equals("y"),
            hold,
            overflow.equals("y"),
            elsewhere.equals("y"),
            witness.equals("-") ? Optional.empty() : Optional.of(Hearing.valueOf(witness)),
            datagrams.equals("-") ? Optional.empty() : Optional.of(Grade.valueOf(datagrams)),
            false);
    Measured measured = new Measured(PortState.of(state), Reason.of(reason), icmp, 3, 3, false);
    assertThat(Sightings.of(flow(new Protocol(protocol)), measured, evidence)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "unstable with negative control {0} is {1}")
  @CsvSource({"true, UNSTABLE", "false, OPEN_UNTRUSTED"})
  void changingAnswersNeedTheNegativeControlToo(boolean negative, Sighting expected) {
    Measured measured = new Measured(PortState.OPEN, Reason.SYN_ACK, Optional.empty(), 5, 2, true);
    Evidence evidence =
        new Evidence(
            Optional.of(Grade.B),
            negative,
            Hold.UNKNOWN,
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            true);
    assertThat(Sightings.of(flow(Protocol.TCP), measured, evidence)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "silence of a peer that signs, on a port that is {0}, is {1}")
  @CsvSource({"HELD, SILENT_UNSIGNED", "UNKNOWN, SILENT_UNSIGNED", "FREE, DROPPED"})
  void unsignedPacketsAreDroppedOnlyWhereSomebodyMayListen(Hold hold, Sighting expected) {
    Measured silent =
        new Measured(PortState.FILTERED, Reason.NO_RESPONSE, Optional.empty(), 3, 3, false);
    Evidence evidence =
        new Evidence(
            Optional.of(Grade.B),
            true,
            hold,
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            false,
            Evidence.Session.INWARD,
            false,
            Optional.empty());
    assertThat(Sightings.of(flow(Protocol.TCP), silent, evidence)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} with control {1} and port {2} is proven to grade {3}")
  @CsvSource({
    "OPEN, B, HELD, A",
    "OPEN, B, UNKNOWN, B",
    "OPEN_ASTRAY, A, HELD, B",
    "UNSTABLE, B, FREE, B",
    "REJECTED, B, HELD, A",
    "REJECTED, -, UNKNOWN, B",
    "RESET_WITNESS_HEARD, -, FREE, A",
    "RESET_WITNESS_UNHEARD, B, FREE, A",
    "RESET_NO_WITNESS, B, FREE, C",
    "RESET_UNKNOWN, B, UNKNOWN, C",
    "ICMP_REJECTED, A, UNKNOWN, A",
    "ICMP_REJECTED, C, UNKNOWN, C",
    "DROPPED, A, FREE, A",
    "DROPPED, B, FREE, B",
    "DROPPED, C, FREE, C",
    "DROPPED_HELD, B, HELD, A",
    "DROPPED_HELD, C, HELD, C",
    "UDP_REFUSED, B, FREE, C",
    "UDP_WITNESS_HEARD, -, FREE, A",
    "UDP_WITNESS_UNANSWERED, -, FREE, A",
    "UDP_WITNESS_UNHEARD, A, FREE, B",
    "UNLISTED, -, HELD, B",
    "SESSION, A, HELD, B",
    "HUNG, A, HELD, C",
    "SILENT_UNSIGNED, A, HELD, C",
    "OPEN_UNTRUSTED, A, HELD, D",
    "UNREACHABLE, A, HELD, D",
    "SILENT_UNCONTROLLED, A, HELD, D",
    "UDP_SILENT, A, HELD, D",
    "OVERLAY_OPEN, A, HELD, D",
    "OVERLAY_INJECTABLE, A, HELD, D",
    "OVERLAY_BLOCKED, A, HELD, D",
    "OVERLAY_BROKEN, A, HELD, D",
    "UNMEASURED, A, HELD, D"
  })
  void gradeFollowsFromWhoSawIt(Sighting sighting, String control, Hold hold, Grade expected) {
    Evidence evidence =
        new Evidence(
            control.equals("-") ? Optional.empty() : Optional.of(Grade.valueOf(control)),
            true,
            hold,
            false,
            false,
            Optional.empty(),
            Optional.of(Grade.B),
            false);
    assertThat(Grades.of(sighting, new Compliant(), evidence)).isEqualTo(expected);
    assertThat(Grades.of(sighting, new Verdict.Unverified(), evidence)).isEqualTo(Grade.D);
  }

  @ParameterizedTest(name = "open port whose attempts never arrived, negative control {0}, is {1}")
  @CsvSource({"true, OPEN_ASTRAY", "false, OPEN_UNTRUSTED"})
  void openPortBehindWhichAnotherMachineAnswersIsAnother(boolean negative, Sighting expected) {
    Measured measured = new Measured(PortState.OPEN, Reason.SYN_ACK, Optional.empty(), 1, 1, false);
    Evidence evidence =
        new Evidence(
            Optional.of(Grade.A),
            negative,
            Hold.HELD,
            false,
            false,
            Optional.empty(),
            Optional.empty(),
            true);
    assertThat(Sightings.of(flow(Protocol.TCP), measured, evidence)).isEqualTo(expected);
  }
}
