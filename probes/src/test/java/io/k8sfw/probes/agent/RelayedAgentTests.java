package io.k8sfw.probes.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.probes.LocalVantage;
import io.k8sfw.probes.agent.relay.Board;
import io.k8sfw.probes.agent.relay.Exchange;
import io.k8sfw.probes.agent.relay.Parcel;
import io.k8sfw.probes.agent.relay.Relay;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// An agent and its audit that have nothing in common but two maps of strings.
class RelayedAgentTests {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration AWAY = Duration.ofSeconds(2);

  private static final Limits LIMITS =
      new Limits(
          Set.of(Agents.LOOPBACK),
          Duration.ofMinutes(2),
          Duration.ofMinutes(2),
          Duration.ofMinutes(2),
          Duration.ofMinutes(10));

  private final Map<String, Map<String, String>> configMaps = new ConcurrentHashMap<>();
  private volatile @Nullable String away;

  @Test
  void anAgentSeesWhatIsOpenAndSaysGoodbye() throws Exception {
    AtomicReference<Optional<String>> ended = new AtomicReference<>(Optional.of("not yet"));
    Thread agent = Thread.ofPlatform().daemon().start(() -> ended.set(serve()));
    try (RemoteVantage far = RemoteVantage.open("far", "relay", end(), LIMITS)) {
      away = "the API server restarts";
      Thread back =
          Thread.startVirtualThread(() -> {
            LockSupport.parkNanos(AWAY.toNanos());
            away = null;
          });
      RemoteVantageTests.seesWhatIsOpen(far);
      back.join();
    }
    agent.join(PATIENCE);

    assertThat(ended.get()).isEmpty();
    assertThat(configMaps.get("results")).containsEntry("last", "true");
  }

  @Test
  void anApiServerThatStaysAwayIsTheCause() {
    away = "the API server does not answer";
    Relayed end = end(Duration.ofSeconds(1));

    assertThatThrownBy(() -> RemoteVantage.open("far", "relay", end, LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the API server does not answer");
  }

  /// What waits for an agent is to learn soon that it cannot be heard; one that was heard may be
  /// away for longer.
  @Test
  void whoWasHeardOnceMayBeAwayForLonger() throws Exception {
    AtomicReference<Optional<String>> ended = new AtomicReference<>(Optional.of("not yet"));
    Thread agent = Thread.ofPlatform().daemon().start(() -> ended.set(serve()));
    try (RemoteVantage far =
        RemoteVantage.open("far", "relay", end(Duration.ofSeconds(20)), LIMITS)) {
      away = "the API server restarts";
      LockSupport.parkNanos(Duration.ofSeconds(21).toNanos());
      away = null;

      assertThat(far.socketTable()).isPresent();
    }
    agent.join(PATIENCE);

    assertThat(ended.get()).isEmpty();
  }

  private Optional<String> serve() {
    Exchange exchange = new Exchange();
    Relay relay = new Relay(exchange, board("orders", "results"), PATIENCE, PATIENCE, "agent");
    try (LocalVantage local = LocalVantage.open("agent");
        OutputStream out = exchange.out()) {
      return new AgentServer(local, Set.of(), exchange.in(), out).serve();
    } catch (IOException | InterruptedException e) {
      return Optional.of(e.toString());
    } finally {
      relay.await(PATIENCE);
      relay.end();
    }
  }

  private Relayed end() {
    return end(PATIENCE);
  }

  private Relayed end(Duration patience) {
    Exchange exchange = new Exchange();
    return new Relayed(
        exchange, new Relay(exchange, board("results", "orders"), patience, PATIENCE, "audit"));
  }

  private Board board(String read, String written) {
    return new Board() {
      @Override
      public Parcel read() throws IOException {
        present();
        return Parcel.of(configMaps.getOrDefault(read, Map.of()));
      }

      @Override
      public void write(Parcel parcel) throws IOException {
        present();
        configMaps.put(written, parcel.data());
      }
    };
  }

  private void present() throws IOException {
    String why = away;
    if (why != null) {
      throw new IOException(why);
    }
  }

  private record Relayed(Exchange exchange, Relay relay) implements AgentEnd {
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
      relay.await(PATIENCE);
      relay.end();
    }
  }
}
