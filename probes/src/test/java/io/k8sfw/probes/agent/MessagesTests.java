package io.k8sfw.probes.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.model.Family;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.agent.AgentProtocol.Reply;
import io.k8sfw.probes.agent.AgentProtocol.Request;
import io.k8sfw.probes.agent.MessageReader.Message;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage.Departures;
import io.k8sfw.vantage.Vantage.Departures.Fate;
import io.k8sfw.vantage.Vantage.OverlayTap.Passed;
import io.k8sfw.vantage.Vantage.Sent;
import io.k8sfw.vantage.VantageReading;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is written is read back, whatever its size, and nothing else is read.
class MessagesTests {
  private static final InetAddress V4 = InetAddress.ofLiteral("192.0.2.7");
  private static final InetAddress V6 = InetAddress.ofLiteral("2001:db8::7");

  private static final PortSet EVERY_SECOND =
      PortSet.of(
          IntStream.rangeClosed(1, 32_767).mapToObj(i -> new PortRange(2 * i, 2 * i)).toList());

  private static final ProbeOrder ORDER =
      new ProbeOrder(
          "far",
          List.of(
              new ProbeOrder.Target(
                  Optional.of("node"), V4, Protocol.TCP, PortSet.ALL, EVERY_SECOND, PortSet.NONE),
              new ProbeOrder.Target(
                  Optional.empty(), V6, Protocol.UDP, EVERY_SECOND, PortSet.NONE, PortSet.of(179))),
          Pace.POLITE,
          Long.MIN_VALUE,
          true,
          Integer.MAX_VALUE);

  private static final String NONCE = "0123456789abcdef";
  private static final OverlayDevice DEVICE =
      new OverlayDevice(
          "flannel.1",
          4,
          OverlayDevice.Kind.VXLAN,
          1,
          "0af100000001",
          8472,
          Family.IPV4,
          List.of(V4));

  static final List<Request> REQUESTS =
      List.of(
          new Request.Open(Set.of(V4, V6), Duration.ofMillis(1500), Duration.ofDays(1)),
          new Request.Beat(),
          new Request.Cancel(),
          new Request.Goodbye(),
          new Request.Probe(ORDER, Integer.MAX_VALUE, new Oversight(Set.of(V6), Set.of(V4))),
          new Request.Oversee(new Oversight(Set.of(V4, V6), Set.of())),
          new Request.Allow(500),
          new Request.ReadSockets(),
          new Request.ReadTracking(),
          new Request.Hold(Protocol.UDP, V4, 80, Set.of("a", "b")),
          new Request.HeldSeenFrom(7, "a"),
          new Request.StillHolds(7),
          new Request.Ask(Protocol.TCP, V6, 65535, "a", 1000),
          new Request.FindSource(V6),
          new Request.Watch(true),
          new Request.ArrivalSeenFrom(8, V4, 80),
          new Request.TokenSeenFrom(8, "a"),
          new Request.Depart(
              IntStream.rangeClosed(1, 40_000).mapToObj(p -> new InetSocketAddress(V6, p)).toList(),
              Pace.FAST),
          new Request.HalfOpen(
              new InetSocketAddress(V6, 179),
              List.of(Duration.ofMillis(200), Duration.ofMillis(1400))),
          new Request.ReadOverlays(),
          new Request.FindDevice(V6),
          new Request.WatchOverlays(),
          new Request.ReadPassed(10),
          new Request.HoldEcho(V4),
          new Request.EchoHeard(11),
          new Request.AskEcho(V4, new InetSocketAddress(V4, 50_000), List.of(NONCE), 200),
          new Request.Knock(V4, DEVICE, new InetSocketAddress(V4, 50_000), List.of(NONCE), 200),
          new Request.Tickle(V4, DEVICE, 3),
          new Request.ReadDatagramsTaken(),
          new Request.Release(9));

