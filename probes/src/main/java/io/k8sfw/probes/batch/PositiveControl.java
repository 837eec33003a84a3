package io.k8sfw.probes.batch;

import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.probes.batch.Canaries.Canary;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.vantage.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Asks ports that answered before, to know that their addresses still answer us.
final class PositiveControl {
  private static final int TRIES = 3;

  /// Between tries that ICMP must answer: beyond Linux's one a second.
  private static final Duration SLOW_GAP = Duration.ofMillis(1100);

  private static final Duration GAP = Duration.ofMillis(200);

  private final String vantage;
  private final Duration patience;
  private final Progress progress;
  private long sent;

  PositiveControl(String vantage, Duration patience, Progress progress) {
    this.vantage = vantage;
    this.patience = patience;
    this.progress = progress;
  }

  /// Attempts made so far.
  long sent() {
    return sent;
  }

  /// Asks all `hosts` at once, each up to three times, and notes on each what came of it. Hosts
  /// that never answered are passed over; so is everything once `progress` is cancelled.
  void check(List<Host> hosts, Phase phase) throws InterruptedException {
    List<Host> waiting = hosts.stream().filter(Host::controllable).toList();
    for (int tried = 1; tried <= TRIES && !waiting.isEmpty(); tried++) {
      waiting = check(waiting, phase, tried);
    }
  }

  /// @return those that did not answer this time, and may be asked again
  private List<Host> check(List<Host> hosts, Phase phase, int tried) throws InterruptedException {
    List<Optional<Canary>> canaries = hosts.stream().map(h -> h.canaries().next()).toList();
    if (tried > 1) {
      boolean slow = canaries.stream().flatMap(Optional::stream).anyMatch(Canary::slow);
      Thread.sleep(slow ? SLOW_GAP : GAP);
    }
    Asking asking = new Asking(patience);
    for (int i = 0; i < hosts.size(); i++) {
      Host host = hosts.get(i);
      canaries.get(i).ifPresent(c -> asking.ask(c.prober(), host.address(), c.port()));
    }
    List<Answer> answers = asking.answers(progress);
    sent += answers.size();
    return progress.cancelled() ? List.of() : note(hosts, canaries, answers, phase, tried);
  }

  private List<Host> note(
      List<Host> hosts,
      List<Optional<Canary>> canaries,
      List<Answer> answers,
      Phase phase,
      int tried) {
    List<Host> failed = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < hosts.size(); i++) {
      Host host = hosts.get(i);
      Canary canary = canaries.get(i).orElse(null);
      if (canary == null) {
        host.note(control(host, phase, 0, false, "no port is left that answered and may be asked"));
        continue;
      }
      boolean holds = host.canaries().proves(answers.get(next++).outcome());
      if (holds) {
        String detail = "port " + canary.port() + " still answers";
        host.note(control(host, phase, canary.port(), true, detail));
      } else if (tried == TRIES) {
        String detail = "port " + canary.port() + " answered before, and does not any more";
        host.note(control(host, phase, canary.port(), false, detail));
      } else {
        failed.add(host);
      }
    }
    return failed;
  }

  private Control control(Host host, Phase phase, int port, boolean holds, String detail) {
    return new Control(vantage, host.address(), Kind.POSITIVE, phase, port, holds, detail);
  }
}
