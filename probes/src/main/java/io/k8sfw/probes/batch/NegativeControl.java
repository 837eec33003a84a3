package io.k8sfw.probes.batch;

import io.k8sfw.model.AddressText;
import io.k8sfw.model.Family;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Four high ports of an address that nobody should offer, two to be asked before all others and
/// two after them. They are asked like any port: what loss, a ban or an outage swallows is no
/// answer. Where both of a pair connect, or one of each, something on the way accepts everything (a
/// sidecar, a SYN proxy), and an open port says nothing.
///
/// Where the first pair resets, other high ports will too: canaries that harm nobody.
final class NegativeControl {
  /// Dynamic ports (RFC 6335 section 6).
  private static final PortSet HIGH = PortSet.of(49152, 65535);

  private static final int PAIR = 2;
  private static final int SCOUTS = 16;

  private final String vantage;
  private final Target target;
  private final int[] ports;

  NegativeControl(ProbeOrder order, Target target) {
    this.vantage = order.vantage();
    this.target = target;
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
    int wanted = 2 * PAIR + SCOUTS;
    // Where every high port is ordered, some of them taken by chance still serve.
    int[] high = (others.size() < wanted ? HIGH.minus(guarded) : others).stream().toArray();
    return new Random(order.seed() * 31 + target.address().hashCode())
        .ints(0, high.length)
        .distinct()
        .limit(wanted)
        .map(i -> high[i])
        .toArray();
  }

  /// The two ports of a phase, BEFORE or AFTER.
  int[] pair(Phase phase) {
    int from = phase == Phase.BEFORE ? 0 : PAIR;
    return Arrays.copyOfRange(ports, from, from + PAIR);
  }

  /// High ports that are likely to reset when the pair before does.
  int[] scouts() {
    return Arrays.copyOfRange(ports, 2 * PAIR, ports.length);
  }

  /// Whether the pair before reset.
  boolean resets(Lane lane) {
    return IntStream.of(pair(Phase.BEFORE))
        .allMatch(port -> lane.at(port) instanceof Measured m && m.state() == PortState.CLOSED);
  }

  /// One for each phase of which anything is known.
  ///
  /// @param fooled phases in which something connected that does not exist
  /// @param scouted whether the scouts were asked too
  List<Control> controls(Lane lane, Set<Phase> fooled, boolean scouted) {
    List<Control> controls = new ArrayList<>();
    List<Observation> four =
        IntStream.of(ports).limit(2 * PAIR).mapToObj(lane::at).filter(Objects::nonNull).toList();
    // Loss may have swallowed the others; a refusal shows that not everything is accepted.
    boolean two =
        four.stream().filter(NegativeControl::connects).count() > 1
            && four.stream().noneMatch(NegativeControl::refuses);
    for (Phase phase : List.of(Phase.BEFORE, Phase.AFTER)) {
      int[] pair = pair(phase);
      Observation first = lane.at(pair[0]);
      Observation second = lane.at(pair[1]);
      if (first instanceof Measured || second instanceof Measured) {
        Control control = judge(phase, first, second, fooled.contains(phase), two);
        controls.add(scouted && phase == Phase.BEFORE ? withScouts(control) : control);
      }
    }
    return controls;
  }

  /// The report names every port that was asked.
  private Control withScouts(Control control) {
    String others =
        IntStream.of(scouts()).sorted().mapToObj(String::valueOf).collect(Collectors.joining(", "));
    return new Control(
        control.vantage(),
        control.address(),
        control.kind(),
        control.phase(),
        control.port(),
        control.holds(),
        control.detail() + "; asked to be canaries: " + others);
  }

  private Control judge(
      Phase phase,
      @Nullable Observation first,
      @Nullable Observation second,
      boolean fooled,
      boolean two) {
    int[] pair = pair(phase);
    String ports = pair[0] + " and " + pair[1];
    boolean holds = false;
    String detail;
    if (connects(first) && connects(second)) {
      detail = "ports " + ports + ", where nobody should listen, both connect";
    } else if (fooled && Family.of(target.address()) == Family.IPV4) {
      detail =
          AddressText.of(Nowhere.ADDRESS) + ":" + Nowhere.PORT + ", which does not exist, connects";
    } else if (connects(first) || connects(second)) {
      boolean both = first instanceof Measured && second instanceof Measured;
      holds = both && !two;
      detail =
          "one of the ports "
              + ports
              + " connects, the other "
              + (both ? "does not" : "was not measured")
              + (two ? "; nobody should listen on either, nor on another one that connects" : "");
    } else {
      holds = true;
      detail = "ports " + ports + " do not connect";
    }
    return new Control(vantage, target.address(), Kind.NEGATIVE, phase, pair[0], holds, detail);
  }

  private static boolean refuses(Observation observation) {
    return observation instanceof Measured measured
        && measured.state() != PortState.OPEN
        && measured.reason() != Reason.NO_RESPONSE;
  }

  private static boolean connects(@Nullable Observation observation) {
    return observation instanceof Measured measured && measured.state() == PortState.OPEN;
  }
}
