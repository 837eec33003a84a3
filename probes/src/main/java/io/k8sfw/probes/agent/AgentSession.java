package io.k8sfw.probes.agent;

import static io.k8sfw.probes.agent.AgentProtocol.NOBODY;

import io.k8sfw.probes.agent.AgentProtocol.Reply;
import io.k8sfw.probes.agent.AgentProtocol.Request;
import io.k8sfw.probes.agent.MessageReader.Message;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.Progress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Questions to one agent, and their answers. Two threads read and write, so that whoever asks
/// never waits for anything but an answer, and for that only as long as there is hope.
final class AgentSession {
  private static final long BEAT_MILLIS = 2000;
  private static final long LOOK_AGAIN_MILLIS = 50;

  /// Questions that are still to be written. Hardly ever more than one.
  private static final int QUEUE = 256;

  private static final long ROOM = 16L << 20;
  private static final long ROOM_PER_PORT = 512;
  private static final Duration LAST_WORDS = Duration.ofSeconds(30);

  /// For the threads to notice that all is over.
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  /// Heartbeats and progress come a few times a second at the most.
  private static final long TALK = 1000;

  private static final long TALK_PER_SECOND = 200;

  private final AgentEnd end;
  private final Limits limits;
  private final MessageReader<Reply> in;
  private final MessageWriter out;
  private final Thread reading;
  private final Thread writing;
  private final BlockingQueue<Message<Request>> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Map<Long, Question> questions = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong(NOBODY);
  private final AtomicLong room = new AtomicLong(ROOM);
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();
  private final CompletableFuture<Reply.Hello> greeting = new CompletableFuture<>();
  private final long born = System.nanoTime();
  private long talk;
  private volatile long heard = System.nanoTime();
  private volatile boolean closing;
  private @Nullable AgentReport report;

  /// An answer, and the number it came under.
  record Answer<T extends Reply>(long id, T reply) {}

  private record Question(CompletableFuture<Reply> reply, AtomicLong settled) {}

  private AgentSession(String name, AgentEnd end, Limits limits) {
    this.end = end;
    this.limits = limits;
    this.in = new MessageReader<>(end.in(), Reply.class, room::get);
    this.out = new MessageWriter(end.out());
    this.reading = Thread.ofPlatform().daemon().name("agent-" + name + "-in").unstarted(this::read);
    this.writing =
        Thread.ofPlatform().daemon().name("agent-" + name + "-out").unstarted(this::write);
  }

  /// @throws IOException where there is no agent of this build in time; nothing of it is left then
  static AgentSession open(String name, AgentEnd end, Limits limits) throws IOException {
    AgentSession session = new AgentSession(name, end, limits);
    session.reading.start();
    session.writing.start();
    try {
      session.begin();
    } catch (IOException e) {
      session.close();
      throw e;
    }
    return session;
  }

  private void begin() throws IOException {
    Patience patience = Patience.of(limits.start());
    Reply.Hello hello = await(greeting, patience, new AtomicLong(), NOBODY, "the agent's hello");
    if (hello.protocol() != AgentProtocol.VERSION || !hello.build().equals(AgentProtocol.build())) {
      throw failed(
          "the agent is of version "
              + hello.build()
              + ", protocol "
              + hello.protocol()
              + "; this is "
              + AgentProtocol.build()
              + ", protocol "
              + AgentProtocol.VERSION);
    }
    long asked = System.nanoTime();
    Reply.Opened opened =
        answer(
                new Request.Open(limits.addresses(), limits.silence(), limits.life()),
                Reply.Opened.class,
                patience)
            .reply();
    Duration roundTrip = Duration.ofNanos(System.nanoTime() - asked);
    Duration offset = Duration.between(Instant.now().minus(roundTrip.dividedBy(2)), opened.clock());
    report =
        new AgentReport(
            hello.build(),
            hello.pid(),
            hello.openFiles(),
            hello.java(),
            hello.platform(),
            offset,
            roundTrip);
  }

  Reply.Hello hello() {
    return greeting.join();
  }

  AgentReport report() {
    if (report == null) {
      throw new IllegalStateException("asked before it was open");
    }
    return report;
  }

  /// As [#answer], for work that takes long.
  <T extends Reply> T ask(Request request, Class<T> type, Patience patience)
      throws IOException, InterruptedException {
    T reply = answer(request, type, patience).reply();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return reply;
  }

  /// Asks and waits.
  ///
  /// @throws IOException where the place failed, the agent failed, or the calling thread was
  ///   interrupted, which stays set
  <T extends Reply> Answer<T> answer(Request request, Class<T> type, Patience patience)
      throws IOException {
    long id = ids.incrementAndGet();
    Question question = new Question(new CompletableFuture<>(), new AtomicLong());
    long more = patience.ports() * ROOM_PER_PORT;
    room.addAndGet(more);
    questions.put(id, question);
    try {
      send(id, request);
      Reply reply =
          await(question.reply(), patience, question.settled(), id, "an answer of the agent");
      if (reply instanceof Reply.Failed failed) {
        throw new IOException(failed.cause());
      }
      if (!type.isInstance(reply)) {
        throw failed("the agent answered something that was not asked");
      }
      return new Answer<>(id, type.cast(reply));
    } finally {
      questions.remove(id);
      room.addAndGet(-more);
    }
  }

  private void send(long id, Request request) throws IOException {
    if (!queue.offer(new Message<>(id, request))) {
      throw failed("the agent takes no more questions");
    }
  }

