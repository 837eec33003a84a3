package io.k8sfw.probes.agent;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.ExecReport;
import io.k8sfw.observation.OverlayDevice;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.SocketTable;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.probes.agent.AgentProtocol.Reply;
import io.k8sfw.probes.agent.AgentProtocol.Request;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Tracking;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A vantage point that an agent serves.
///
/// Whatever the agent does, nothing here waits longer than it must: an agent that dies, hangs or
/// talks nonsense is ended, and everything asked of it from then on fails with the cause. What it
/// said before counts only where it is whole.
public final class RemoteVantage implements Vantage {
  /// Nothing that is being probed stays without any progress for so long.
  private static final Duration STALLED = Duration.ofMinutes(5);

  private final String name;
  private final String transport;
  private final Optional<ExecReport> exec;
  private final AgentSession session;
  private final Duration moment;

  private RemoteVantage(
      String name,
      String transport,
      Optional<ExecReport> exec,
      AgentSession session,
      Duration moment) {
    this.name = name;
    this.transport = transport;
    this.exec = exec;
    this.session = session;
    this.moment = moment;
  }

  /// Waits for the agent's hello and tells it its limits.
  ///
  /// @param transport for reports: `command ip netns exec blue`
  /// @throws IOException where there is no agent of this build in time; the other end is closed
  public static RemoteVantage open(String name, String transport, AgentEnd end, Limits limits)
      throws IOException {
    return open(name, transport, Optional.empty(), end, limits);
  }

