package io.k8sfw.probes.batch;

import io.k8sfw.observation.Control.Phase;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Prober;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.Set;

/// Asks for an address that does not exist. Where it connects, something on the way accepts
/// everything.
final class Nowhere {
  /// TEST-NET-1 (RFC 5737).
  static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.1");

  /// What transparent proxies like best.
  static final int PORT = 443;

  private final Prober tcp;
  private final long patience;
  private final Set<Phase> fooled = EnumSet.noneOf(Phase.class);

  Nowhere(Prober tcp, long patienceNanos) {
    this.tcp = tcp;
    this.patience = patienceNanos;
  }

  /// Phases in which it connected.
  Set<Phase> fooled() {
    return fooled;
  }

  Attempt ask(Phase phase) {
    return new Attempt(tcp, PORT) {
      @Override
      long patienceNanos() {
        return patience;
      }

      @Override
      void landed(Answer answer, long now) {
        if (answer.outcome().equals(Outcome.OPEN)) {
          fooled.add(phase);
        }
      }
    };
  }
}
