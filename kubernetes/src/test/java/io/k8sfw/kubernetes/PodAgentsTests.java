package io.k8sfw.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeListBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.k8sfw.kubernetes.FakeApiServer.Answer;
import io.k8sfw.model.Untrusted;
import io.k8sfw.probes.agent.Limits;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a cluster may do instead of running a pod: one line each, and nothing left.
class PodAgentsTests {
  private static final PodSettings SETTINGS =
      new PodSettings("audits", "image:1", false, false, Optional.empty());
  private static final PodPlace WORKER = new PodPlace("w", Optional.of("worker-1"), true);
  private static final Limits LIMITS = Limits.to(Set.of());

  private static final String NODES = "GET /api/v1/nodes";

  private final FakeApiServer server = new FakeApiServer();
  private final KubernetesClient client = server.client();
  private final AtomicBoolean stopped = new AtomicBoolean();

  PodAgentsTests() throws IOException {
    instead(NODES::equals, node("True", "KubeletReady"));
  }

  @AfterEach
  void end() {
    client.close();
    server.close();
  }

  @Test
  void aMissingNamespaceIsSaid() {
    refuse(Answer.status(404, "NotFound", "namespaces \"audits\" not found"));

    cause().hasMessageContaining("no namespace audits").hasMessageContaining("--namespace");
  }

  @Test
  void aQuotaIsSaid() {
    refuse(
        Answer.status(
            403, "Forbidden", "pods \"x\" is forbidden: exceeded quota: small, requested: pods=1"));

    cause().hasMessageStartingWith("a quota of namespace audits refuses its pod");
  }

