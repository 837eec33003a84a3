package io.k8sfw.kubernetes;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.k8sfw.probes.agent.AgentEnd;
import io.k8sfw.probes.agent.relay.Board;
import io.k8sfw.probes.agent.relay.BrokenRelayException;
import io.k8sfw.probes.agent.relay.Exchange;
import io.k8sfw.probes.agent.relay.Parcel;
import io.k8sfw.probes.agent.relay.PodBoard;
import io.k8sfw.probes.agent.relay.Relay;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/// An agent that is a pod's own process, and is heard by way of the API server.
final class RelayEnd implements AgentEnd {
  /// One there and one back, at a write a second each, and a slow machine.
  private static final Duration GOODBYE = Duration.ofSeconds(6);

  private final Exchange exchange = new Exchange();
  private final Relay relay;

  /// @param pod whose ConfigMaps are there
  RelayEnd(KubernetesClient client, String namespace, String pod) {
    Board board = new ControllersBoard(client, namespace, pod);
    relay = new Relay(exchange, board, Relay.RESTART, Relay.RESTART, pod);
  }

  @Override
  public InputStream in() {
    return exchange.in();
  }

  @Override
  public OutputStream out() {
    return exchange.out();
  }

  @Override
  public String epitaph() {
    return "";
  }

  @Override
  public void kill() {
    relay.end();
  }

  @Override
  public void bury() {
    boolean interrupted = Thread.interrupted();
    relay.await(GOODBYE);
    relay.end();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Reads results, writes orders, and now and then looks whether the pod still runs.
  private static final class ControllersBoard implements Board {
    private static final int POD_EVERY = 4;

    private final KubernetesClient client;
    private final String namespace;
    private final String pod;
    private int reads;

    ControllersBoard(KubernetesClient client, String namespace, String pod) {
      this.client = client;
      this.namespace = namespace;
      this.pod = pod;
    }

    @Override
    public Parcel read() throws IOException {
      try {
        ConfigMap results = named(pod + PodBoard.RESULTS);
        Parcel parcel =
            Parcel.of(Objects.requireNonNullElse(results.getData(), Map.<String, String>of()));
        if (!parcel.last() && ++reads % POD_EVERY == 0) {
          look();
        }
        return parcel;
      } catch (KubernetesClientException e) {
        throw new IOException(ApiFailure.of(e), e);
      }
    }

    private ConfigMap named(String name) throws BrokenRelayException {
      ConfigMap found = client.configMaps().inNamespace(namespace).withName(name).get();
      if (found == null) {
        throw new BrokenRelayException("somebody removed its ConfigMap " + name);
      }
      return found;
    }

    private void look() throws BrokenRelayException {
      Pod there = client.pods().inNamespace(namespace).withName(pod).get();
      if (there == null) {
        throw new BrokenRelayException("somebody removed its pod");
      }
      if (PodState.of(there) instanceof PodState.Lost(String cause)) {
        throw new BrokenRelayException(cause);
      }
    }

    @Override
    public void write(Parcel parcel) throws IOException {
      try {
        client
            .configMaps()
            .inNamespace(namespace)
            .withName(pod + PodBoard.ORDERS)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                new ConfigMapBuilder().withData(parcel.data()).build());
      } catch (KubernetesClientException e) {
        throw new IOException(ApiFailure.of(e), e);
      }
    }
  }
}
