package io.k8sfw.evaluate;

import static io.k8sfw.Fixture.ip;
import static io.k8sfw.matrix.Expectation.PATH;
import static io.k8sfw.matrix.Expectation.REQUIRED;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.Fixture.InventoryOf;
import io.k8sfw.Fixture.MatrixOf;
import io.k8sfw.evaluate.Verdict.Deviation;
import io.k8sfw.inventory.Inventory;
import io.k8sfw.matrix.Policy;
import io.k8sfw.matrix.Policy.Listeners;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.SocketTable.Listener;
import io.k8sfw.observation.SocketTable.Owner;
import io.k8sfw.observation.TargetEvidence;
import io.k8sfw.plan.PlanOptions;
import io.k8sfw.plan.Planner;
import io.k8sfw.vantage.Pace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UnlistedListenersTests {
  private static final String ANY = "0.0.0.0";

  private static final Inventory INVENTORY =
      new InventoryOf()
          .node("worker-1", "worker", "10.0.0.2")
          .node("etcd-1", "etcd", "10.0.0.4")
          .build();

  private static Listener listener(Protocol protocol, String address, int port, Owner owner) {
    return new Listener(protocol, ip(address), port, false, owner);
  }

  private static Listener tcp(String address, int port) {
    return listener(Protocol.TCP, address, port, Owner.process("some"));
  }

  @SafeVarargs
  private static List<Assessment> found(Listeners policy, List<Listener>... beforeAndAfter) {
    var matrix =
        new MatrixOf()
            .rule("kubelet", "worker", "worker", "tcp/10250", REQUIRED)
            .rule("vxlan", "worker", "worker", "udp/8472", REQUIRED)
            .rule("all", "worker", "worker", "tcp", PATH)
            .policy(new Policy(List.of(), Policy.Denial.ANY, Policy.DEFAULT.tls(), policy))
            .build();
    TargetEvidence evidence =
        new TargetEvidence(
            "worker-1",
            new SocketTable(beforeAndAfter[0], 0),
            new SocketTable(beforeAndAfter[beforeAndAfter.length - 1], 0));
    Observations observations =
        new Observations(
            Instant.EPOCH,
            Instant.EPOCH,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(evidence),
            List.of(),
            Optional.empty());
    PlanOptions options = new PlanOptions(Pace.FAST, false, false, Integer.MAX_VALUE);
    return Evaluator.assess(
            Planner.plan(matrix, INVENTORY, options), matrix, INVENTORY, observations, false)
        .stream()
        .filter(a -> a.judgements().getFirst().sighting() == Sighting.UNLISTED)
        .toList();
  }

  @SafeVarargs
  private static List<String> reported(List<Listener>... beforeAndAfter) {
    return found(Listeners.REPORT, beforeAndAfter).stream().map(a -> a.check().id()).toList();
  }

  @Test
  void listenerThatNoRuleKnowsIsALowFindingOfItsNode() {
    List<Assessment> found =
        found(
            Listeners.REPORT,
            List.of(listener(Protocol.TCP, ANY, 9100, Owner.process("node_exporter"))));
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().check().id()).isEqualTo("worker-1 -> worker-1 10.0.0.2 tcp/9100");
    Judgement judged = found.getFirst().judgements().getFirst();
    assertThat(judged.verdict()).isEqualTo(Verdict.deviates(Deviation.UNLISTED_LISTENER));
    assertThat(judged.severity()).contains(Severity.LOW);
    assertThat(judged.because()).contains("\"node_exporter\" listens on 0.0.0.0");
  }

  @Test
  void nothingIsSaidOfThemUnlessThePolicyWantsIt() {
    assertThat(found(Listeners.IGNORE, List.of(tcp(ANY, 9100)))).isEmpty();
    assertThat(Policy.DEFAULT.listeners()).isEqualTo(Listeners.IGNORE);
  }

  @Test
  void whatARuleNamesOrNobodyReachesIsNoFinding() {
    Listener vxlan = listener(Protocol.UDP, ANY, 8472, Owner.KERNEL);
    Listener client = listener(Protocol.UDP, ANY, 40_000, Owner.process("resolver"));
    assertThat(reported(List.of(tcp(ANY, 10250), vxlan, client, tcp("127.0.0.1", 9100)))).isEmpty();
  }

  @Test
  void kernelsOwnPortThatNoRuleNamesIsOne() {
    assertThat(reported(List.of(listener(Protocol.UDP, ANY, 4789, Owner.KERNEL))))
        .containsExactly("worker-1 -> worker-1 10.0.0.2 udp/4789");
  }

  @Test
  void eachPortIsToldOnceHoweverManySocketsHoldIt() {
    assertThat(reported(List.of(tcp(ANY, 22), tcp("10.0.0.2", 22), tcp("::", 22))))
        .containsExactly("worker-1 -> worker-1 10.0.0.2 tcp/22");
  }

  @Test
  void whatCameOrWentMeanwhileIsNotTold() {
    assertThat(reported(List.of(tcp(ANY, 22)), List.of())).isEmpty();
    assertThat(reported(List.of(), List.of(tcp(ANY, 22)))).isEmpty();
  }

  @Test
  void ownersNameCannotActInAReport() {
    List<Listener> hostile = new ArrayList<>();
    hostile.add(listener(Protocol.TCP, ANY, 22, Owner.process("a\u001b[2J\nb".repeat(50))));
    assertThat(found(Listeners.REPORT, hostile).getFirst().judgements().getFirst().because())
        .doesNotContain("\u001b", "\n")
        .hasSizeLessThan(200);
  }
}
