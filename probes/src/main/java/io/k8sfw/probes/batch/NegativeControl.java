package io.k8sfw.probes.batch;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Family;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Asks an address for what nobody offers: two high ports. Where both connect, something on the way
/// accepts everything (a sidecar, a SYN proxy), and an open port says nothing.
///
/// Where both reset, others will too: some more are asked, as canaries that harm nobody.
final class NegativeControl {
  /// Dynamic ports (RFC 6335 section 6).
  private static final PortSet HIGH = PortSet.of(49152, 65535);

  private static final int PICKS = 2;
  private static final int SCOUTS = 16;

  private final String vantage;
  private final Target target;
  private final Prober tcp;
  private final Guard guard;
  private final Consumer<Attempt> urgent;
  private final int[] ports;
  private final Map<Phase, Asked> asked = new EnumMap<>(Phase.class);

  private static final class Asked {
    private final @Nullable Outcome[] outcomes = new Outcome[PICKS];
    private int landed;
  }

  /// @param urgent takes attempts that go before all others
  NegativeControl(
      ProbeOrder order, Target target, Prober tcp, Guard guard, Consumer<Attempt> urgent) {
    this.vantage = order.vantage();
    this.target = target;
    this.tcp = tcp;
    this.guard = guard;
    this.urgent = urgent;
    this.ports = pick(order);
  }

  private int[] pick(ProbeOrder order) {
    PortSet ordered = PortSet.NONE;
    PortSet guarded = PortSet.NONE;
    for (Target other : order.targets()) {
      if (other.address().equals(target.address()) && other.protocol().equals(Protocol.TCP)) {
        ordered = ordered.union(other.ports());
        guarded = guarded.union(other.guarded());
      }
    }
    PortSet others = HIGH.minus(ordered);
    // Where every high port is ordered, some of them taken by chance still serve.
    int[] high = (others.size() < PICKS + SCOUTS ? HIGH.minus(guarded) : others).stream().toArray();
    return new Random(order.seed() * 31 + target.address().hashCode())
        .ints(0, high.length)
        .distinct()
        .limit(PICKS + SCOUTS)
        .map(i -> high[i])
        .toArray();
  }

  void start(Phase phase) {
    asked.put(phase, new Asked());
    for (int i = 0; i < PICKS; i++) {
      urgent.accept(new Pick(phase, i, 1));
    }
  }

  /// A port that nobody should listen on.
  private final class Pick extends Attempt {
    private final Phase phase;
    private final int index;
    private final int time;

    Pick(Phase phase, int index, int time) {
      super(tcp, ports[index]);
      this.phase = phase;
      this.index = index;
      this.time = time;
    }

    @Override
    long patienceNanos() {
      return guard.controlPatience();
    }

    @Override
    void landed(Answer answer, long now) {
      guard.heard(tcp, port(), answer);
      Asked of = asked.get(phase);
      boolean heard = answer.outcome() instanceof Outcome.Heard;
      if (index < PICKS && !heard && time < guard.controlTries()) {
        urgent.accept(new Pick(phase, index, time + 1));
      } else if (of != null && index < PICKS) {
        of.outcomes[index] = answer.outcome();
        of.landed++;
        if (phase == Phase.BEFORE && of.landed == PICKS && bothReset(of)) {
          scout();
        }
      }
    }
  }

  private static boolean bothReset(Asked of) {
    return Outcome.REFUSED.equals(of.outcomes[0]) && Outcome.REFUSED.equals(of.outcomes[1]);
  }

  private void scout() {
    for (int i = PICKS; i < ports.length; i++) {
      urgent.accept(new Pick(Phase.BEFORE, i, 1));
    }
  }

  /// One for each phase that came to its end; what was cut off is nobody's evidence.
  ///
  /// @param fooled phases in which something connected that does not exist
  List<Control> controls(Set<Phase> fooled) {
    List<Control> controls = new ArrayList<>();
    asked.forEach((phase, of) -> {
      if (of.landed == PICKS) {
        controls.add(judge(phase, of, fooled.contains(phase)));
      }
    });
    return controls;
  }

  /// Whether it leaves open that everything connects: an open port may be in use.
  private static boolean saysNothing(@Nullable Outcome outcome) {
    return outcome instanceof Outcome.Fault || Outcome.OPEN.equals(outcome);
  }

  private Control judge(Phase phase, Asked of, boolean fooled) {
    String picks = ports[0] + " and " + ports[1];
    boolean holds = false;
    String detail;
    if (Outcome.OPEN.equals(of.outcomes[0]) && Outcome.OPEN.equals(of.outcomes[1])) {
      detail = "ports " + picks + ", where nobody should listen, both connect";
    } else if (fooled && Family.of(target.address()) == Family.IPV4) {
      detail =
          AddressText.of(Nowhere.ADDRESS) + ":" + Nowhere.PORT + ", which does not exist, connects";
    } else if (saysNothing(of.outcomes[0]) && saysNothing(of.outcomes[1])) {
      detail = "ports " + picks + " could not be asked";
    } else {
      holds = true;
      detail = "ports " + picks + " do not both connect";
    }
    return new Control(vantage, target.address(), Kind.NEGATIVE, phase, ports[0], holds, detail);
  }
}