  /// The same.
  ///
  /// @param exec what came of the exec that was to lead to the agent
  public static RemoteVantage open(
      String name, String transport, Optional<ExecReport> exec, AgentEnd end, Limits limits)
      throws IOException {
    return new RemoteVantage(
        name, transport, exec, AgentSession.open(name, end, limits), limits.answer());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String transport() {
    return transport;
  }

  @Override
  public Optional<ExecReport> exec() {
    return exec;
  }

  @Override
  public Set<Capability> capabilities() {
    return session.hello().capabilities();
  }

  @Override
  public boolean isGone() {
    return session.isOver();
  }

  /// The agent itself.
  public AgentReport agent() {
    return session.report();
  }

  @Override
  public VantageReading probe(ProbeOrder order, Progress progress)
      throws IOException, InterruptedException {
    Patience.Told first = new Patience.Told(progress.allowance(), progress.oversight());
    VantageReading reading =
        session
            .ask(
                new Request.Probe(order, first.allowance().entries(), first.oversight()),
                Reply.Probed.class,
                new Patience(STALLED, order.size(), name, progress, first))
            .reading();
    WholeReading.check(order, reading);
    return reading;
  }

  @Override
  public Optional<SocketTable> socketTable() throws IOException {
    return ask(new Request.ReadSockets(), Reply.Sockets.class).table();
  }

  @Override
  public Optional<Tracking> tracking() {
    try {
      return ask(new Request.ReadTracking(), Reply.Tracked.class).tracking();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<Witness> holdWitness(
      Protocol protocol, InetAddress address, int port, Set<String> tokens) throws IOException {
    AgentSession.Answer<Reply.Held> held =
        session.answer(
            new Request.Hold(protocol, address, port, tokens),
            Reply.Held.class,
            Patience.of(moment));
    return held.reply().nonce().map(nonce -> new RemoteWitness(held.id(), nonce));
  }

  @Override
  public Optional<String> askWitness(
      Protocol protocol, InetAddress address, int port, String token, int timeoutMillis)
      throws IOException {
    return session
        .answer(
            new Request.Ask(protocol, address, port, token, timeoutMillis),
            Reply.Said.class,
            Patience.of(moment.plusMillis(timeoutMillis)))
        .reply()
        .text();
  }

  @Override
  public Optional<InetAddress> sourceTowards(InetAddress target) throws IOException {
    return ask(new Request.FindSource(target), Reply.SeenFrom.class).source();
  }

  @Override
  public Optional<Arrivals> watchArrivals() throws IOException {
    return watch(false);
  }

  @Override
  public Optional<Arrivals> watchLeaving() throws IOException {
    return watch(true);
  }

  private Optional<Arrivals> watch(boolean leaving) throws IOException {
    AgentSession.Answer<Reply.Watching> watching =
        session.answer(new Request.Watch(leaving), Reply.Watching.class, Patience.of(moment));
    return watching.reply().allowed()
        ? Optional.of(new RemoteArrivals(watching.id()))
        : Optional.empty();
  }

  @Override
  public Optional<Departures> watchDepartures(
      List<InetSocketAddress> ports, Pace pace, Progress progress) throws IOException {
    // Three rounds at the pace, and what a slow machine adds.
    Duration longest =
        moment.plusSeconds(
            6L * ports.size() / Math.max(1, pace.perTargetPerSecond()) + ports.size());
    Optional<Departures> departures =
        session
            .answer(
                new Request.Depart(ports, pace),
                Reply.Departed.class,
                new Patience(longest, 0, name, progress))
            .reply()
            .departures();
    if (departures.isPresent() && !ports.containsAll(departures.get().fates().keySet())) {
      throw new IOException("the agent told of departures that nobody asked for");
    }
    return departures;
  }

  @Override
  public Optional<PortRun> halfOpen(InetSocketAddress port, List<Duration> waits)
      throws IOException {
    Duration longest = waits.stream().reduce(moment, Duration::plus);
    Optional<PortRun> run =
        session
            .answer(new Request.HalfOpen(port, waits), Reply.HalfOpened.class, Patience.of(longest))
            .reply()
            .run();
    PortRange asked = new PortRange(port.getPort(), port.getPort());
    if (run.filter(r -> !r.ports().equals(asked)).isPresent()) {
      throw new IOException("the agent told of a port that nobody asked for");
    }
    return run;
  }

  @Override
  public List<OverlayDevice> overlays() throws IOException {
    return ask(new Request.ReadOverlays(), Reply.Overlays.class).devices();
  }

  @Override
  public Optional<String> deviceTowards(InetAddress address) throws IOException {
    return ask(new Request.FindDevice(address), Reply.Device.class).name();
  }

  @Override
  public Optional<OverlayTap> watchOverlays() throws IOException {
    AgentSession.Answer<Reply.Watching> watching =
        session.answer(new Request.WatchOverlays(), Reply.Watching.class, Patience.of(moment));
    return watching.reply().allowed()
        ? Optional.of(new RemoteTap(watching.id()))
        : Optional.empty();
  }

  @Override
  public Optional<EchoPoint> answerEcho(InetAddress address) throws IOException {
    AgentSession.Answer<Reply.EchoHeld> held =
        session.answer(new Request.HoldEcho(address), Reply.EchoHeld.class, Patience.of(moment));
    int port = held.reply().port();
    return port >= 1 && port <= 65535
        ? Optional.of(new RemoteEcho(held.id(), port))
        : Optional.empty();
  }

  @Override
  public Sent askEcho(InetAddress from, InetSocketAddress to, List<String> nonces, int gapMillis)
      throws IOException {
    return send(new Request.AskEcho(from, to, nonces, gapMillis), nonces.size(), gapMillis);
  }

  @Override
  public Sent knock(
      InetAddress node,
      OverlayDevice device,
      InetSocketAddress inner,
      List<String> nonces,
      int gapMillis)
      throws IOException {
    return send(
        new Request.Knock(node, device, inner, nonces, gapMillis), nonces.size(), gapMillis);
  }

  private Sent send(Request request, int datagrams, int gapMillis) throws IOException {
    Duration longest = moment.plusMillis((long) datagrams * gapMillis);
    Sent sent =
        session.answer(request, Reply.SentThrough.class, Patience.of(longest)).reply().sent();
    if (sent.sent() < 0 || sent.sent() > datagrams) {
      throw new IOException("the agent told of datagrams that nobody asked for");
    }
    return sent;
  }

  @Override
  public void tickle(InetAddress node, OverlayDevice device, int count) throws IOException {
    ask(new Request.Tickle(node, device, count), Reply.Tickled.class);
  }

  @Override
  public long datagramsTaken() throws IOException {
    return ask(new Request.ReadDatagramsTaken(), Reply.DatagramsTaken.class).count();
  }

  private <T extends Reply> T ask(Request request, Class<T> type) throws IOException {
    return session.answer(request, type, Patience.of(moment)).reply();
  }

  private void release(long taken) {
    try {
      ask(new Request.Release(taken), Reply.Released.class);
    } catch (IOException _) {
      // It is gone with its agent.
    }
  }

  private Optional<InetAddress> seenFrom(Request request) {
    try {
      return ask(request, Reply.SeenFrom.class).source();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /// Ends the agent and waits for its end.
  @Override
  public void close() {
    session.close();
  }

  private final class RemoteWitness implements Witness {
    private final long id;
    private final String nonce;

    RemoteWitness(long id, String nonce) {
      this.id = id;
      this.nonce = nonce;
    }

    @Override
    public String nonce() {
      return nonce;
    }

    @Override
    public Optional<InetAddress> seenFrom(String token) {
      return RemoteVantage.this.seenFrom(new Request.HeldSeenFrom(id, token));
    }

    @Override
    public boolean holds() {
      try {
        return ask(new Request.StillHolds(id), Reply.Holds.class).holds();
      } catch (IOException _) {
        return false;
      }
    }

    @Override
    public void close() {
      release(id);
    }
  }

  private final class RemoteTap implements OverlayTap {
    private final long id;

    RemoteTap(long id) {
      this.id = id;
    }

    @Override
    public Set<Passed> seen() throws IOException {
      return ask(new Request.ReadPassed(id), Reply.PassedBy.class).seen();
    }

    @Override
    public void close() {
      release(id);
    }
  }

  private final class RemoteEcho implements EchoPoint {
    private final long id;
    private final int port;

    RemoteEcho(long id, int port) {
      this.id = id;
      this.port = port;
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public Set<String> heard() throws IOException {
      return ask(new Request.EchoHeard(id), Reply.Heard.class).nonces();
    }

    @Override
    public void close() {
      release(id);
    }
  }

  private final class RemoteArrivals implements Arrivals {
    private final long id;

    RemoteArrivals(long id) {
      this.id = id;
    }

    @Override
    public Optional<InetAddress> seenFrom(InetAddress address, int port) {
      return RemoteVantage.this.seenFrom(new Request.ArrivalSeenFrom(id, address, port));
    }

    @Override
    public Optional<InetAddress> seenFrom(String token) {
      return RemoteVantage.this.seenFrom(new Request.TokenSeenFrom(id, token));
    }

    @Override
    public void close() {
      release(id);
    }
  }
}