  /// @param settled ports that the agent reported as settled
  private <T> T await(
      CompletableFuture<T> wanted, Patience patience, AtomicLong settled, long id, String what)
      throws IOException {
    long deadline = System.nanoTime() + patience.longest().toNanos();
    long reported = 0;
    boolean cancelled = false;
    Patience.Told told = patience.told();
    while (true) {
      if (!wanted.isDone()) {
        alive();
      }
      try {
        T got = wanted.get(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        report(patience, reported, settled);
        return got;
      } catch (TimeoutException _) {
        // Not yet.
      } catch (ExecutionException e) {
        throw new IOException(String.valueOf(failure.get()), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        queue.offer(new Message<>(id, new Request.Cancel()));
        throw new IOException("interrupted", e);
      }
      long now = report(patience, reported, settled);
      if (now > reported) {
        reported = now;
        deadline = System.nanoTime() + patience.longest().toNanos();
      }
      told = tell(id, told, patience.progress());
      if (!cancelled && patience.progress().cancelled()) {
        cancelled = true;
        queue.offer(new Message<>(id, new Request.Cancel()));
        deadline = Math.min(deadline, System.nanoTime() + LAST_WORDS.toNanos());
      }
      if (System.nanoTime() - deadline > 0) {
        throw failed("waited " + patience.longest().toSeconds() + " s for " + what);
      }
    }
  }

  /// Where the queue is full, another time does.
  private Patience.Told tell(long id, Patience.Told told, Progress progress) {
    // First what is off limits: then there may be more for the others.
    Oversight oversight = progress.oversight();
    boolean heard =
        oversight.equals(told.oversight())
            || queue.offer(new Message<>(id, new Request.Oversee(oversight)));
    Allowance allowance = progress.allowance();
    boolean allowed =
        heard
            && allowance.number() > told.allowance().number()
            && queue.offer(new Message<>(id, new Request.Allow(allowance.entries())));
    return new Patience.Told(
        allowed ? allowance : told.allowance(), heard ? oversight : told.oversight());
  }

  private static long report(Patience patience, long reported, AtomicLong settled) {
    long now = Math.min(settled.get(), patience.ports());
    if (now > reported) {
      patience.progress().settled(patience.name(), now - reported);
    }
    return Math.max(now, reported);
  }

  /// Whether nothing can be learnt from the agent any more.
  boolean isOver() {
    return failure.get() != null || isSilent();
  }

  private boolean isSilent() {
    return System.nanoTime() - heard > limits.silence().toNanos();
  }

  private void alive() throws IOException {
    String cause = failure.get();
    if (cause != null) {
      throw new IOException(cause);
    }
    if (isSilent() && greeting.isDone()) {
      throw failed("the agent said nothing for " + limits.silence().toSeconds() + " s");
    }
  }

  /// The first cause stays, and everybody who waits hears it.
  private IOException failed(String cause) {
    IOException failed = over(cause);
    end.kill();
    return failed;
  }

  private IOException over(String cause) {
    failure.compareAndSet(null, cause);
    IOException failed = new IOException(String.valueOf(failure.get()));
    greeting.completeExceptionally(failed);
    questions.values().forEach(question -> question.reply().completeExceptionally(failed));
    return failed;
  }

  private void read() {
    try {
      for (Optional<Message<Reply>> next = in.next(); next.isPresent(); next = in.next()) {
        heard = System.nanoTime();
        take(next.get());
      }
      if (!closing) {
        failed("the agent ended" + end.epitaph());
      }
    } catch (IOException e) {
      if (!closing) {
        failed("the agent failed: " + e.getMessage() + end.epitaph());
      }
    }
  }

  private void take(Message<Reply> message) throws IOException {
    Question question = questions.get(message.id());
    switch (message.body()) {
      case Reply.Hello hello -> {
        if (!greeting.complete(hello)) {
          throw new IOException("it said hello twice");
        }
      }
      case Reply.Beat _ -> countTalk();
      case Reply.Settled settled -> {
        countTalk();
        if (question != null && settled.ports() > 0) {
          question.settled().addAndGet(Math.min(settled.ports(), Integer.MAX_VALUE));
        }
      }
      case Reply reply -> {
        if (!greeting.isDone()) {
          throw new IOException("it answered before it said hello");
        }
        if (question == null) {
          // Late: whoever asked has given up. Nobody is to count on it.
          countTalk();
        } else {
          question.reply().complete(reply);
        }
      }
    }
  }

  private void countTalk() throws IOException {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - born);
    talk++;
    if (talk > TALK + TALK_PER_SECOND * seconds) {
      throw new IOException("it talks without end");
    }
  }

  private void write() {
    try (var _ = end.out()) {
      ask();
      if (greeting.isDone() && !greeting.isCompletedExceptionally()) {
        out.write(NOBODY, Request.class, new Request.Goodbye());
      }
    } catch (IOException _) {
      // The reader sees the end too, and learns more of it.
    }
  }

  private void ask() throws IOException {
    try {
      while (!closing) {
        Message<Request> next = queue.poll(BEAT_MILLIS, TimeUnit.MILLISECONDS);
        if (next != null) {
          out.write(next.id(), Request.class, next.body());
        } else if (report != null) {
          out.write(NOBODY, Request.class, new Request.Beat());
        }
      }
    } catch (InterruptedException _) {
      // Closing.
    }
  }

  /// Ends the agent and waits for its end.
  void close() {
    closing = true;
    over("the agent was ended here");
    writing.interrupt();
    end.bury();
    join(writing);
    join(reading);
  }

  private static void join(Thread thread) {
    try {
      thread.join(FAREWELL);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
