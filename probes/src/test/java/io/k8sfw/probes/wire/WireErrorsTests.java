package io.k8sfw.probes.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.linux.Errno;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Outcome.Heard;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireErrorsTests {
  private static final InetAddress HERE = InetAddress.ofLiteral("10.0.0.1");
  private static final InetAddress THERE = InetAddress.ofLiteral("10.0.0.2");
  private static final InetAddress BETWEEN = InetAddress.ofLiteral("10.0.0.254");

  private static Outcome tcp(int errno, boolean immediate, boolean queueRead) {
    return WireErrors.outcome(
        new WireErrors.Failure(
            Protocol.TCP, THERE, HERE, errno, immediate, Optional.empty(), queueRead));
  }

  /// As without a queue to read, from what the JDK says.
  private static Outcome tcp(Throwable cause, boolean immediate) {
    Errno errno = WireErrors.errno(cause);
    return errno == null ? WireErrors.unknown(cause) : tcp(errno.number(), immediate, false);
  }

  private static Outcome icmp(Protocol protocol, int type, int code, InetAddress from) {
    return WireErrors.outcome(
        new WireErrors.Failure(
            protocol, THERE, HERE, 111, false, Optional.of(new Icmp(type, code, from)), true));
  }

  @ParameterizedTest
  @CsvSource({
    "3, 0, NET_UNREACHABLE", "3, 1, HOST_UNREACHABLE", "3, 2, PROTO_UNREACHABLE",
    "3, 3, PORT_UNREACHABLE", "3, 9, NET_PROHIBITED", "3, 10, HOST_PROHIBITED",
    "3, 13, ADMIN_PROHIBITED", "11, 0, HOST_UNREACHABLE"
  })
  void icmpErrorFiltersATcpPort(int type, int code, Reason reason) {
    assertThat(icmp(Protocol.TCP, type, code, BETWEEN))
        .isEqualTo(
            new Heard(PortState.FILTERED, reason, Optional.of(new Icmp(type, code, BETWEEN))));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, NET_UNREACHABLE", "1, 1, ADMIN_PROHIBITED", "1, 3, HOST_UNREACHABLE",
    "1, 4, PORT_UNREACHABLE", "1, 5, ADMIN_PROHIBITED", "1, 6, NET_PROHIBITED",
    "3, 0, HOST_UNREACHABLE"
  })
  void icmp6ErrorFiltersATcpPort(int type, int code, Reason reason) {
    InetAddress from = InetAddress.ofLiteral("fd00::1");
    assertThat(icmp(Protocol.TCP, type, code, from))
        .isEqualTo(new Heard(PortState.FILTERED, reason, Optional.of(new Icmp(type, code, from))));
  }

  @Test
  void icmpErrorThatSaysNothingOfThePortIsAFault() {
    assertThat(icmp(Protocol.TCP, 3, 4, BETWEEN)).isInstanceOf(Fault.class);
    assertThat(icmp(Protocol.TCP, 12, 0, BETWEEN)).isInstanceOf(Fault.class);
  }

  @Test
  void rejectionByThisMachineIsAFault() {
    assertThat(icmp(Protocol.TCP, 3, 3, HERE)).isInstanceOf(Fault.class);
    assertThat(icmp(Protocol.TCP, 3, 1, HERE))
        .isEqualTo(new Heard(PortState.FILTERED, Reason.HOST_UNREACHABLE, Optional.empty()));
  }

  @Test
  void udpPortIsClosedByItsOwnHostAlone() {
    assertThat(((Heard) icmp(Protocol.UDP, 3, 3, THERE)).state()).isEqualTo(PortState.CLOSED);
    assertThat(((Heard) icmp(Protocol.UDP, 3, 3, BETWEEN)).state()).isEqualTo(PortState.FILTERED);
  }

  @Test
  void refusalWithAnEmptyQueueIsAReset() {
    assertThat(tcp(111, false, true)).isEqualTo(Outcome.REFUSED);
    assertThat(tcp(new ConnectException("Connection refused"), false)).isEqualTo(Outcome.REFUSED);
  }

  @Test
  void resetAfterTheHandshakeIsOpen() {
    assertThat(tcp(104, false, true)).isEqualTo(Outcome.OPEN);
    assertThat(tcp(new SocketException("Connection reset"), false)).isEqualTo(Outcome.OPEN);
  }

  @Test
  void timeoutOfTheKernelIsSilence() {
    assertThat(tcp(110, false, true)).isEqualTo(Outcome.SILENT);
    assertThat(tcp(new ConnectException("Connection timed out"), false)).isEqualTo(Outcome.SILENT);
    assertThat(tcp(0, false, true)).isEqualTo(Outcome.SILENT);
  }

  @Test
  void missingRouteIsAFaultAndADeadNeighbourIsNot() {
    assertThat(tcp(101, true, true)).isInstanceOf(Fault.class);
    assertThat(tcp(113, false, true))
        .isEqualTo(new Heard(PortState.FILTERED, Reason.HOST_UNREACHABLE, Optional.empty()));
    assertThat(tcp(new SocketException("Network is unreachable"), true)).isInstanceOf(Fault.class);
    assertThat(tcp(new SocketException("Network is unreachable"), false))
        .isEqualTo(new Heard(PortState.FILTERED, Reason.NET_UNREACHABLE, Optional.empty()));
    assertThat(tcp(new NoRouteToHostException("No route to host"), false))
        .isEqualTo(new Heard(PortState.FILTERED, Reason.HOST_UNREACHABLE, Optional.empty()));
  }

  @Test
  void permissionDeniedAtOnceIsOurOwn() {
    assertThat(tcp(new BindException("Permission denied"), true)).isInstanceOf(Fault.class);
    assertThat(tcp(new BindException("Permission denied"), false))
        .isEqualTo(new Heard(PortState.FILTERED, Reason.ADMIN_PROHIBITED, Optional.empty()));
    assertThat(tcp(13, true, true)).isInstanceOf(Fault.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 12, 23, 24, 28, 99, 105})
  void lackOfSomethingIsWorthAnotherTry(int errno) {
    assertThat(tcp(errno, true, true))
        .isInstanceOfSatisfying(Fault.class, fault -> assertThat(fault.passing()).isTrue());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 22, 71, 97, 100, 4711})
  void everyOtherNumberIsAFault(int errno) {
    assertThat(tcp(errno, false, true))
        .isInstanceOfSatisfying(Fault.class, fault -> assertThat(fault.passing()).isFalse());
  }

  @Test
  void wordsOfTheJdkAreFoundUnderWhatNettyWrapsAroundThem() {
    Throwable cause = new IllegalStateException(new SocketException("Too many open files"));
    assertThat(WireErrors.errno(cause)).isEqualTo(Errno.EMFILE);
    assertThat(WireErrors.errno(new PortUnreachableException())).isEqualTo(Errno.ECONNREFUSED);
  }

  @Test
  void unknownTextIsAFault() {
    assertThat(tcp(new ConnectException("Verbindungsaufbau abgelehnt"), false))
        .isInstanceOf(Fault.class);
    assertThat(tcp(new ConnectException(), false)).isInstanceOf(Fault.class);
  }

  @Test
  void refusedUdpIsClosedWhereTheQueueCannotBeRead() {
    Outcome outcome =
        WireErrors.outcome(
            new WireErrors.Failure(Protocol.UDP, THERE, HERE, 111, false, Optional.empty(), false));
    assertThat(outcome)
        .isEqualTo(new Heard(PortState.CLOSED, Reason.PORT_UNREACHABLE, Optional.empty()));
  }
}
