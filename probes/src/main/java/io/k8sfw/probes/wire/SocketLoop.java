package io.k8sfw.probes.wire;

import io.k8sfw.probes.linux.Epoll;
import io.k8sfw.probes.linux.Sockets;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Carries out attempts on one of Netty's event loops with bare sockets: no channel, pipeline or
/// promise for each, and no exception for a port that refuses. The loop watches one file
/// descriptor, an epoll instance of our own, which watches the sockets.
///
/// Silence is said only after the kernel was asked for every answer that it has, so that a thread
/// that stood still (SIGSTOP, a throttled cgroup, a garbage collection) never calls silent what
/// answered meanwhile.
final class SocketLoop implements EpollIoHandle {
  /// Attempts begun before answers are looked at again, so that round-trip times stay true.
  private static final int AT_ONCE = 64;

  /// A timer this much late means that the whole machine may have stood still; what came for it
  /// gets this long to be taken in.
  private static final long LATE = TimeUnit.MILLISECONDS.toNanos(50);

  private static final long TAKE_IN = TimeUnit.MILLISECONDS.toNanos(10);

  private final IoEventLoop loop;
  private final Sockets sockets = Sockets.open();
  private final Epoll epoll;
  private final FileDescriptor readable;
  private final TimingWheel wheel = new TimingWheel(System.nanoTime());

  /// What was handed over. Whoever hands over the first wakes the loop, once for all that follow.
  private final Mailbox<Attempt> handedOver = new Mailbox<>();

  /// Not begun yet.
  private final Queue<Attempt> waiting = new ArrayDeque<>();

  /// By file descriptor.
  private @Nullable Attempt[] watched = new Attempt[1024];

  /// Not told yet.
  private final Queue<Attempt> settled = new ArrayDeque<>();

  private @Nullable IoRegistration registration;
  private @Nullable Future<?> timer;
  private long timerAt;
  private boolean takingIn;
  private boolean closed;

  /// @param loop of the epoll transport; its thread makes all sockets
  /// @throws ChannelException where no file descriptor is left
  static SocketLoop on(IoEventLoop loop) {
    SocketLoop made;
    try {
      made = new SocketLoop(loop);
    } catch (IOException e) {
      throw new ChannelException(e);
    }
    var _ =
        loop.register(made)
            .addListener(registered -> {
              if (registered.isSuccess() && registered.getNow() instanceof IoRegistration mine) {
                made.registration = mine;
                mine.submit(EpollIoOps.EPOLLIN);
              } else {
                made.close();
              }
            });
    return made;
  }

  private SocketLoop(IoEventLoop loop) throws IOException {
    this.loop = loop;
    this.epoll = Epoll.open();
    this.readable = new FileDescriptor(epoll.fd());
  }

  IoEventLoop loop() {
    return loop;
  }

  /// From any thread.
  void handOver(Attempt attempt) {
    if (!handedOver.put(attempt)) {
      return;
    }
    try {
      loop.execute(this::takeOver);
    } catch (RejectedExecutionException _) {
      Queue<Attempt> late = new ArrayDeque<>();
      handedOver.takeInto(late);
      late.forEach(each -> each.sink.accept(new Answer(Fault.ENDED, 0)));
    }
  }

  private void takeOver() {
    handedOver.takeInto(waiting);
    int begun = 0;
    for (Attempt each = waiting.poll(); each != null; each = waiting.poll()) {
      begin(each);
      if (++begun % AT_ONCE == 0) {
        harvest();
        tell();
      }
    }
    tell();
  }

  private void begin(Attempt attempt) {
    attempt.started = System.nanoTime();
    Outcome outcome;
    try {
      outcome = closed ? Fault.ENDED : attempt.begin(sockets);
      if (outcome == null) {
        outcome = watch(attempt);
      }
    } catch (RuntimeException | LinkageError e) {
      outcome = Fault.broken(e);
    }
    if (outcome != null) {
      settle(attempt, outcome);
    }
  }

  private @Nullable Outcome watch(Attempt attempt) {
    int fd = attempt.fd;
    int rc =
        attempt.used
            ? epoll.watchAgain(fd, attempt.awaited(), tag(attempt))
            : epoll.watch(fd, attempt.awaited(), tag(attempt));
    if (rc < 0) {
      return attempt.failed(sockets, -rc, true);
    }
    if (fd >= watched.length) {
      watched = Arrays.copyOf(watched, Math.max(fd + 1, watched.length * 2));
    }
    watched[fd] = attempt;
    long due = wheel.add(attempt, attempt.started);
    if (timer == null || due - timerAt < 0) {
      arm(due, attempt.started);
    }
    return null;
  }

  /// A child process that was just started may keep a closed socket and its watch for a moment: the
  /// start tells an attempt from an earlier one with the same file descriptor.
  private static long tag(Attempt attempt) {
    return attempt.started << 32 | attempt.fd;
  }

  @Override
  public FileDescriptor fd() {
    return readable;
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    harvest();
    tell();
  }

  /// Takes every answer that the kernel has.
  private void harvest() {
    if (closed) {
      return;
    }
    int polled;
    do {
      polled = epoll.poll();
      for (int i = 0; i < polled; i++) {
        long tag = epoll.tag(i);
        Attempt attempt = watched[(int) tag];
        if (attempt != null && tag(attempt) == tag) {
          look(attempt);
        }
      }
    } while (Epoll.isFull(polled));
  }

  private void look(Attempt attempt) {
    Outcome outcome;
    try {
      outcome = attempt.look(sockets);
      if (outcome == null) {
        int rc = epoll.watchAgain(attempt.fd, attempt.awaited(), tag(attempt));
        outcome = rc < 0 ? attempt.failed(sockets, -rc, true) : null;
      }
    } catch (RuntimeException | LinkageError e) {
      outcome = Fault.broken(e);
    }
    if (outcome != null) {
      settle(attempt, outcome);
    }
  }

  private void settle(Attempt attempt, Outcome outcome) {
    wheel.remove(attempt);
    int source = 0;
    if (attempt.fd >= 0) {
      source = attempt.source(sockets, outcome);
      if (attempt.fd < watched.length) {
        watched[attempt.fd] = null;
      }
      attempt.close(sockets);
    }
    attempt.answer = Answer.since(attempt.started, outcome, source);
    settled.add(attempt);
  }

  /// Tells answers, many at once, so that whoever waits for them is woken once.
  private void tell() {
    for (Attempt each = settled.poll(); each != null; each = settled.poll()) {
      try {
        each.sink.accept(Objects.requireNonNull(each.answer, "settled"));
      } catch (RuntimeException e) {
        // Its owner's bug, which must not cost others their answers.
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
      }
    }
  }

  private void arm(long at, long now) {
    if (timer != null) {
      timer.cancel(false);
    }
    timerAt = at;
    timer = loop.schedule(this::expire, at - now, TimeUnit.NANOSECONDS);
  }

  private void expire() {
    timer = null;
    long now = System.nanoTime();
    harvest();
    tell();
    takingIn = !takingIn && now - timerAt > LATE;
    if (takingIn) {
      arm(now + TAKE_IN, now);
      return;
    }
    wheel.expire(now, attempt -> settle(attempt, Outcome.SILENT));
    tell();
    if (!wheel.isEmpty()) {
      arm(wheel.nextDue(), now);
    }
  }

  /// Ends what is under way, and whatever comes; on the loop's thread.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (registration != null) {
      registration.cancel();
    }
    for (Attempt each : watched) {
      if (each != null) {
        settle(each, Fault.ENDED);
      }
    }
    tell();
    sockets.close();
    epoll.close();
  }
}
