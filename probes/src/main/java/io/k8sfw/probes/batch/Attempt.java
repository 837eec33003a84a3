package io.k8sfw.probes.batch;

import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Prober;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One attempt on one port, from the moment it is to be made to its end. The prober ends it on a
/// thread of its own; from there it goes through the timeline to the batch's thread.
abstract class Attempt implements Consumer<Answer>, Runnable {
  private static final Answer NONE =
      new Answer(new Fault("the attempt ended without an answer", false), 0);

  private final Prober prober;
  private final int port;
  private long sentAt;
  private @Nullable Batch batch;
  private @Nullable Host host;
  private @Nullable Answer answer;

  Attempt(Prober prober, int port) {
    this.prober = prober;
    this.port = port;
  }

  int port() {
    return port;
  }

  /// When it was made, on the timeline.
  long sentAt() {
    return sentAt;
  }

  /// Whether it speaks for others of its time, so that it must be one among them.
  boolean isSample() {
    return false;
  }

  /// The silent attempt whose source port it takes over; null for a port of its own.
  @Nullable Trail follows() {
    return null;
  }

  /// How long it waits for an answer.
  abstract long patienceNanos();

  /// It came to its end; on the batch's thread.
  abstract void landed(Answer answer, long now);

  /// @param of the target that it counts for; null where it is none
  void start(Batch by, InetAddress address, @Nullable Host of, long now) {
    batch = by;
    host = of;
    sentAt = now;
    Duration patience = Duration.ofNanos(patienceNanos());
    Trail trail = follows();
    if (trail == null) {
      prober.attempt(address, port, patience, this);
    } else {
      prober.again(address, port, trail.source(), patience, this);
    }
  }

  @Override
  public final void accept(Answer given) {
    answer = given;
    if (batch != null) {
      batch.arrived(this);
    }
  }

  @Override
  public final void run() {
    if (batch != null) {
      batch.ended(this, host, answer == null ? NONE : answer);
    }
  }
}
