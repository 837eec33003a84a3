package io.k8sfw.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.input.Sha256;
import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Flow;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.model.Zone;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.plan.Check;
import io.k8sfw.plan.Gap;
import io.k8sfw.plan.Row;
import io.k8sfw.result.AuditResult.Place;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class KubeletExecsTests {
  private static final ExecReport WORKED =
      new ExecReport("w-1", InetAddress.ofLiteral("10.0.0.21"), 10250, Optional.empty());
  private static final ExecReport FAILED =
      new ExecReport(
          "w-2", InetAddress.ofLiteral("10.0.0.22"), 10250, Optional.of(Untrusted.of("refused")));

  private final KubeletExecs execs = KubeletExecs.of(result(WORKED, WORKED, FAILED));

  @Test
  void aCheckOfAKubeletFromTheControlPlaneGetsWhatExecsTellOfItOnce() {
    assertThat(execs.about(check("control-plane etcd", "w-1", "tcp", "10250")))
        .containsExactly(WORKED);
    assertThat(execs.about(check("control-plane", "w-2", "tcp", "10248-10260")))
        .containsExactly(FAILED);
  }

  @Test
  void noOtherCheckGetsAny() {
    assertThat(execs.about(check("worker", "w-1", "tcp", "10250"))).isEmpty();
    assertThat(execs.about(check("control-plane", "w-3", "tcp", "10250"))).isEmpty();
    assertThat(execs.about(check("control-plane", "w-1", "udp", "10250"))).isEmpty();
    assertThat(execs.about(check("control-plane", "w-1", "tcp", "10255"))).isEmpty();
    assertThat(execs.about(check("control-plane", "w-1", "tcp", "1-65535"))).isEmpty();
  }

  @Test
  void aGapInTheControlPlaneGetsThemAndNoOther() {
    assertThat(execs.about(gap("control-plane", "w-1"))).containsExactly(WORKED);
    assertThat(execs.about(gap("external", "w-1"))).isEmpty();
  }

  private static Check check(String from, String node, String protocol, String ports) {
    Row row = new Row(new Protocol(protocol), PortSet.parse(ports));
    return new Check(
        new Flow(
            "somewhere",
            node,
            InetAddress.ofLiteral("10.0.0.21"),
            AddressClass.INTERNAL,
            row.protocol(),
            row.ports()),
        zones(from),
        zones("worker"),
        row,
        Expectation.REQUIRED,
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        false);
  }

  private static Gap gap(String from, String node) {
    return new Gap(
        new Zone(from),
        node,
        zones("worker"),
        new Row(Protocol.TCP, PortSet.of(10250)),
        Expectation.REQUIRED,
        List.of("kubelet"),
        "no vantage point in zone " + from);
  }

  private static SortedSet<Zone> zones(String names) {
    return Arrays.stream(names.split(" "))
        .map(Zone::new)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static AuditResult result(ExecReport... execs) {
    AuditResult.Source source =
        new AuditResult.Source(Untrusted.of("x"), Untrusted.of("x"), Sha256.of("x"));
    return new AuditResult(
        new AuditResult.Tool("k8sfw-audit", "0", "25"),
        new AuditResult.Run("x", Instant.EPOCH, Instant.EPOCH, Optional.empty(), "x", 1, false),
        source,
        source,
        Facts.NONE,
        List.of(),
        List.of(),
        Arrays.stream(execs).map(KubeletExecsTests::place).toList(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static Place place(ExecReport exec) {
    return new Place(
        new VantagePoint(
            exec.node(),
            zones("worker"),
            new Agent.Pod(Optional.empty()),
            VantagePoint.Fidelity.EXACT,
            Optional.of(exec.node())),
        new VantageReport(exec.node(), "pod", Set.of(), Optional.empty(), 0).by(Optional.of(exec)),
        List.of(),
        List.of(),
        List.of());
  }
}