  @Test
  void podSecurityIsSaid() {
    refuse(
        Answer.status(
            403,
            "Forbidden",
            "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": host namespaces"));

    cause()
        .hasMessageContaining("pod security of namespace audits")
        .hasMessageContaining("pod-security.kubernetes.io/enforce=privileged");
  }

  @Test
  void aMissingRightIsSaid() {
    refuse(
        Answer.status(
            403,
            "Forbidden",
            "pods is forbidden: User \"bob\" cannot create resource \"pods\" in API group \"\""));

    cause()
        .hasMessageContaining("cannot create resource \"pods\"")
        .hasMessageContaining("cluster rbac");
  }

  @Test
  void anImageThatCannotBePulledIsSaidAtOnce() {
    server.starting =
        pod ->
            new PodBuilder(pod)
                .withNewStatus()
                .withPhase("Pending")
                .addNewContainerStatus()
                .withName("agent")
                .withNewState()
                .withNewWaiting()
                .withReason("ErrImagePull")
                .withMessage("pull access denied")
                .endWaiting()
                .endState()
                .endContainerStatus()
                .endStatus()
                .build();

    cause().hasMessage("its pod cannot start: ErrImagePull: pull access denied");
  }

  @Test
  void anApiServerThatWentAwayIsSaid() {
    server.close();
    PodAgents agents = start(WORKER);

    assertThatThrownBy(() -> agents.open("w", LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the API server does not answer");
  }

  @Test
  void aNodeThatIsGoneGetsNoPod() {
    instead(NODES::equals, node("Unknown", "NodeStatusUnknown"));

    cause().hasMessageStartingWith("its node is gone: NodeStatusUnknown");
    assertThat(server.asked).noneMatch(question -> question.startsWith("POST"));
  }

  @Test
  void aNodeThatTheClusterDoesNotHaveGetsNoPod() {
    instead(NODES::equals, new Answer(200, Serialization.asJson(new NodeListBuilder().build())));

    cause().hasMessageContaining("no node of the name worker-1");
    assertThat(server.asked).noneMatch(question -> question.startsWith("POST"));
  }

  @Test
  void whoMayNotReadNodesMayHavePodsAllTheSame() {
    instead(NODES::equals, Answer.status(403, "Forbidden", "nodes is forbidden"));
    server.starting = PodAgentsTests::running;

    cause().hasMessageContaining("no exec into its pod");
    assertThat(server.asked).contains("POST /api/v1/namespaces/audits/pods");
  }

  @Test
  void anExecThatFailsNamesTheKubelet() {
    server.starting = PodAgentsTests::running;

    cause()
        .hasMessageStartingWith(
            "no exec into its pod, which leads from the API server to the kubelet at"
                + " 10.0.0.21:10250: ");
  }

  @Test
  void anExecThatAnApiServerCouldNotPassOnIsEvidence() throws Exception {
    server.starting = PodAgentsTests::running;
    instead(
        PodAgentsTests::isExec,
        Answer.status(500, "InternalError", "error dialing backend: refused"));
    PodAgents agents = start(WORKER);

    assertThatThrownBy(() -> agents.open("w", LIMITS)).isInstanceOf(IOException.class);

    assertThat(agents.exec("w"))
        .hasValueSatisfying(exec -> {
          assertThat(exec.node()).isEqualTo("worker-1");
          assertThat(exec.address()).isEqualTo(InetAddress.ofLiteral("10.0.0.21"));
          assertThat(exec.port()).isEqualTo(10250);
          assertThat(exec.failure().map(Untrusted::raw).orElse(""))
              .startsWith("the API server said 500");
        });
    assertThat(agents.remove()).isEmpty();
  }

  @Test
  void aKubeletIsWhereTheClusterSaysThatItIs() throws Exception {
    server.starting = PodAgentsTests::running;
    instead(NODES::equals, node("True", "KubeletReady", 10255));

    cause().hasMessageContaining("to the kubelet at 10.0.0.21:10255: ");
  }

  @Test
  void anExecThatWeMayNotAskForIsNone() throws Exception {
    server.starting = PodAgentsTests::running;
    instead(
        PodAgentsTests::isExec,
        Answer.status(403, "Forbidden", "cannot create resource \"pods/exec\""));
    PodAgents agents = start(WORKER);

    assertThatThrownBy(() -> agents.open("w", LIMITS)).isInstanceOf(IOException.class);

    assertThat(agents.exec("w")).isEmpty();
    assertThat(agents.remove()).isEmpty();
  }

  /// That says nothing of a kubelet.
  @Test
  void anExecThatNoApiServerHeardOfIsNone() throws Exception {
    server.starting = PodAgentsTests::running;
    AtomicBoolean away = new AtomicBoolean();
    instead(
        question -> {
          away.compareAndSet(false, isExec(question));
          return away.get();
        },
        Answer.NONE);
    PodAgents agents = start(WORKER);

    assertThatThrownBy(() -> agents.open("w", LIMITS)).isInstanceOf(IOException.class);

    assertThat(agents.exec("w")).isEmpty();
    server.instead = _ -> null;
    assertThat(agents.remove()).isEmpty();
  }

  /// A pod that gets no answer from the API server says so with its last line.
  @Test
  void whereNeitherWayLeadsToAnAgentBothReasonsAreSaid() {
    server.starting = PodAgentsTests::running;

    cause()
        .hasMessageStartingWith("no exec into its pod, ")
        .hasMessageContaining("10.0.0.21:10250: ")
        .hasMessageEndingWith(
            "; and it is not heard through the API server: its pod ended: Error: k8sfw-audit agent:"
                + " no route (exit code 4)");
    assertThat(server.asked)
        .contains(
            "POST /api/v1/namespaces/audits/configmaps",
            "POST /api/v1/namespaces/audits/serviceaccounts",
            "POST /apis/rbac.authorization.k8s.io/v1/namespaces/audits/roles",
            "POST /apis/rbac.authorization.k8s.io/v1/namespaces/audits/rolebindings");
  }

  @Test
  void withoutTheRightToRelayNothingOfItIsMade() {
    server.starting = PodAgentsTests::running;
    instead(
        "POST /api/v1/namespaces/audits/configmaps"::equals,
        Answer.status(403, "Forbidden", "cannot create resource \"configmaps\""));

    cause()
        .hasMessageContaining(
            "; and it is not heard through the API server: not allowed: cannot create resource"
                + " \"configmaps\"; see k8sfw-audit cluster rbac");
  }

  @Test
  void whoMayNotExecIsNotHeardInAnotherWay() {
    server.starting = PodAgentsTests::running;
    instead(
        PodAgentsTests::isExec,
        Answer.status(403, "Forbidden", "cannot create resource \"pods/exec\""));

    cause().hasMessageContaining("it takes the verbs get and create on pods/exec");
    assertThat(server.asked).noneMatch(question -> question.endsWith("/configmaps"));
  }

  @Test
  void whoeverStopsWaitsForNoPod() {
    stopped.set(true);

    cause().hasMessageContaining("interrupted");
  }

  @Test
  void allPodsOfTheRunAreRemoved() throws Exception {
    server.starting = PodAgentsTests::running;
    PodAgents agents = start(WORKER, new PodPlace("p", Optional.empty(), false));
    assertThatThrownBy(() -> agents.open("w", LIMITS)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> agents.open("p", LIMITS)).isInstanceOf(IOException.class);
    assertThat(server.pods).hasSize(2);

    assertThat(agents.remove()).isEmpty();

    assertThat(server.pods).isEmpty();
  }

  private PodAgents start(PodPlace... places) {
    return PodAgents.start(client, SETTINGS, "abc", List.of(places), stopped::get);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> cause() {
    PodAgents agents = start(WORKER);
    try {
      return assertThatThrownBy(() -> agents.open("w", LIMITS)).isInstanceOf(IOException.class);
    } finally {
      assertThat(agents.remove()).isEmpty();
      assertThat(server.pods).isEmpty();
      assertThat(server.others).isEmpty();
    }
  }

  /// To some questions; everything else as before.
  private void instead(Predicate<String> some, Answer answer) {
    Function<String, @Nullable Answer> otherwise = server.instead;
    server.instead = question -> some.test(question) ? answer : otherwise.apply(question);
  }

  private static boolean isExec(String question) {
    return question.endsWith("/exec");
  }

  private void refuse(Answer answer) {
    instead(question -> question.startsWith("POST"), answer);
  }

  private static Answer node(String ready, String reason) {
    return node(ready, reason, 10250);
  }

  private static Answer node(String ready, String reason, int kubelet) {
    Node node =
        new NodeBuilder()
            .withNewMetadata()
            .withName("worker-1")
            .endMetadata()
            .withNewStatus()
            .addNewCondition()
            .withType("Ready")
            .withStatus(ready)
            .withReason(reason)
            .endCondition()
            .withNewDaemonEndpoints()
            .withNewKubeletEndpoint(kubelet)
            .endDaemonEndpoints()
            .endStatus()
            .build();
    return new Answer(200, Serialization.asJson(new NodeListBuilder().withItems(node).build()));
  }

  private static Pod deaf(Pod pod) {
    return new PodBuilder(pod)
        .withNewStatus()
        .withPhase("Failed")
        .addNewContainerStatus()
        .withName("agent")
        .withNewState()
        .withNewTerminated()
        .withReason("Error")
        .withMessage("k8sfw-audit agent: no route")
        .withExitCode(4)
        .endTerminated()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }

  /// But for one that is to be heard by way of the API server.
  private static Pod running(Pod pod) {
    if (pod.getMetadata().getName().endsWith("-relay")) {
      return deaf(pod);
    }
    return new PodBuilder(pod)
        .editSpec()
        .withNodeName("worker-1")
        .endSpec()
        .withNewStatus()
        .withPhase("Running")
        .withHostIP("10.0.0.21")
        .addNewContainerStatus()
        .withName("agent")
        .withNewState()
        .withNewRunning()
        .endRunning()
        .endState()
        .endContainerStatus()
        .endStatus()
        .build();
  }
}
