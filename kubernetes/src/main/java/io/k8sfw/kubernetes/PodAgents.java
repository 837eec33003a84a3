package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.DaemonEndpoint;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeDaemonEndpoints;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.probes.agent.Limits;
import io.k8sfw.probes.agent.RemoteVantage;
import io.k8sfw.probes.agent.relay.Relay;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Agents in pods of a cluster, one for each place. All pods of a run have a label in common, and
/// are removed together.
///
/// A place whose pod does not run costs its own checks: its cause is said when it is opened. One
/// that no exec leads to gets another pod, whose agent is heard by way of the API server.
public final class PodAgents {
  /// A kubelet that lives begins with a pod at once.
  private static final Duration TAKEN = Duration.ofSeconds(20);

  /// With time to pull the image.
  private static final Duration STARTED = Duration.ofMinutes(2);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

  /// Pods that are made or removed at once.
  private static final int AT_ONCE = 16;

  /// Where kubelets listen unless told otherwise (kubelet configuration, `port`).
  private static final int KUBELET = 10250;

  private static final int CONFLICT = 409;

  /// Agents that are heard by way of the API server at once: etcd hears each twice a second at the
  /// most.
  private static final int MOST_RELAYED = 16;

  /// Everything takes seconds there.
  private static final Duration RELAY_START = Duration.ofSeconds(60);

  private static final Duration RELAY_ANSWER = Duration.ofSeconds(60);

  /// Longer than an API server may stay away.
  private static final Duration RELAY_SILENCE = Relay.RESTART.plusSeconds(15);

  private final KubernetesClient client;
  private final PodSettings settings;
  private final String run;
  private final BooleanSupplier cancelled;
  private final Map<String, Waiting> waiting = new LinkedHashMap<>();
  private final List<Thread> creating = new ArrayList<>();
  private final Map<String, Integer> kubeletPorts = new ConcurrentHashMap<>();
  private final Map<String, ExecReport> execs = new ConcurrentHashMap<>();
  private final AtomicInteger relayed = new AtomicInteger();
  private volatile Optional<String> unheard = Optional.empty();
  private volatile boolean removed;

  /// A place, and its pod as soon as it runs.
  private record Waiting(PodPlace place, String pod, CompletableFuture<PodState.Running> running) {}

  /// Where the API server is to find the kubelet of a pod.
  private record Kubelet(PodState.Running pod, int port) {
    Optional<ExecReport> report(Optional<Untrusted> failure) {
      try {
        InetAddress address = InetAddress.ofLiteral(pod.host());
        return Optional.of(new ExecReport(pod.node(), address, port, failure));
      } catch (IllegalArgumentException _) {
        // The cluster does not say where.
        return Optional.empty();
      }
    }

    @Override
    public String toString() {
      return (pod.host().contains(":") ? "[" + pod.host() + "]" : pod.host()) + ":" + port;
    }
  }

  private PodAgents(
      KubernetesClient client, PodSettings settings, String run, BooleanSupplier cancelled) {
    this.client = client;
    this.settings = settings;
    this.run = run;
    this.cancelled = cancelled;
  }

  /// Makes all pods, and does not wait for them.
  ///
  /// @param run names the audit: lower case letters and digits, at most 20
  /// @param places with names of their own
  /// @param cancelled whether nobody wants them any more
  public static PodAgents start(
      ClusterConnection cluster,
      PodSettings settings,
      String run,
      List<PodPlace> places,
      BooleanSupplier cancelled) {
    return start(cluster.client(), settings, run, places, cancelled);
  }

  static PodAgents start(
      KubernetesClient client,
      PodSettings settings,
      String run,
      List<PodPlace> places,
      BooleanSupplier cancelled) {
    PodAgents agents = new PodAgents(client, settings, run, cancelled);
    int number = 0;
    for (PodPlace place : places) {
      String pod = AgentPod.NAME + "-" + run + "-" + number++;
      agents.waiting.put(place.name(), new Waiting(place, pod, new CompletableFuture<>()));
    }
    Semaphore atOnce = new Semaphore(AT_ONCE);
    agents
        .waiting
        .values()
        .forEach(
            w -> agents.creating.add(Thread.ofVirtual().start(() -> agents.create(w, atOnce))));
    Thread.ofVirtual().name("pods-" + run).start(() -> agents.watch(agents.waiting.values()));
    return agents;
  }

