package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.ip;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.observation.WitnessReport;
import io.k8sfw.observation.WitnessReport.Hearing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlsTests {
  private static final String HERE = "vantage";
  private static final String TARGET = "10.0.0.2";

  private final List<TargetReading> readings = new ArrayList<>();
  private final List<Control> controls = new ArrayList<>();
  private final List<WitnessReport> witnesses = new ArrayList<>();
  private final List<PathReport> paths = new ArrayList<>();
  private final List<VantageReport> vantages = new ArrayList<>();

  private void saw(String vantage, String address, PortState state, Reason reason, String icmp) {
    Optional<Icmp> from = icmp.isEmpty() ? Optional.empty() : Optional.of(new Icmp(3, 3, ip(icmp)));
    read(vantage, address, new Measured(state, reason, from, 1, 1, false));
  }

  private void read(String vantage, String address, Observation what) {
    readings.add(
        new TargetReading(
            vantage,
            ip(address),
            Protocol.TCP,
            List.of(new PortRun(new PortRange(80, 80), what, 1))));
  }

  private void control(Control.Kind kind, boolean holds) {
    control(kind, Control.Phase.AFTER, holds);
  }

  private void control(Control.Kind kind, Control.Phase phase, boolean holds) {
    controls.add(new Control(HERE, ip(TARGET), kind, phase, 1, holds, ""));
  }

  private void beforeAndAfter(Control.Kind kind) {
    control(kind, Control.Phase.BEFORE, true);
    control(kind, Control.Phase.AFTER, true);
  }

  private static WitnessReport witness(Protocol protocol, int port, Hearing hearing) {
    return new WitnessReport(HERE, ip(TARGET), protocol, port, hearing, 3, Optional.empty(), false);
  }

  private Optional<Grade> datagrams() {
    return tried().datagrams(HERE, ip(TARGET));
  }

  private Controls tried() {
    return new Controls(
        new Observations(
            Instant.EPOCH,
            Instant.EPOCH,
            vantages,
            readings,
            controls,
            paths,
            List.of(),
            witnesses,
            Optional.empty(),
            List.of(),
            List.of(),
            List.of()));
  }

  private Optional<Grade> positive(String address) {
    return tried().positive(HERE, ip(address), Protocol.TCP);
  }

  @Test
  void openPortShowsThatTheAddressAnswers() {
    saw(HERE, TARGET, PortState.OPEN, Reason.SYN_ACK, "");
    assertThat(positive(TARGET)).contains(Grade.B);
    assertThat(tried().positive("elsewhere", ip(TARGET), Protocol.TCP)).isEmpty();
  }

  @Test
  void closedPortShowsThatTheAddressAnswers() {
    saw(HERE, TARGET, PortState.CLOSED, Reason.RESET, "");
    assertThat(positive(TARGET)).contains(Grade.B);
  }

  @Test
  void icmpCountsOnlyFromTheAddressItself() {
    saw(HERE, TARGET, PortState.FILTERED, Reason.PORT_UNREACHABLE, "10.0.0.254");
    assertThat(positive(TARGET)).isEmpty();
    saw(HERE, TARGET, PortState.FILTERED, Reason.PORT_UNREACHABLE, TARGET);
    assertThat(positive(TARGET)).contains(Grade.B);
  }

  @Test
  void silenceUnreachabilityAndFaultsShowNothing() {
    saw(HERE, TARGET, PortState.FILTERED, Reason.NO_RESPONSE, "");
    saw(HERE, TARGET, PortState.FILTERED, Reason.HOST_UNREACHABLE, "");
    saw(HERE, TARGET, PortState.OPEN_FILTERED, Reason.NO_RESPONSE, "");
    read(HERE, TARGET, new Unmeasured(Untrusted.of("no route")));
    control(Control.Kind.POSITIVE, false);
    assertThat(positive(TARGET)).isEmpty();
  }

  @Test
  void heardWitnessIsTheBestControlAndAnUnheardOneIsNone() {
    witnesses.add(witness(Protocol.TCP, 80, Hearing.UNHEARD));
    assertThat(positive(TARGET)).isEmpty();
    witnesses.add(witness(Protocol.TCP, 81, Hearing.ANSWERED));
    assertThat(positive(TARGET)).contains(Grade.A);
  }

  @Test
  void packetsThatTheNodeSawArriveAreAControlUnlessALaterOneWasLost() {
    beforeAndAfter(Control.Kind.ARRIVAL);
    assertThat(positive(TARGET)).contains(Grade.A);
    control(Control.Kind.ARRIVAL, false);
    assertThat(positive(TARGET)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"BEFORE", "AFTER"})
  void packetsThatTheNodeSawOnlyBeforeOrOnlyAfterTheProbingAreNone(Control.Phase phase) {
    // Such a node vanished, or was not there yet: its silence was no firewall's.
    control(Control.Kind.ARRIVAL, phase, true);
    control(Control.Kind.DATAGRAM, phase, true);
    assertThat(positive(TARGET)).isEmpty();
    assertThat(datagrams()).isEmpty();
  }

  @Test
  void departureShowsNothingOfTheTarget() {
    control(Control.Kind.DEPARTURE, true);
    assertThat(positive(TARGET)).isEmpty();
    control(Control.Kind.POSITIVE, true);
    control(Control.Kind.DEPARTURE, false);
    assertThat(positive(TARGET)).contains(Grade.B);
  }

  @Test
  void neighboursShareAPrefixOfTheirFamily() {
    saw(HERE, "10.0.0.9", PortState.OPEN, Reason.SYN_ACK, "");
    saw(HERE, "fd77::9", PortState.OPEN, Reason.SYN_ACK, "");
    for (String target : List.of("10.0.0.2", "10.0.1.2", "fd77::2", "fd78::2")) {
      saw("other", target, PortState.OPEN, Reason.SYN_ACK, "");
    }
    assertThat(positive("10.0.0.2")).contains(Grade.C);
    assertThat(positive("10.0.1.2")).isEmpty();
    assertThat(positive("fd77::2")).contains(Grade.C);
    assertThat(positive("fd78::2")).isEmpty();
  }

  @Test
  void neighbourShowsNothingWhereNobodyKnowsWhatIsLostOnTheWay() {
    saw(HERE, "10.0.0.9", PortState.OPEN, Reason.SYN_ACK, "");
    saw("other", TARGET, PortState.OPEN, Reason.SYN_ACK, "");
    paths.add(new PathReport(HERE, ip(TARGET), 100, 0, 0.03, 3, Optional.empty()));
    assertThat(positive(TARGET)).contains(Grade.C);
    paths.add(new PathReport(HERE, ip(TARGET), 0, 0, 1, 5, Optional.empty()));
    assertThat(positive(TARGET)).isEmpty();
  }

  @Test
  void neighbourOfAnotherFamilyShowsNothing() {
    saw(HERE, "10.0.0.9", PortState.OPEN, Reason.SYN_ACK, "");
    saw("other", "fd77::2", PortState.OPEN, Reason.SYN_ACK, "");
    assertThat(positive("fd77::2")).isEmpty();
  }

  @Test
  void negativeControlHasToHoldAndNeverToFail() {
    assertThat(tried().negative(HERE, ip(TARGET))).isFalse();
    control(Control.Kind.POSITIVE, true);
    assertThat(tried().negative(HERE, ip(TARGET))).isFalse();
    control(Control.Kind.NEGATIVE, true);
    assertThat(tried().negative(HERE, ip(TARGET))).isTrue();
    control(Control.Kind.NEGATIVE, false);
    assertThat(tried().negative(HERE, ip(TARGET))).isFalse();
  }

  @Test
  void resetThatMayBeAnIcmpErrorOfAnybodyProvesNoAnswer() {
    vantages.add(new VantageReport(HERE, "local", Set.of(), Optional.empty(), 1));
    saw(HERE, TARGET, PortState.CLOSED, Reason.RESET, "");
    assertThat(positive(TARGET)).isEmpty();
    saw(HERE, TARGET, PortState.OPEN, Reason.SYN_ACK, "");
    assertThat(positive(TARGET)).contains(Grade.B);
  }

  @Test
  void resetProvesAnAnswerWhereverIcmpErrorsAreToldApart() {
    vantages.add(new VantageReport("blind", "local", Set.of(), Optional.empty(), 1));
    vantages.add(
        new VantageReport(HERE, "local", Set.of(Capability.ERROR_QUEUE), Optional.empty(), 1));
    saw(HERE, TARGET, PortState.CLOSED, Reason.RESET, "");
    assertThat(positive(TARGET)).contains(Grade.B);
  }

  @Test
  void answerVouchesForSilenceOnlyWhereTheLossWasMeasured() {
    saw(HERE, TARGET, PortState.OPEN, Reason.SYN_ACK, "");
    assertThat(tried().silence(HERE, ip(TARGET))).contains(Grade.B);
    paths.add(new PathReport(HERE, ip(TARGET), 0, 0, 1, 5, Optional.empty()));
    assertThat(tried().silence(HERE, ip(TARGET))).isEmpty();
    assertThat(positive(TARGET)).contains(Grade.B);
    beforeAndAfter(Control.Kind.ARRIVAL);
    assertThat(tried().silence(HERE, ip(TARGET))).contains(Grade.A);
  }

  @Test
  void answererSpeaksForItsPortAlone() {
    control(Control.Kind.ANSWERER, true);
    assertThat(positive(TARGET)).isEmpty();
    assertThat(datagrams()).isEmpty();
    assertThat(tried().negative(HERE, ip(TARGET))).isFalse();
  }

  @Test
  void datagramsAreKnownToArriveWhereTheNodeSawThemOrAWitnessHeardThem() {
    assertThat(datagrams()).isEmpty();
    beforeAndAfter(Control.Kind.DATAGRAM);
    assertThat(datagrams()).contains(Grade.A);
    assertThat(positive(TARGET)).isEmpty();
    control(Control.Kind.DATAGRAM, false);
    assertThat(datagrams()).isEmpty();
    witnesses.add(witness(Protocol.UDP, 81, Hearing.UNHEARD));
    witnesses.add(witness(Protocol.TCP, 81, Hearing.ANSWERED));
    assertThat(datagrams()).isEmpty();
    witnesses.add(witness(Protocol.UDP, 82, Hearing.RECEIVED));
    assertThat(datagrams()).contains(Grade.A);
  }

  @Test
  void answerToADatagramShowsThatDatagramsArriveAndOneOverTcpDoesNot() {
    saw(HERE, TARGET, PortState.OPEN, Reason.SYN_ACK, "");
    assertThat(datagrams()).isEmpty();
    Measured refused =
        new Measured(
            PortState.CLOSED,
            Reason.PORT_UNREACHABLE,
            Optional.of(new Icmp(3, 3, ip(TARGET))),
            1,
            1,
            false);
    readings.add(
        new TargetReading(
            HERE,
            ip(TARGET),
            Protocol.UDP,
            List.of(new PortRun(new PortRange(53, 53), refused, 1))));
    assertThat(datagrams()).contains(Grade.B);
    assertThat(tried().datagrams("elsewhere", ip(TARGET))).isEmpty();
  }

  @Test
  void answerToADatagramVouchesForDatagramsAlone() {
    Measured answered =
        new Measured(PortState.OPEN, Reason.UDP_RESPONSE, Optional.empty(), 1, 1, false);
    readings.add(
        new TargetReading(
            HERE,
            ip(TARGET),
            Protocol.UDP,
            List.of(new PortRun(new PortRange(53, 53), answered, 1))));
    assertThat(tried().positive(HERE, ip(TARGET), Protocol.UDP)).contains(Grade.B);
    assertThat(positive(TARGET)).isEmpty();
    saw(HERE, "10.0.0.9", PortState.OPEN, Reason.SYN_ACK, "");
    assertThat(positive(TARGET)).isEmpty();
  }
}
