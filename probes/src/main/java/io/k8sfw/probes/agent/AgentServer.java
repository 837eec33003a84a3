package io.k8sfw.probes.agent;

import static io.k8sfw.probes.agent.AgentProtocol.NOBODY;

import io.k8sfw.probes.agent.AgentProtocol.Reply;
import io.k8sfw.probes.agent.AgentProtocol.Request;
import io.k8sfw.probes.agent.MessageReader.Message;
import io.k8sfw.probes.linux.FileLimit;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Vantage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Serves one controller with what a vantage point of this process can do.
///
/// Ends when the controller says goodbye or closes its end, says something that is no message,
/// falls silent, or when the time that the controller gave is over: nothing is left behind by a
/// controller that died.
public final class AgentServer {
  /// Until the controller has said how long it may be silent.
  private static final Duration FIRST_SILENCE = Duration.ofSeconds(60);

  /// Questions that are worked on at once.
  private static final int AT_ONCE = 64;

  /// Witnesses and watches that are kept at once.
  private static final int TAKEN = 256;

  /// Bytes of lists whose questions are still to come.
  private static final long ROOM = 8L << 20;

  private static final long BEAT_MILLIS = 500;
  private static final long SILENT_BEATS = 4;

  private final Vantage vantage;
  private final Set<InetAddress> allowed;
  private final MessageReader<Request> in;
  private final MessageWriter out;
  private final Semaphore free = new Semaphore(AT_ONCE);
  private final Map<Long, RunningProbe> probes = new ConcurrentHashMap<>();
  private final Map<Long, AutoCloseable> taken = new ConcurrentHashMap<>();
  private final long born = System.nanoTime();
  private volatile Permitted permitted = new Permitted(Set.of());
  private volatile long heard = System.nanoTime();
  private volatile Duration silence = FIRST_SILENCE;
  private volatile Duration life = FIRST_SILENCE;
  private volatile @Nullable String ended;

  /// @param vantage does the work; stays open
  /// @param allowed a list of addresses that the controller's own list cannot widen; empty for none
  public AgentServer(Vantage vantage, Set<InetAddress> allowed, InputStream in, OutputStream out) {
    this.vantage = vantage;
    this.allowed = Set.copyOf(allowed);
    this.in = new MessageReader<>(in, Request.class, () -> ROOM);
    this.out = new MessageWriter(out);
  }

  /// Blocks until it is over. What it still holds then is let go of.
  ///
  /// @return why it ended, for people; empty where the controller said goodbye or closed its end
  public Optional<String> serve() throws InterruptedException {
    Thread reading = Thread.ofPlatform().daemon().name("agent-requests").start(this::read);
    try {
      out.write(NOBODY, Reply.class, hello());
      for (long beat = 1; ended == null; beat++) {
        TimeUnit.MILLISECONDS.sleep(BEAT_MILLIS);
        talk(beat % SILENT_BEATS == 0);
        watchTheClock();
      }
    } catch (IOException _) {
      // Nobody reads what we say any more.
      ended = "";
    } finally {
      probes.values().forEach(RunningProbe::cancel);
      taken.values().forEach(AgentServer::close);
      reading.interrupt();
    }
    return Optional.ofNullable(ended).filter(why -> !why.isEmpty());
  }

  private Reply.Hello hello() {
    return new Reply.Hello(
        AgentProtocol.VERSION,
        AgentProtocol.build(),
        vantage.capabilities(),
        ProcessHandle.current().pid(),
        FileLimit.read().orElse(-1),
        Runtime.version().toString(),
        System.getProperty("os.name") + " " + System.getProperty("os.arch"));
  }

  private void talk(boolean atLeastBeat) throws IOException {
    boolean said = false;
    for (Map.Entry<Long, RunningProbe> probe : probes.entrySet()) {
      said |= report(probe.getKey(), probe.getValue());
    }
    if (!said && atLeastBeat) {
      out.write(NOBODY, Reply.class, new Reply.Beat());
    }
  }

  private boolean report(long id, RunningProbe probe) throws IOException {
    long settled = probe.takeSettled();
    if (settled > 0) {
      out.write(id, Reply.class, new Reply.Settled(settled));
    }
    return settled > 0;
  }

  private void watchTheClock() {
    long now = System.nanoTime();
    if (now - heard > silence.toNanos()) {
      ended = "its controller fell silent";
    } else if (now - born > life.toNanos()) {
      ended = "its time is over";
    }
  }

