package io.k8sfw.probes.batch;

import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.probes.pacing.Loss;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What the canaries of one address prove, in words: that it answered before, while and after its
/// ports were asked, or when it ceased to.
final class PositiveControl {
  private final String vantage;
  private final InetAddress address;
  private final Map<Phase, Control> controls = new EnumMap<>(Phase.class);

  /// The port that answered first, or the canary of its own that came to an end last.
  private int port;

  PositiveControl(String vantage, InetAddress address) {
    this.vantage = vantage;
    this.address = address;
  }

  /// The first port that does as a canary.
  void began(int with) {
    port = with;
    note(Phase.BEFORE, true, "port " + port + " answers");
  }

  /// A canary came to an end.
  void asked(int canary) {
    port = canary;
  }

  /// @param canaries what they lost so far
  void holds(Phase phase, Loss canaries) {
    int answered = canaries.asked() - canaries.lost();
    note(
        phase,
        true,
        "port "
            + port
            + " still answers; "
            + answered
            + " of "
            + canaries.asked()
            + " canaries did");
  }

  /// The canaries fell silent.
  void fellSilent() {
    fails("port " + port + " answered before, and does not any more");
  }

  /// What was open is refused.
  void changedSides() {
    fails("port " + port + " was open before, and refuses now");
  }

  /// A canary fell silent, and all others were asked as often as they may be.
  void isSpent() {
    fails("port " + port + " did not answer any more, and no other may be asked as often");
  }

  /// Only neighbours ever answered, and do not any more.
  void lostNeighbours() {
    fails("its neighbours do not answer any more, and itself it never did");
  }

  /// @param why it does not hold in the end
  void fails(String why) {
    note(Phase.AFTER, false, why);
  }

  private void note(Phase phase, boolean holds, String detail) {
    controls.put(phase, new Control(vantage, address, Kind.POSITIVE, phase, port, holds, detail));
  }

  /// In the order of their phases; one that says so where nothing that may be asked again answered.
  List<Control> controls() {
    if (!controls.isEmpty()) {
      return List.copyOf(controls.values());
    }
    String detail = "nothing on this address answered that may be asked again";
    return List.of(new Control(vantage, address, Kind.POSITIVE, Phase.AFTER, 0, false, detail));
  }
}