  static final List<Reply> REPLIES =
      List.of(
          Agents.hello(1, "0.1"),
          new Reply.Opened(Instant.parse("2026-01-02T03:04:05.678901Z")),
          new Reply.Beat(),
          new Reply.Settled(65535),
          new Reply.Failed("it is \"so\""),
          new Reply.Probed(reading()),
          new Reply.Sockets(Optional.empty()),
          new Reply.Sockets(Optional.of(table())),
          new Reply.Tracked(Optional.of(new Tracking("4026531840", 5, 262_144))),
          new Reply.Held(Optional.of("0123456789abcdef")),
          new Reply.Held(Optional.empty()),
          new Reply.SeenFrom(Optional.of(V6)),
          new Reply.Said(Optional.of("words")),
          new Reply.Holds(true),
          new Reply.Watching(true),
          new Reply.Departed(Optional.of(departures())),
          new Reply.HalfOpened(Optional.of(reading().readings().getFirst().runs().getFirst())),
          new Reply.HalfOpened(Optional.empty()),
          new Reply.Overlays(List.of(DEVICE)),
          new Reply.Device(Optional.of("flannel.1")),
          new Reply.PassedBy(Set.of(new Passed(NONCE, false, true, false, 4))),
          new Reply.EchoHeld(50_000),
          new Reply.Heard(Set.of(NONCE)),
          new Reply.SentThrough(new Sent(5, false)),
          new Reply.Tickled(),
          new Reply.DatagramsTaken(-1),
          new Reply.Released());

  private static VantageReading reading() {
    List<PortRun> runs =
        IntStream.rangeClosed(1, 65_535)
            .mapToObj(port ->
                new PortRun(
                    new PortRange(port, port),
                    switch (port % 3) {
                      case 0 ->
                          new Measured(
                              PortState.OPEN, Reason.SYN_ACK, Optional.empty(), 3, 1, true);
                      case 1 ->
                          new Measured(
                              PortState.FILTERED,
                              Reason.ADMIN_PROHIBITED,
                              Optional.of(new Icmp(3, 13, V4)),
                              1,
                              1,
                              false);
                      default -> new Unmeasured(Untrusted.of("no \u001b route\n"));
                    },
                    100 * port - 1))
            .toList();
    return new VantageReading(
        List.of(new TargetReading("far", V4, Protocol.TCP, runs)),
        List.of(
            new Control("far", V4, Control.Kind.NEGATIVE, Control.Phase.DURING, 50_000, true, "d")),
        List.of(new PathReport("far", V4, 100, 3, 0.0625, 5, Optional.of("more than it takes"))),
        Long.MAX_VALUE);
  }

  private static SocketTable table() {
    return new SocketTable(
        IntStream.rangeClosed(1, 1000)
            .mapToObj(port -> new SocketTable.Listener(Protocol.UDP, V6, port, port % 2 == 0))
            .toList(),
        -1);
  }

  private static Departures departures() {
    Map<InetSocketAddress, Fate> fates = new HashMap<>();
    List<Fate> every = List.of(Fate.values());
    for (int port = 1; port <= 5000; port++) {
      fates.put(new InetSocketAddress(V4, port), every.get(port % every.size()));
    }
    return new Departures(fates, 5000);
  }

  @ParameterizedTest
  @FieldSource("REQUESTS")
  void everyRequestIsReadBack(Request request) throws Exception {
    assertThat(readBack(Request.class, request)).isEqualTo(request);
  }

  @ParameterizedTest
  @FieldSource("REPLIES")
  void everyReplyIsReadBack(Reply reply) throws Exception {
    assertThat(readBack(Reply.class, reply)).isEqualTo(reply);
  }

  @Test
  void everyKindIsTried() {
    assertThat(kinds(REQUESTS)).containsExactlyInAnyOrder(Request.class.getPermittedSubclasses());
    assertThat(kinds(REPLIES)).containsExactlyInAnyOrder(Reply.class.getPermittedSubclasses());
  }

  private static Set<Class<?>> kinds(List<?> messages) {
    return messages.stream().map(Object::getClass).collect(Collectors.toSet());
  }