  private void read() {
    try {
      for (Optional<Message<Request>> next = in.next(); next.isPresent(); next = in.next()) {
        heard = System.nanoTime();
        if (next.get().body() instanceof Request.Goodbye) {
          break;
        }
        take(next.get());
      }
      ended = "";
    } catch (IOException e) {
      ended = String.valueOf(e.getMessage());
    }
  }

  private void take(Message<Request> message) {
    switch (message.body()) {
      case Request.Beat _ -> {}
      case Request.Cancel _ ->
          Optional.ofNullable(probes.get(message.id())).ifPresent(RunningProbe::cancel);
      case Request.Allow allow ->
          Optional.ofNullable(probes.get(message.id())).ifPresent(p -> p.allow(allow.entries()));
      case Request.Oversee oversee ->
          Optional.ofNullable(probes.get(message.id()))
              .ifPresent(p -> p.oversee(oversee.oversight()));
      case Request.Probe probe -> {
        RunningProbe running = new RunningProbe(probe.entries());
        running.oversee(probe.oversight());
        probes.put(message.id(), running);
        work(message.id(), probe);
      }
      case Request.Depart depart -> {
        probes.put(message.id(), new RunningProbe(Allowance.UNLIMITED.entries()));
        work(message.id(), depart);
      }
      case Request request -> work(message.id(), request);
    }
  }

  private void work(long id, Request request) {
    if (!free.tryAcquire()) {
      say(id, new Reply.Failed("the agent is asked too much at once"));
      return;
    }
    Thread.ofVirtual()
        .start(() -> {
          try {
            say(id, answer(id, request));
          } finally {
            free.release();
          }
        });
  }

  private void say(long id, Reply reply) {
    RunningProbe probe = probes.remove(id);
    try {
      if (probe != null) {
        report(id, probe);
      }
      out.write(id, Reply.class, reply);
    } catch (IOException _) {
      ended = "";
    }
  }

  private Reply answer(long id, Request request) {
    try {
      return switch (request) {
        case Request.Open open -> open(open);
        case Request.Probe probe -> {
          permitted.check(probe.order());
          yield new Reply.Probed(vantage.probe(probe.order(), running(id)));
        }
        case Request.ReadSockets _ -> new Reply.Sockets(vantage.socketTable());
        case Request.ReadTracking _ -> new Reply.Tracked(vantage.tracking());
        case Request.Hold hold -> {
          permitted.check(hold.address());
          yield hold(id, hold);
        }
        case Request.HeldSeenFrom seen ->
            new Reply.SeenFrom(taken(seen.held(), Vantage.Witness.class).seenFrom(seen.token()));
        case Request.StillHolds still ->
            new Reply.Holds(taken(still.held(), Vantage.Witness.class).holds());
        case Request.Ask ask -> {
          permitted.check(ask.address());
          yield new Reply.Said(
              vantage.askWitness(
                  ask.protocol(), ask.address(), ask.port(), ask.token(), ask.timeoutMillis()));
        }
        case Request.FindSource source -> {
          permitted.check(source.target());
          yield new Reply.SeenFrom(vantage.sourceTowards(source.target()));
        }
        case Request.Watch watch -> watch(id, watch);
        case Request.ArrivalSeenFrom seen ->
            new Reply.SeenFrom(
                taken(seen.watched(), Vantage.Arrivals.class)
                    .seenFrom(seen.address(), seen.port()));
        case Request.TokenSeenFrom seen ->
            new Reply.SeenFrom(
                taken(seen.watched(), Vantage.Arrivals.class).seenFrom(seen.token()));
        case Request.Depart depart -> {
          permitted.check(depart.pace());
          for (InetSocketAddress port : depart.ports()) {
            permitted.check(port.getAddress());
          }
          yield new Reply.Departed(
              vantage.watchDepartures(depart.ports(), depart.pace(), running(id)));
        }
        case Request.HalfOpen ask -> {
          permitted.check(ask.port().getAddress());
          permitted.check(ask.waits());
          yield new Reply.HalfOpened(vantage.halfOpen(ask.port(), ask.waits()));
        }
        case Request.ReadOverlays _ -> new Reply.Overlays(vantage.overlays());
        case Request.FindDevice find -> new Reply.Device(vantage.deviceTowards(find.towards()));
        case Request.WatchOverlays _ -> watchOverlays(id);
        case Request.ReadPassed read ->
            new Reply.PassedBy(taken(read.watched(), Vantage.OverlayTap.class).seen());
        case Request.HoldEcho hold -> {
          permitted.check(hold.address());
          yield holdEcho(id, hold);
        }
        case Request.EchoHeard heard ->
            new Reply.Heard(taken(heard.held(), Vantage.EchoPoint.class).heard());
        case Request.AskEcho ask -> {
          permitted.check(ask.to().getAddress());
          Permitted.checkDatagrams(ask.nonces(), ask.gapMillis());
          yield new Reply.SentThrough(
              vantage.askEcho(ask.from(), ask.to(), ask.nonces(), ask.gapMillis()));
        }
        case Request.Knock knock -> {
          permitted.check(knock.node());
          Permitted.checkDatagrams(knock.nonces(), knock.gapMillis());
          yield new Reply.SentThrough(
              vantage.knock(
                  knock.node(), knock.device(), knock.inner(), knock.nonces(), knock.gapMillis()));
        }
        case Request.Tickle tickle -> {
          permitted.check(tickle.node());
          Permitted.checkDatagrams(tickle.count());
          vantage.tickle(tickle.node(), tickle.device(), tickle.count());
          yield new Reply.Tickled();
        }
        case Request.ReadDatagramsTaken _ -> new Reply.DatagramsTaken(vantage.datagramsTaken());
        case Request.Release release -> {
          Optional.ofNullable(taken.remove(release.taken())).ifPresent(AgentServer::close);
          yield new Reply.Released();
        }
        case Request.Beat _,
            Request.Cancel _,
            Request.Allow _,
            Request.Oversee _,
            Request.Goodbye _ ->
            throw new IllegalStateException("not a question");
      };
    } catch (IOException e) {
      return new Reply.Failed(String.valueOf(e.getMessage()));
    } catch (InterruptedException _) {
      return new Reply.Failed("interrupted");
    } catch (RuntimeException | Error e) {
      return new Reply.Failed("the agent's own fault: " + e);
    }
  }

