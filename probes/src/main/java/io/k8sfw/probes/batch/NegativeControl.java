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
import io.k8sfw.vantage.Progress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Asks for what nobody offers: two high ports of each address, and an address that does not exist.
/// Where those connect, something on the way accepts everything (a sidecar, a SYN proxy), and an
/// open port says nothing.
final class NegativeControl {
  /// TEST-NET-1 (RFC 5737), on the port that transparent proxies like best.
  private static final InetAddress NOWHERE = address(192, 0, 2, 1);

  private static final int NOWHERE_PORT = 443;

  /// Dynamic ports (RFC 6335 section 6).
  private static final PortSet HIGH = PortSet.of(49152, 65535);

  private final ProbeOrder order;
  private final Prober tcp;
  private final List<Pick> picks;
  private final boolean external;

  private record Pick(InetAddress address, int first, int second) {}

  /// An asking under way.
  record Running(Asking asking, Phase phase) {}

  /// @param addresses those that are asked over TCP
  NegativeControl(ProbeOrder order, List<InetAddress> addresses, Prober tcp) {
    this.order = order;
    this.tcp = tcp;
    this.picks = addresses.stream().map(this::pick).toList();
    this.external =
        order.externalControl() && addresses.stream().anyMatch(a -> Family.of(a) == Family.IPV4);
  }

  private Pick pick(InetAddress address) {
    PortSet ordered = PortSet.NONE;
    PortSet guarded = PortSet.NONE;
    for (ProbeOrder.Target target : order.targets()) {
      if (target.address().equals(address) && target.protocol().equals(Protocol.TCP)) {
        ordered = ordered.union(target.ports());
        guarded = guarded.union(target.guarded());
      }
    }
    PortSet others = HIGH.minus(ordered);
    // Where every high port is ordered, two of them taken by chance still serve.
    int[] ports = (others.size() < 2 ? HIGH.minus(guarded) : others).stream().toArray();
    Random random = new Random(order.seed() * 31 + address.hashCode());
    int first = random.nextInt(ports.length);
    int second = (first + 1 + random.nextInt(ports.length - 1)) % ports.length;
    return new Pick(address, ports[first], ports[second]);
  }

  /// Attempts that one [#start] makes.
  int attempts() {
    return 2 * picks.size() + (external ? 1 : 0);
  }

  Running start(Phase phase, Duration patience) {
    Asking asking = new Asking(patience);
    for (Pick pick : picks) {
      asking.ask(tcp, pick.address(), pick.first());
      asking.ask(tcp, pick.address(), pick.second());
    }
    if (external) {
      asking.ask(tcp, NOWHERE, NOWHERE_PORT);
    }
    return new Running(asking, phase);
  }

  /// Hears of ports that answered, although nobody offers them.
  interface Heard {
    void at(InetAddress address, int port, Outcome.Heard outcome);
  }

  /// @param heard is told every answer of an address: it may do as a canary
  /// @return one control for each address
  List<Control> finish(Running running, Heard heard, Progress progress)
      throws InterruptedException {
    List<Answer> answers = running.asking().answers(progress);
    for (int i = 0; i < picks.size(); i++) {
      Pick pick = picks.get(i);
      tell(heard, pick.address(), pick.first(), answers.get(2 * i));
      tell(heard, pick.address(), pick.second(), answers.get(2 * i + 1));
    }
    boolean fooled = external && isOpen(answers.getLast());
    List<Control> controls = new ArrayList<>();
    for (int i = 0; i < picks.size(); i++) {
      controls.add(
          judge(picks.get(i), running.phase(), answers.get(2 * i), answers.get(2 * i + 1), fooled));
    }
    return controls;
  }

  private static void tell(Heard heard, InetAddress address, int port, Answer answer) {
    if (answer.outcome() instanceof Outcome.Heard outcome) {
      heard.at(address, port, outcome);
    }
  }

  private Control judge(Pick pick, Phase phase, Answer first, Answer second, boolean fooled) {
    String ports = pick.first() + " and " + pick.second();
    boolean holds = false;
    String detail;
    if (isOpen(first) && isOpen(second)) {
      detail = "ports " + ports + ", where nobody should listen, both connect";
    } else if (fooled && Family.of(pick.address()) == Family.IPV4) {
      detail = AddressText.of(NOWHERE) + ":" + NOWHERE_PORT + ", which does not exist, connects";
    } else if (isFault(first) && isFault(second)) {
      detail = "ports " + ports + " could not be asked";
    } else {
      holds = true;
      detail = "ports " + ports + " do not both connect";
    }
    return new Control(
        order.vantage(), pick.address(), Kind.NEGATIVE, phase, pick.first(), holds, detail);
  }

  private static boolean isOpen(Answer answer) {
    return answer.outcome().equals(Outcome.OPEN);
  }

  private static boolean isFault(Answer answer) {
    return answer.outcome() instanceof Outcome.Fault;
  }

  private static InetAddress address(int... bytes) {
    byte[] raw = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      raw[i] = (byte) bytes[i];
    }
    try {
      return InetAddress.getByAddress(raw);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}