  @Test
  void messagesOfManyThreadsDoNotMix() throws Exception {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    MessageWriter writer = new MessageWriter(written);
    Reply reply = new Reply.Sockets(Optional.of(table()));
    List<Thread> threads =
        Stream.iterate(1L, i -> i <= 8, i -> i + 1)
            .map(id -> Thread.ofVirtual().start(() -> writeQuietly(writer, id, reply)))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    MessageReader<Reply> reader = reader(Reply.class, written.toByteArray());
    Set<Long> ids = new HashSet<>();
    for (int i = 0; i < threads.size(); i++) {
      Message<Reply> message = reader.next().orElseThrow();
      assertThat(message.body()).isEqualTo(reply);
      ids.add(message.id());
    }
    assertThat(ids).hasSize(threads.size());
    assertThat(reader.next()).isEmpty();
  }

  private static void writeQuietly(MessageWriter writer, long id, Reply reply) {
    try {
      writer.write(id, Reply.class, reply);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void plainTextLosesWhatCouldAct() throws Exception {
    assertThat(readBack(Reply.class, new Reply.Failed("a\nb\u001b[2J\u202e")))
        .isEqualTo(new Reply.Failed("a␊b␛[2J\\u{202e}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "null",
        "{\"id\":1}",
        "{\"id\":1,\"body\":null}",
        "{\"id\":1,\"body\":{}}",
        "{\"id\":1,\"body\":{\"type\":\"Nothing\"}}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\"}}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\",\"ports\":\"1\"}}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\",\"ports\":1.5}}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\",\"ports\":99999999999999999999}}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\",\"ports\":1,\"ports\":1}}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\",\"ports\":1,\"more\":1}}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\",\"ports\":1}} {}",
        "{\"id\":1,\"body\":{\"type\":\"Settled\",\"ports\":1},\"more\":1}",
        "{\"id\":1.5,\"body\":{\"type\":\"Beat\"}}",
        "{\"body\":{\"type\":\"Beat\"},\"id\":1}",
        "{\"id\":1,\"body\":{\"type\":\"SeenFrom\",\"source\":\"example.org\"}}",
        "{\"id\":1,\"body\":{\"type\":\"SeenFrom\",\"source\":\"fe80::1%eth0\"}}",
        "{\"id\":1,\"body\":{\"type\":\"SeenFrom\",\"source\":7}}",
        "{\"id\":1,\"body\":{\"type\":\"Opened\",\"clock\":\"yesterday\"}}",
        "{\"id\":1,\"body\":{\"type\":\"Sockets\",\"table\":{\"listeners\":{\"list\":0,\"count\":1},"
            + "\"listenOverflows\":0}}}",
        "{\"id\":1,\"body\":{\"type\":\"Sockets\",\"table\":{\"listeners\":[null],"
            + "\"listenOverflows\":0}}}",
        "{\"id\":1,\"list\":0,\"items\":[]}\n{\"id\":1,\"body\":{\"type\":\"Beat\"}}",
      })
  void whatIsNoMessageIsRefused(String text) {
    assertThatThrownBy(
            () -> reader(Reply.class, (text + "\n").getBytes(StandardCharsets.UTF_8)).next())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("it sent something else than a message");
  }

  private static <T> T readBack(Class<T> type, T message) throws IOException {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    new MessageWriter(written).write(7, type, message);
    assertThat(written.toString(StandardCharsets.UTF_8).lines())
        .allSatisfy(line -> assertThat(line.length()).isLessThan(20_000));
    MessageReader<T> reader = reader(type, written.toByteArray());
    Message<T> read = reader.next().orElseThrow();
    assertThat(read.id()).isEqualTo(7);
    assertThat(reader.next()).isEmpty();
    return read.body();
  }

  private static <T> MessageReader<T> reader(Class<T> type, byte[] text) {
    return new MessageReader<>(new ByteArrayInputStream(text), type, () -> 64 << 20);
  }
}