  private Reply open(Request.Open open) {
    Set<InetAddress> addresses = new HashSet<>(open.addresses());
    if (!allowed.isEmpty()) {
      addresses.retainAll(allowed);
    }
    permitted = new Permitted(addresses);
    silence = open.silence();
    life = open.life();
    return new Reply.Opened(Instant.now());
  }

  private Reply hold(long id, Request.Hold hold) throws IOException {
    Optional<Vantage.Witness> witness =
        vantage.holdWitness(hold.protocol(), hold.address(), hold.port(), hold.tokens());
    if (witness.isPresent()) {
      keep(id, witness.get());
    }
    return new Reply.Held(witness.map(Vantage.Witness::nonce));
  }

  private Reply watch(long id, Request.Watch watch) throws IOException {
    Optional<Vantage.Arrivals> arrivals =
        watch.leaving() ? vantage.watchLeaving() : vantage.watchArrivals();
    if (arrivals.isPresent()) {
      keep(id, arrivals.get());
    }
    return new Reply.Watching(arrivals.isPresent());
  }

  private Reply watchOverlays(long id) throws IOException {
    Optional<Vantage.OverlayTap> tap = vantage.watchOverlays();
    if (tap.isPresent()) {
      keep(id, tap.get());
    }
    return new Reply.Watching(tap.isPresent());
  }

  private Reply holdEcho(long id, Request.HoldEcho hold) throws IOException {
    Optional<Vantage.EchoPoint> point = vantage.answerEcho(hold.address());
    if (point.isPresent()) {
      keep(id, point.get());
    }
    return new Reply.EchoHeld(point.map(Vantage.EchoPoint::port).orElse(0));
  }

  private void keep(long id, AutoCloseable resource) throws IOException {
    if (ended != null || taken.size() >= TAKEN || taken.putIfAbsent(id, resource) != null) {
      close(resource);
      throw new IOException("the agent holds enough already");
    }
  }

  private <T> T taken(long id, Class<T> type) throws IOException {
    AutoCloseable resource = taken.get(id);
    if (!type.isInstance(resource)) {
      throw new IOException("the agent holds no such thing any more");
    }
    return type.cast(resource);
  }

  private RunningProbe running(long id) {
    RunningProbe probe = probes.get(id);
    if (probe == null) {
      throw new IllegalStateException("nothing runs as " + id);
    }
    return probe;
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      throw new IllegalStateException("witnesses and watches close without a fuss", e);
    }
  }
}
