package io.k8sfw.probes.batch;

import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome.Fault;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Progress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A few attempts made at once, apart from the passes: what controls are made of.
final class Asking {
  /// How much longer than its patience an attempt may take before it counts as failed.
  private static final Duration GRACE = Duration.ofSeconds(10);

  private static final long CANCEL_CHECK_MILLIS = 50;

  private final List<CompletableFuture<Answer>> answers = new ArrayList<>();
  private final long deadline;
  private final Duration patience;

  Asking(Duration patience) {
    this.patience = patience;
    this.deadline = System.nanoTime() + patience.plus(GRACE).toNanos();
  }

  void ask(Prober prober, InetAddress address, int port) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    answers.add(answer);
    prober.attempt(address, port, patience, answer::complete);
  }

  /// Waits for all, in the order in which they were asked; what did not end in time, or before
  /// `progress` was cancelled, is a fault.
  List<Answer> answers(Progress progress) throws InterruptedException {
    CompletableFuture<Void> all =
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
    while (!all.isDone() && !progress.cancelled() && System.nanoTime() < deadline) {
      try {
        all.get(CANCEL_CHECK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException _) {
        // Time to look whether it was cancelled.
      } catch (ExecutionException e) {
        throw new IllegalStateException("nobody completes these exceptionally", e);
      }
    }
    Answer none = new Answer(new Fault("the attempt did not end", false), 0);
    return answers.stream().map(a -> a.getNow(none)).toList();
  }
}