  private void create(Waiting wanted, Semaphore atOnce) {
    atOnce.acquireUninterruptibly();
    try {
      Optional<String> why = wanted.place().node().flatMap(this::gone);
      if (why.isPresent()) {
        wanted.running().completeExceptionally(new IOException(why.get()));
      } else if (!removed && !cancelled.getAsBoolean()) {
        make(AgentPod.of(wanted.pod(), run, wanted.place(), settings));
      }
    } catch (KubernetesClientException e) {
      wanted
          .running()
          .completeExceptionally(
              new IOException(ApiFailure.ofCreating(e, settings.namespace()), e));
    } catch (RuntimeException e) {
      wanted.running().completeExceptionally(new IOException(ApiFailure.innermost(e), e));
    } finally {
      atOnce.release();
    }
  }

  /// What is there already was made by a request whose answer was lost: nobody else uses its name.
  private void make(HasMetadata object) {
    try {
      client.resource(object).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT) {
        throw e;
      }
    }
  }

  /// Why no pod will ever start on a node. A node that is merely not ready may still run one.
  private Optional<String> gone(String name) {
    try {
      List<Node> found = client.nodes().withField("metadata.name", name).list().getItems();
      if (found.isEmpty()) {
        return Optional.of("the cluster has no node of the name " + name);
      }
      kubeletPort(found.getFirst()).ifPresent(port -> kubeletPorts.put(name, port));
      return ready(found.getFirst())
          .filter(c -> c.getStatus().equals("Unknown"))
          .map(c -> "its node is gone: " + PodState.said(c.getReason(), c.getMessage()));
    } catch (KubernetesClientException _) {
      // Whoever may not read nodes learns it from the pod.
      return Optional.empty();
    }
  }

  private static Optional<Integer> kubeletPort(Node node) {
    return Optional.ofNullable(node.getStatus())
        .map(NodeStatus::getDaemonEndpoints)
        .map(NodeDaemonEndpoints::getKubeletEndpoint)
        .map(DaemonEndpoint::getPort)
        .filter(port -> port > 0 && port <= PortRange.MAX);
  }

  private static Optional<NodeCondition> ready(Node node) {
    return node.getStatus() == null
        ? Optional.empty()
        : node.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals("Ready"))
            .findFirst();
  }

  /// Looks at all pods at once, until each has run or will not.
  private void watch(Collection<Waiting> wanted) {
    long born = System.nanoTime();
    // A list of thousands of pods costs the API server something: a millisecond for each.
    Duration pause = LOOK_AGAIN.plusMillis(wanted.size());
    while (!removed && wanted.stream().anyMatch(w -> !w.running().isDone())) {
      try {
        Map<String, Pod> seen = new LinkedHashMap<>();
        pods().forEach(pod -> seen.put(pod.getMetadata().getName(), pod));
        unheard = Optional.empty();
        wanted.forEach(w -> look(w, seen.get(w.pod()), System.nanoTime() - born));
      } catch (KubernetesClientException e) {
        unheard = Optional.of(ApiFailure.of(e));
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts this", e);
      }
    }
  }

  private List<Pod> pods() {
    return client
        .pods()
        .inNamespace(settings.namespace())
        .withLabel(AgentPod.RUN_LABEL, run)
        .list()
        .getItems();
  }

  private List<? extends HasMetadata> made() {
    if (relayed.get() == 0) {
      return pods();
    }
    LabelSelector own = new LabelSelectorBuilder().withMatchLabels(AgentPod.labels(run)).build();
    return Stream.concat(pods().stream(), AgentRelay.left(client, settings.namespace(), own))
        .toList();
  }

  private void look(Waiting wanted, @Nullable Pod pod, long waited) {
    if (pod == null) {
      return;
    }
    switch (PodState.of(pod)) {
      case PodState.Running running -> wanted.running().complete(running);
      case PodState.Lost(String cause) ->
          wanted.running().completeExceptionally(new IOException(cause));
      case PodState.Starting(boolean taken, String why) -> {
        Duration longest = taken ? STARTED : TAKEN;
        if (waited > longest.toNanos()) {
          wanted
              .running()
              .completeExceptionally(
                  new IOException(
                      "its pod did not start within " + longest.toSeconds() + " s: " + why));
        }
      }
    }
  }

  /// Waits for the pod of a place, and starts an agent in it.
  ///
  /// Closing the vantage point ends the agent, but not the pod.
  ///
  /// @param name of one of the places
  /// @throws IOException with the cause in one line; it is not to be had then
  public RemoteVantage open(String name, Limits limits) throws IOException {
    Waiting wanted = waiting.get(name);
    if (wanted == null) {
      throw new IllegalArgumentException("no such place: " + name);
    }
    PodState.Running pod = await(wanted);
    Kubelet kubelet = new Kubelet(pod, kubeletPorts.getOrDefault(pod.node(), KUBELET));
    String where = (wanted.place().onHost() ? "host-network pod on " : "pod on ") + pod.node();
    ExecEnd end;
    try {
      end = ExecEnd.open(client, settings.namespace(), wanted.pod(), name);
    } catch (NoExecException e) {
      if (e.isAfterTheApiServer()) {
        note(name, kubelet.report(Optional.of(Untrusted.of(String.valueOf(e.getMessage())))));
      }
      String why = noExec(kubelet, e);
      try {
        return relay(wanted, where + ", heard through the API server: " + why, limits);
      } catch (IOException worse) {
        throw new IOException(
            why + "; and it is not heard through the API server: " + worse.getMessage(), worse);
      }
    } catch (IOException e) {
      throw new IOException(noExec(kubelet, e), e);
    }
    note(name, kubelet.report(Optional.empty()));
    return RemoteVantage.open(name, where + ", by exec over " + kubelet, exec(name), end, limits);
  }

  /// What came of the exec into the pod of a place, as soon as it was opened or could not be.
  ///
  /// @return empty where there was none, or it is not the way from the API server that failed
  public Optional<ExecReport> exec(String name) {
    return Optional.ofNullable(execs.get(name));
  }

  private void note(String name, Optional<ExecReport> exec) {
    exec.ifPresent(report -> execs.put(name, report));
  }

  private static String noExec(Kubelet kubelet, IOException e) {
    return "no exec into its pod, which leads from the API server to the kubelet at "
        + kubelet
        + ": "
        + e.getMessage();
  }

  /// Starts another pod in place of one that no exec leads to.
  private RemoteVantage relay(Waiting deaf, String transport, Limits limits) throws IOException {
    if (cancelled.getAsBoolean()) {
      throw new IOException("interrupted");
    }
    if (relayed.incrementAndGet() > MOST_RELAYED) {
      throw new IOException("so are " + MOST_RELAYED + " others, which is the most");
    }
    Waiting wanted = new Waiting(deaf.place(), deaf.pod() + "-relay", new CompletableFuture<>());
    try {
      client.pods().inNamespace(settings.namespace()).withName(deaf.pod()).delete();
      AgentRelay.of(wanted.pod(), run, settings).forEach(this::make);
      make(AgentPod.relayed(wanted.pod(), run, wanted.place(), settings));
    } catch (KubernetesClientException e) {
      throw new IOException(ApiFailure.of(e), e);
    }
    Thread.ofVirtual().name("pods-" + wanted.pod()).start(() -> watch(List.of(wanted)));
    await(wanted);
    return RemoteVantage.open(
        wanted.place().name(),
        transport,
        exec(wanted.place().name()),
        new RelayEnd(client, settings.namespace(), wanted.pod()),
        new Limits(limits.addresses(), RELAY_START, RELAY_ANSWER, RELAY_SILENCE, limits.life()));
  }

  private PodState.Running await(Waiting wanted) throws IOException {
    long deadline = System.nanoTime() + STARTED.plus(TAKEN).toNanos();
    while (true) {
      try {
        return wanted.running().get(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        throw new IOException(
            e.getCause() == null ? "" : String.valueOf(e.getCause().getMessage()), e);
      } catch (TimeoutException e) {
        if (cancelled.getAsBoolean()) {
          throw new IOException("interrupted before its pod ran", e);
        }
        if (System.nanoTime() - deadline > 0) {
          throw new IOException(unheard.orElse("its pod was not seen"), e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  /// Removes all pods of the run, and what goes with them, and waits until they are gone.
  ///
  /// @return why some may still be there, in one line; empty where none is
  public Optional<String> remove() {
    removed = true;
    // What is being made now must be seen, to be removed.
    for (Thread each : creating) {
      try {
        each.join(TAKEN);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    return new PodRemoval(client, settings.namespace())
        .remove(this::made)
        .map(why ->
            why
                + "; k8sfw-audit cluster cleanup --namespace "
                + settings.namespace()
                + " removes them");
  }
}
